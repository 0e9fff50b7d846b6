package wgctrl_test

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// end is one end of a tunnel.
type end struct {
	subject
	key  wgtypes.PrivateKey
	port uint16
}

// newEnd gives a device a key and reads its port.
func newEnd(t *testing.T, s subject) end {
	t.Helper()
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	s.configure(t, wgtypes.Config{PrivateKey: &key})
	return end{s, key, s.read(t).ListenPort}
}

// connect makes a and b peers of each other. A keepalive makes them shake
// hands without a packet of anyone's.
func connect(t *testing.T, a, b end) {
	t.Helper()
	peer := func(e end) wgtypes.Config {
		return peers(wgtypes.PeerConfig{
			PublicKey: e.key.PublicKey(), AllowedIPs: prefixes("10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"),
			Endpoint:            netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), e.port),
			PersistentKeepalive: new(time.Second),
		})
	}
	a.configure(t, peer(b))
	b.configure(t, peer(a))
	for _, e := range []end{a, b} {
		e.await(t, "a handshake", func(p wgtypes.Peer) bool {
			return !p.LastHandshake.IsZero() && p.ReceiveBytes > 0 && p.TransmitBytes > 0
		})
	}
}

// await reads the device until its only peer is as wanted.
func (e end) await(t *testing.T, what string, is func(wgtypes.Peer) bool) wgtypes.Peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		d, err := e.client.Device(ctx, e.name)
		if err != nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
		if len(d.Peers) == 1 && is(d.Peers[0]) {
			return d.Peers[0]
		}
	}
}

// tunnel joins two kernel devices that are in two namespaces. The sockets of
// both are in the first one.
func tunnel(t *testing.T) (a, b end) {
	t.Helper()
	d, there := wgtest.Kernel(t), wgtest.NetNS(t)
	c := d.Client(t)
	if err := c.CreateDevice(t.Context(), "wg1", wgctrl.LinkOptions{Up: true, NetNS: there.FD()}); err != nil {
		t.Fatal(err)
	}
	other := newClient(t, wgctrl.WithNetNS(there.FD()), wgctrl.WithBackends(wgtypes.KindKernel))
	a, b = newEnd(t, subject{c, d.Name}), newEnd(t, subject{other, "wg1"})
	connect(t, a, b)
	return a, b
}

func TestHandshakeBetweenKernels(t *testing.T) {
	t.Parallel()
	a, _ := tunnel(t)
	if p := a.read(t).Peers[0]; time.Since(p.LastHandshake).Abs() > time.Hour {
		t.Errorf("a handshake at %v", p.LastHandshake)
	}
}

// TestHandshakeWithUserspace joins a kernel device and one of wireguard-go. The
// kernel device's sockets are where the process is, as are wireguard-go's.
func TestHandshakeWithUserspace(t *testing.T) {
	t.Parallel()
	_ = wgtest.Kernel(t) // skips where there is none
	there, user := wgtest.NetNS(t), wgtest.Userspace(t)
	here := newClient(t, wgctrl.WithBackends(wgtypes.KindKernel))
	if err := here.CreateDevice(t.Context(), "wgtest-joined", wgctrl.LinkOptions{Up: true, NetNS: there.FD()}); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, wgctrl.WithNetNS(there.FD()), wgctrl.WithBackends(wgtypes.KindKernel))
	connect(t, newEnd(t, subject{c, "wgtest-joined"}), newEnd(t, subject{user.Client(t), user.Name}))
}

// TestRemovalKeepsSession removes single prefixes of a peer while packets flow:
// its session, its counters and its other prefixes stay, and other peers lose
// nothing. Kernels since 6.16 do it by a flag, older ones by other means.
func TestRemovalKeepsSession(t *testing.T) {
	t.Parallel()
	a, b := tunnel(t)
	before := a.read(t).Peers[0]
	a.configure(t, peers(allow(peerA, "198.51.100.0/24")))
	a.configure(t, peers(
		wgtypes.PeerConfig{
			PublicKey: b.key.PublicKey(),
			// One that it has, one that is another's, one that is nobody's.
			RemoveAllowedIPs: prefixes("192.0.2.0/24", "198.51.100.0/24", "10.0.0.0/9"),
		},
	))
	after := a.read(t).Peers
	if len(after) != 2 || after[0].PublicKey != b.key.PublicKey() || after[1].PublicKey != peerA {
		t.Fatalf("the peers are %v", after)
	}
	if !slices.Equal(after[0].AllowedIPs, prefixes("10.0.0.0/8", "2001:db8::/32")) || !slices.Equal(after[1].AllowedIPs, prefixes("198.51.100.0/24")) {
		t.Errorf("the prefixes are %v and %v", after[0].AllowedIPs, after[1].AllowedIPs)
	}
	if !after[0].LastHandshake.Equal(before.LastHandshake) || after[0].TransmitBytes < before.TransmitBytes {
		t.Errorf("the session is lost: %v, %d bytes; before %v, %d", after[0].LastHandshake, after[0].TransmitBytes, before.LastHandshake, before.TransmitBytes)
	}
	a.configure(t, peers(wgtypes.PeerConfig{PublicKey: peerA, Remove: true}))
	a.await(t, "more keepalives", func(p wgtypes.Peer) bool { return p.TransmitBytes > after[0].TransmitBytes })
}
