package amneziawggo

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/amnezia-vpn/amneziawg-go/conn"
	"github.com/amnezia-vpn/amneziawg-go/device"
	"github.com/amnezia-vpn/amneziawg-go/tun/tuntest"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// end is one end of a tunnel.
type end struct {
	key     wgtypes.PrivateKey
	addr    netip.Addr // in the tunnel
	device  *device.Device
	tun     *tuntest.ChannelTUN
	backend wginternal.Backend
}

func newEnd(t *testing.T, addr string) *end {
	t.Helper()
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	e := &end{key: key, addr: netip.MustParseAddr(addr), tun: tuntest.NewChannelTUN()}
	e.device = device.NewDevice(e.tun.TUN(), conn.NewDefaultBind(), device.NewLogger(device.LogLevelSilent, ""))
	t.Cleanup(e.device.Close)
	e.backend = wguser.NewInProcess(wguser.InProcess{Name: "awg0", Device: e.device})
	if err := e.device.Up(); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *end) state(t *testing.T) *wgtypes.Device {
	t.Helper()
	d, err := testutil.ReadDevice(t.Context(), e.backend, "awg0")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// join makes other a peer of e.
func (e *end) join(t *testing.T, other *end, parameters wgtypes.AmneziaConfig) {
	t.Helper()
	port := other.state(t).ListenPort
	c := wgtypes.Config{PrivateKey: &e.key, Amnezia: &parameters, Peers: []wgtypes.PeerConfig{{
		PublicKey: other.key.PublicKey(), AllowedIPs: []netip.Prefix{netip.PrefixFrom(other.addr, 32)},
		Endpoint: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port),
	}}}
	if err := testutil.ConfigureDevice(t.Context(), e.backend, "awg0", c); err != nil {
		t.Fatalf("Configure(%v) = %v, want nil", c, err)
	}
}

// parameters returns parameters that change every message and that the release has.
func parameters(r testutil.AmneziaRelease) wgtypes.AmneziaConfig {
	header := func(n uint32) *wgtypes.Range { return &wgtypes.Range{Lo: n, Hi: n} }
	c := wgtypes.AmneziaConfig{
		Jc: new(uint16(4)), Jmin: new(uint16(8)), Jmax: new(uint16(80)), S1: new(uint16(15)), S2: new(uint16(18)),
		H1: header(1001), H2: header(2002), H3: header(3003), H4: header(4004),
	}
	if r.Version() >= wgtypes.AmneziaV15 {
		c.S3, c.S4, c.I1 = new(uint16(20)), new(uint16(23)), new("<b 0xc0ff><r 16><t>")
	}
	if r.Version() >= wgtypes.AmneziaV20 {
		c.H4.Hi += 1000
	}
	return c
}

// TestTunnel sends packets between two devices with the same parameters.
func TestTunnel(t *testing.T) {
	r := release(t)
	a, b := newEnd(t, "10.0.0.1"), newEnd(t, "10.0.0.2")
	a.join(t, b, parameters(r))
	b.join(t, a, parameters(r))
	for range 3 {
		pass(t, a, b)
		pass(t, b, a)
	}
	for _, e := range []*end{a, b} {
		d := e.state(t)
		if p := d.Peers[0]; p.LastHandshake.IsZero() || p.ReceiveBytes == 0 || p.TransmitBytes == 0 {
			t.Errorf("peer after packets = %+v, want a handshake and bytes in both directions", p)
		}
		if got, want := d.Amnezia, wginternal.MergeAmnezia(nil, parameters(r)); wginternal.DiffAmnezia(got, wginternal.AmneziaConfigOf(want)) != nil {
			t.Errorf("parameters = %v, want %v", got, want)
		}
	}
}

// pass sends a packet through the tunnel.
func pass(t *testing.T, from, to *end) {
	t.Helper()
	want := tuntest.Ping(to.addr, from.addr)
	from.tun.Outbound <- want
	select {
	case got := <-to.tun.Inbound:
		if !bytes.Equal(got, want) {
			t.Errorf("received %x, want %x", got, want)
		}
	case <-time.After(time.Minute):
		t.Fatalf("no packet from %v to %v within a minute, want one", from.addr, to.addr)
	}
}

// TestParametersMustMatch checks that the parameters make a difference: a
// device without them gets no handshake.
func TestParametersMustMatch(t *testing.T) {
	r := release(t)
	if r < testutil.AmneziaGo16 {
		return // the devices of a process share the message types
	}
	a, b := newEnd(t, "10.0.0.1"), newEnd(t, "10.0.0.2")
	a.join(t, b, parameters(r))
	b.join(t, a, wgtypes.AmneziaConfig{})
	a.tun.Outbound <- tuntest.Ping(b.addr, a.addr)
	for a.state(t).Peers[0].TransmitBytes == 0 {
		if err := t.Context().Err(); err != nil {
			t.Fatal(err)
		}
	}
	if p := b.state(t).Peers[0]; !p.LastHandshake.IsZero() {
		t.Errorf("peer of a device without parameters = %+v, want no handshake", p)
	}
	if d := b.state(t); d.Amnezia == nil || !strings.HasPrefix(d.Amnezia.H1.String(), "1") {
		t.Errorf("Amnezia = %v, want the defaults", d.Amnezia)
	}
}
