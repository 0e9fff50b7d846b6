package e2e_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// release returns the release of the running kernel, such as
// 6.1.0-56-cloud-amd64.
func release(t *testing.T) (text string, major, minor int) {
	t.Helper()
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	text = unix.ByteSliceToString(u.Release[:])
	if _, err := fmt.Sscanf(text, "%d.%d", &major, &minor); err != nil {
		t.Fatal(err)
	}
	return text, major, minor
}

// nth returns the n-th of many different prefixes.
func nth(n int) netip.Prefix {
	if n%2 == 0 {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32)
	}
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}), 128)
}

// TestLargeDevices writes and reads devices that take many netlink messages.
//
// It is not parallel and has a virtual machine to itself: recent kernels start a
// thread for each peer, and take minutes to remove the largest device.
func TestLargeDevices(t *testing.T) {
	for _, size := range []struct{ peers, prefixes int }{
		{0, 0}, {1, 0}, {100, 0}, {1, 100_000}, {10_000, 10}, {100_000, 1},
	} {
		t.Run(fmt.Sprintf("%dx%d", size.peers, size.prefixes), func(t *testing.T) {
			s := kernel(t)
			if text, major, _ := release(t); size.peers == 100_000 && major < 7 {
				t.Skipf("this size needs Linux 7.0 or later; this is %s", text)
			}
			var c wgtypes.Config
			for i := range size.peers {
				p := wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{byte(i), byte(i >> 8), byte(i >> 16), 1}}
				for j := range size.prefixes {
					p.AllowedIPs = append(p.AllowedIPs, nth(i*size.prefixes+j))
				}
				c.Peers = append(c.Peers, p)
			}
			s.configure(t, c)
			got := s.read(t)
			if len(got.Peers) != size.peers {
				t.Fatalf("Device(%q) has %d peers, want %d", s.name, len(got.Peers), size.peers)
			}
			for i, p := range got.Peers {
				if p.PublicKey != c.Peers[i].PublicKey || len(p.AllowedIPs) != size.prefixes ||
					size.prefixes > 0 && !reflect.DeepEqual(p.AllowedIPs, c.Peers[i].AllowedIPs) {
					t.Fatalf("peer %d is %v with %d allowed IPs, want %v with the %d that were set",
						i, p.PublicKey, len(p.AllowedIPs), c.Peers[i].PublicKey, size.prefixes)
				}
			}
			streamed := 0
			r, err := s.client.StreamDevice(t.Context(), s.name)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			for p, err := range r.Peers() {
				if err != nil || p.PublicKey != got.Peers[streamed].PublicKey || !reflect.DeepEqual(p.AllowedIPs, got.Peers[streamed].AllowedIPs) {
					t.Fatalf("StreamDevice(%q) yields peer %d as %v, %v, want the same as Device", s.name, streamed, p, err)
				}
				streamed++
			}
			if streamed != size.peers {
				t.Errorf("StreamDevice(%q) yields %d peers, want %d", s.name, streamed, size.peers)
			}
		})
	}
}

// TestZones checks the zones of endpoints. A zone is the name or the number of an
// interface; reading returns the name if the interface exists.
func TestZones(t *testing.T) {
	t.Parallel()
	s := kernel(t)
	s.configure(t, testutil.Peers(testutil.At(testutil.PeerA, "[fe80::1%lo]:1"), testutil.At(testutil.PeerB, "[fe80::1%1]:1"), testutil.At(testutil.PeerC, "[fe80::1%99999]:1"),
		testutil.At(wgtypes.PublicKey{7}, "[fe80::1%4294967295]:1"))) // larger than any index
	for i, want := range []string{"[fe80::1%lo]:1", "[fe80::1%lo]:1", "[fe80::1%99999]:1", "[fe80::1%4294967295]:1"} {
		if got := s.read(t).Peers[i].Endpoint.String(); got != want {
			t.Errorf("peer %d has the endpoint %s, want %s", i, got, want)
		}
	}
	err := s.client.ConfigureDevice(t.Context(), s.name, testutil.Peers(
		wgtypes.PeerConfig{PublicKey: testutil.PeerA, Remove: true}, testutil.At(testutil.PeerB, "[fe80::1%none]:1")))
	var field *wgtypes.FieldError
	if !errors.As(err, &field) || field.Index != 1 || field.Peer != testutil.PeerB || field.Field != "Endpoint" {
		t.Errorf("ConfigureDevice with an unknown zone = %v, want a FieldError for the Endpoint of %v, which is Peers[1]", err, testutil.PeerB)
	}
	if n := len(s.read(t).Peers); n != 4 {
		t.Errorf("the device has %d peers after the failed call, want 4 as before", n)
	}
}

// TestReaderLoop uses the Client inside a loop over the peers of a DeviceStream,
// for the same device and for another one. If the device itself changes, a kernel
// ends the loop with ErrInterrupted, unless it has already sent all peers.
func TestReaderLoop(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s, other := b.make(t), b.make(t)
			var c wgtypes.Config
			const n = 2000 // several messages
			for i := range n {
				c.Peers = append(c.Peers, testutil.Allow(wgtypes.PublicKey{byte(i), byte(i >> 8), 7}, nth(i).String()))
			}
			s.configure(t, c)
			for _, target := range []subject{other, s} {
				r, err := s.client.StreamDevice(t.Context(), s.name)
				if err != nil {
					t.Fatal(err)
				}
				seen := 0
				for p, err := range r.Peers() {
					if err != nil {
						if target == other || !errors.Is(err, wgctrl.ErrInterrupted) {
							t.Fatalf("Peers() yields %v after %d peers, want no error, or ErrInterrupted if the device itself changed", err, seen)
						}
						break
					}
					if seen++; seen%100 == 0 {
						target.configure(t, testutil.Peers(wgtypes.PeerConfig{PublicKey: p.PublicKey, PersistentKeepalive: new(time.Minute)}))
						target.read(t)
					}
				}
				if seen != n && (target == other || seen < n/2) {
					t.Errorf("Peers() yields %d peers, want %d, or at least %d if the device itself changed", seen, n, n/2)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestModuleReload removes the kernel module and loads it again while a Client is
// open.
//
// It is not parallel, since it removes every kernel device of the machine, and
// runs only with WGTEST_MODULE=1.
func TestModuleReload(t *testing.T) {
	if os.Getenv("WGTEST_MODULE") != "1" {
		t.Skip("removes every kernel device of the machine; set WGTEST_MODULE=1 to run it")
	}
	ns := wgtest.NetNS(t)
	c := newClient(t, wgctrl.WithNetNS(ns.FD()), wgctrl.WithBackends(wgtypes.KindKernel))
	for i := range 3 {
		in(t, ns, "rmmod", "wireguard")
		if got := names(t, c); got != "" {
			t.Errorf("without the module the devices are %q, want none", got)
		}
		if _, err := c.Device(t.Context(), "wg0"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Device(%q) without the module = %v, want error wrapping fs.ErrNotExist", "wg0", err)
		}
		// Creating a device loads the module, as does modprobe.
		if err := c.CreateDevice(t.Context(), "wg0", wgctrl.LinkOptions{}); err != nil {
			t.Fatal(err)
		}
		mark := uint32(i + 1)
		if err := c.ConfigureDevice(t.Context(), "wg0", wgtypes.Config{FirewallMark: &mark}); err != nil {
			t.Fatal(err)
		}
		if d, err := c.Device(t.Context(), "wg0"); err != nil || d.FirewallMark != mark {
			t.Errorf("Device(%q) after loading the module = %v, %v, want mark %d", "wg0", d, err, mark)
		}
	}
}

// TestSmallSocketBuffers sets the default size of socket buffers to the smallest
// that the kernel allows. The library makes messages smaller until they fit, and
// reads devices completely.
//
// It is not parallel, since it changes every new socket of the machine, and runs
// only with WGTEST_MODULE=1.
func TestSmallSocketBuffers(t *testing.T) {
	if os.Getenv("WGTEST_MODULE") != "1" {
		t.Skip("changes the buffers of all new sockets of the machine; set WGTEST_MODULE=1 to run it")
	}
	d := wgtest.Kernel(t)
	for _, name := range []string{"/proc/sys/net/core/wmem_default", "/proc/sys/net/core/rmem_default"} {
		usual, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		const least = "4608" // SOCK_MIN_SNDBUF, rounded up
		if err := os.WriteFile(name, []byte(least), 0); err != nil {
			t.Fatal(err)
		}
		defer os.WriteFile(name, usual, 0)
	}
	s := subject{newClient(t, append(d.Options(), wgctrl.WithBackends(wgtypes.KindKernel))...), d.Name}
	s.mustBecome(t, largeDevice(1200))
	list := testutil.FullPeers(1, 3000)
	s.configure(t, testutil.Peers(list...)) // one peer that takes many messages
	if got := s.read(t); len(got.Peers[len(got.Peers)-1].AllowedIPs) != len(list[0].AllowedIPs) {
		t.Errorf("the last peer has %d allowed IPs, want %d", len(got.Peers[len(got.Peers)-1].AllowedIPs), len(list[0].AllowedIPs))
	}
}

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
	a.configure(t, testutil.Peers(testutil.Allow(testutil.PeerA, "198.51.100.0/24")))
	a.configure(t, testutil.Peers(
		wgtypes.PeerConfig{
			PublicKey: b.key.PublicKey(),
			// The first is the peer's, the second is another peer's, the third is
			// no peer's.
			RemoveAllowedIPs: testutil.Prefixes("192.0.2.0/24", "198.51.100.0/24", "10.0.0.0/9"),
		},
	))
	after := a.read(t).Peers
	if len(after) != 2 || after[0].PublicKey != b.key.PublicKey() || after[1].PublicKey != testutil.PeerA {
		t.Fatalf("the peers are %v, want %v and %v", after, b.key.PublicKey(), testutil.PeerA)
	}
	if !slices.Equal(after[0].AllowedIPs, testutil.Prefixes("10.0.0.0/8", "2001:db8::/32")) || !slices.Equal(after[1].AllowedIPs, testutil.Prefixes("198.51.100.0/24")) {
		t.Errorf("the prefixes of the two peers are %v and %v, want [10.0.0.0/8 2001:db8::/32] and [198.51.100.0/24]",
			after[0].AllowedIPs, after[1].AllowedIPs)
	}
	if !after[0].LastHandshake.Equal(before.LastHandshake) || after[0].TransmitBytes < before.TransmitBytes {
		t.Errorf("after the removal the handshake is at %v, with %d bytes sent; want %v, and at least %d bytes",
			after[0].LastHandshake, after[0].TransmitBytes, before.LastHandshake, before.TransmitBytes)
	}
	a.configure(t, testutil.Peers(wgtypes.PeerConfig{PublicKey: testutil.PeerA, Remove: true}))
	sendBoth(t, a, b)
	a.await(t, "more keepalives", func(p wgtypes.Peer) bool { return p.TransmitBytes > after[0].TransmitBytes })
}

// TestSyncKeepsKernelSession is TestSyncKeepsSession with two kernel devices.
func TestSyncKeepsKernelSession(t *testing.T) {
	t.Parallel()
	a, b := tunnel(t)
	keepsSession(t, a, b)
}
