package e2e_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// TestWatchUnanswered sends one packet to each of two peers. The device of one of them
// has been closed, and the other one only answers with keepalives.
func TestWatchUnanswered(t *testing.T) {
	t.Parallel()
	var ends []end
	var devices []*wireguardgo.Device
	for range 3 {
		d := wireguardgotest.Device(t)
		ends = append(ends, newEnd(t, subject{d.Client(t), d.Name}))
		devices = append(devices, d.UAPI().(*wireguardgo.Device))
	}
	addr := func(i int) netip.AddrPort { return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 9) }
	peer := func(i int) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{
			PublicKey: ends[i].key.PublicKey(), AllowedIPs: testutil.Prefixes(addr(i).Addr().String() + "/32"),
			Endpoint: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ends[i].port),
		}
	}
	closed, healthy := peer(1), peer(2)
	closed.PersistentKeepalive, healthy.PersistentKeepalive = new(time.Second), new(time.Second)
	ends[1].configure(t, testutil.Peers(peer(0)))
	ends[2].configure(t, testutil.Peers(peer(0)))
	ends[0].configure(t, testutil.Peers(closed, healthy))
	for _, e := range ends[1:] {
		e.await(t, "a handshake", func(p wgtypes.Peer) bool { return !p.LastHandshake.IsZero() })
	}
	if err := devices[1].Close(); err != nil {
		t.Fatal(err)
	}

	v := view(t, ends[0].client, wgctrl.WatchOptions{Interval: time.Second / 2})
	v.awaits("ready")
	for i := range 2 {
		packet := wireguardgo.Datagram{Src: addr(0), Dst: addr(i + 1), Payload: []byte("hello")}.AppendPacket(nil)
		if err := devices[0].Send(t.Context(), packet); err != nil {
			t.Fatal(err)
		}
	}
	for answered := false; ; {
		e := v.one()
		p := e.Peer()
		if p == nil {
			continue
		}
		answered = answered || p.PublicKey == healthy.PublicKey && slices.Contains(e.Changed, wgtypes.FieldReceiveBytes)
		if e.Kind != wgtypes.EventUnanswered {
			continue
		}
		if p.PublicKey != closed.PublicKey || e.OldPeer != nil {
			t.Errorf("Watch yields %+v, want only the peer %v as the new one", e, closed.PublicKey)
		}
		if !answered {
			t.Errorf("Watch yields %+v, want a keepalive of the peer %v before it", e, healthy.PublicKey)
		}
		return
	}
}
