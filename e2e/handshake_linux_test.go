package e2e_test

import (
	"slices"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// tunnel connects two kernel devices in two namespaces. The UDP sockets of both
// are in the first namespace.
func tunnel(t *testing.T) (a, b end) {
	t.Helper()
	d, there := wgtest.Kernel(t), wgtest.NetNS(t)
	c := d.Client(t)
	if err := c.CreateDevice(t.Context(), "wg1", wgctrl.LinkOptions{Up: true, NetNS: new(there.FD())}); err != nil {
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
		t.Errorf("LastHandshake = %v, want a time within the last hour", p.LastHandshake)
	}
}

// TestHandshakeWithUserspace connects a kernel device to one of wireguard-go.
// The UDP sockets of both are in the namespace of this process.
func TestHandshakeWithUserspace(t *testing.T) {
	t.Parallel()
	_ = wgtest.Kernel(t) // skips the test where the kernel has no WireGuard
	there, user := wgtest.NetNS(t), wireguardgotest.Device(t)
	here := newClient(t, wgctrl.WithBackends(wgtypes.KindKernel))
	if err := here.CreateDevice(t.Context(), "wgtest-joined", wgctrl.LinkOptions{Up: true, NetNS: new(there.FD())}); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, wgctrl.WithNetNS(there.FD()), wgctrl.WithBackends(wgtypes.KindKernel))
	connect(t, newEnd(t, subject{c, "wgtest-joined"}), newEnd(t, subject{user.Client(t), user.Name}))
}

// TestRemovalKeepsSession removes some prefixes of a peer while packets flow.
// The peer keeps its session, its counters and its other prefixes, and other
// peers keep their prefixes. Linux 6.16 and later have a flag for this; older
// kernels need a fallback.
func TestRemovalKeepsSession(t *testing.T) {
	t.Parallel()
	a, b := tunnel(t)
	before := a.read(t).Peers[0]
	a.configure(t, peers(allow(peerA, "198.51.100.0/24")))
	a.configure(t, peers(
		wgtypes.PeerConfig{
			PublicKey: b.key.PublicKey(),
			// The first is the peer's, the second is another peer's, the third is
			// no peer's.
			RemoveAllowedIPs: prefixes("192.0.2.0/24", "198.51.100.0/24", "10.0.0.0/9"),
		},
	))
	after := a.read(t).Peers
	if len(after) != 2 || after[0].PublicKey != b.key.PublicKey() || after[1].PublicKey != peerA {
		t.Fatalf("the peers are %v, want %v and %v", after, b.key.PublicKey(), peerA)
	}
	if !slices.Equal(after[0].AllowedIPs, prefixes("10.0.0.0/8", "2001:db8::/32")) || !slices.Equal(after[1].AllowedIPs, prefixes("198.51.100.0/24")) {
		t.Errorf("the prefixes of the two peers are %v and %v, want [10.0.0.0/8 2001:db8::/32] and [198.51.100.0/24]",
			after[0].AllowedIPs, after[1].AllowedIPs)
	}
	if !after[0].LastHandshake.Equal(before.LastHandshake) || after[0].TransmitBytes < before.TransmitBytes {
		t.Errorf("after the removal the handshake is at %v, with %d bytes sent; want %v, and at least %d bytes",
			after[0].LastHandshake, after[0].TransmitBytes, before.LastHandshake, before.TransmitBytes)
	}
	a.configure(t, peers(wgtypes.PeerConfig{PublicKey: peerA, Remove: true}))
	a.await(t, "more keepalives", func(p wgtypes.Peer) bool { return p.TransmitBytes > after[0].TransmitBytes })
}

// TestSyncKeepsKernelSession is TestSyncKeepsSession with two kernel devices.
func TestSyncKeepsKernelSession(t *testing.T) {
	t.Parallel()
	a, b := tunnel(t)
	keepsSession(t, a, b)
}
