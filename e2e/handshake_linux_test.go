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

// tunnel joins two kernel devices that are in two namespaces. The sockets of
// both are in the first one.
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
		t.Errorf("a handshake at %v", p.LastHandshake)
	}
}

// TestHandshakeWithUserspace joins a kernel device and one of wireguard-go. The
// kernel device's sockets are where the process is, as are wireguard-go's.
func TestHandshakeWithUserspace(t *testing.T) {
	t.Parallel()
	_ = wgtest.Kernel(t) // skips where there is none
	there, user := wgtest.NetNS(t), wireguardgotest.Device(t)
	here := newClient(t, wgctrl.WithBackends(wgtypes.KindKernel))
	if err := here.CreateDevice(t.Context(), "wgtest-joined", wgctrl.LinkOptions{Up: true, NetNS: new(there.FD())}); err != nil {
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

// TestSyncKeepsKernelSession: between two kernel devices.
func TestSyncKeepsKernelSession(t *testing.T) {
	t.Parallel()
	a, b := tunnel(t)
	keepsSession(t, a, b)
}
