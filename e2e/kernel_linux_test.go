package e2e_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl"
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
	s.configure(t, peers(at(peerA, "[fe80::1%lo]:1"), at(peerB, "[fe80::1%1]:1"), at(peerC, "[fe80::1%99999]:1"),
		at(wgtypes.PublicKey{7}, "[fe80::1%4294967295]:1"))) // larger than any index
	for i, want := range []string{"[fe80::1%lo]:1", "[fe80::1%lo]:1", "[fe80::1%99999]:1", "[fe80::1%4294967295]:1"} {
		if got := s.read(t).Peers[i].Endpoint.String(); got != want {
			t.Errorf("peer %d has the endpoint %s, want %s", i, got, want)
		}
	}
	err := s.client.ConfigureDevice(t.Context(), s.name, peers(
		wgtypes.PeerConfig{PublicKey: peerA, Remove: true}, at(peerB, "[fe80::1%none]:1")))
	var field *wgtypes.FieldError
	if !errors.As(err, &field) || field.Index != 1 || field.Peer != peerB || field.Field != "Endpoint" {
		t.Errorf("ConfigureDevice with an unknown zone = %v, want a FieldError for the Endpoint of %v, which is Peers[1]", err, peerB)
	}
	if n := len(s.read(t).Peers); n != 4 {
		t.Errorf("the device has %d peers after the failed call, want 4 as before", n)
	}
}

// TestNamespaces checks that a Client sees only the devices of its namespace,
// from any goroutine.
func TestNamespaces(t *testing.T) {
	t.Parallel()
	here, there := wgtest.Kernel(t), wgtest.NetNS(t)
	c := here.Client(t)
	other := newClient(t, wgctrl.WithNetNS(there.FD()), wgctrl.WithBackends(wgtypes.KindKernel))
	ctx := t.Context()
	if err := c.CreateDevice(ctx, "moved", wgctrl.LinkOptions{Up: true, NetNS: new(there.FD()), MTU: 1300}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if got := names(t, c); got != "wg0 " {
				t.Errorf("the first namespace has the devices %q, want %q", got, "wg0 ")
			}
			if got := names(t, other); got != "moved " {
				t.Errorf("the second namespace has the devices %q, want %q", got, "moved ")
			}
			if _, err := c.Device(ctx, "moved"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("Device(%q) in the first namespace = %v, want error wrapping fs.ErrNotExist", "moved", err)
			}
		})
	}
	wg.Wait()
	// The device keeps its UDP sockets in the first namespace. Its port can be
	// changed from the second one.
	err := other.ConfigureDevice(ctx, "moved", wgtypes.Config{ListenPort: new(uint16(51820)), FirewallMark: new(uint32(7))})
	if err != nil {
		t.Error(err)
	}
	if d, err := other.Device(ctx, "moved"); err != nil || d.ListenPort != 51820 || d.FirewallMark != 7 {
		t.Errorf("Device(%q) = %v, %v, want port 51820 and mark 7", "moved", d, err)
	}
	err = c.ConfigureDevice(ctx, "wg0", wgtypes.Config{ListenPort: new(uint16(51820))})
	if !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("ConfigureDevice(%q) with the moved device's port = %v, want EADDRINUSE", "wg0", err)
	}
}

// names returns the names of the devices. Each is followed by a space.
func names(t *testing.T, c *wgctrl.Client) (s string) {
	t.Helper()
	refs, err := c.List(t.Context())
	if err != nil {
		t.Error(err)
	}
	for _, ref := range refs {
		s += ref.Name + " "
	}
	return s
}

// TestLinks creates, changes and removes links of the kernel.
func TestLinks(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	c, ctx := d.Client(t), t.Context()
	if err := c.CreateDevice(ctx, "wg1", wgctrl.LinkOptions{MTU: 1280}); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateDevice(ctx, "wg1", wgctrl.LinkOptions{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("CreateDevice(%q) of an existing device = %v, want error wrapping fs.ErrExist", "wg1", err)
	}
	if got := names(t, c); got != "wg0 wg1 " {
		t.Errorf("the devices are %q, want %q", got, "wg0 wg1 ")
	}
	// A link that is down can have a port that is in use. It fails to come up.
	port := wgtypes.Config{ListenPort: new(uint16(51820))}
	if err := errors.Join(c.ConfigureDevice(ctx, "wg0", port), c.ConfigureDevice(ctx, "wg1", port)); err != nil {
		t.Fatal(err)
	}
	if err := c.SetLink(ctx, "wg1", wgctrl.LinkChange{Up: new(true)}); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("SetLink(%q) to up with a port in use = %v, want EADDRINUSE", "wg1", err)
	}
	if err := c.SetLink(ctx, "wg0", wgctrl.LinkChange{Up: new(false), MTU: new(1400)}); err != nil {
		t.Error(err)
	}
	if err := c.SetLink(ctx, "wg1", wgctrl.LinkChange{Up: new(true)}); err != nil {
		t.Errorf("SetLink(%q) to up with a free port = %v, want no error", "wg1", err)
	}
	for _, err := range []error{c.DeleteDevice(ctx, "lo"), c.SetLink(ctx, "lo", wgctrl.LinkChange{Up: new(false)})} {
		if !errors.Is(err, wgctrl.ErrNotWireGuard) {
			t.Errorf("DeleteDevice or SetLink of lo = %v, want error wrapping ErrNotWireGuard", err)
		}
	}
	if err := c.DeleteDevice(ctx, "wg1"); err != nil {
		t.Error(err)
	}
	if err := c.DeleteDevice(ctx, "wg1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("DeleteDevice(%q) of a deleted device = %v, want error wrapping fs.ErrNotExist", "wg1", err)
	}
	if err := c.CreateDevice(ctx, strings.Repeat("x", 16), wgctrl.LinkOptions{}); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("CreateDevice with a name of 16 bytes = %v, want error wrapping fs.ErrInvalid", err)
	}
}

// TestOtherKind checks a name that a link of another kind has. It is not a
// WireGuard device, and does not hide a userspace device of the same name.
func TestOtherKind(t *testing.T) {
	t.Parallel()
	d, user := wgtest.Kernel(t), wireguardgotest.OfflineDevice(t)
	dummies := newClient(t, wgctrl.WithNetNS(d.NetNS().FD()), wgctrl.WithFamily("dummy"))
	if err := dummies.CreateDevice(t.Context(), "other", wgctrl.LinkOptions{}); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, wgctrl.WithNetNS(d.NetNS().FD()), wgctrl.WithSocketDirs())
	if _, err := c.Device(t.Context(), "other"); !errors.Is(err, wgctrl.ErrNotWireGuard) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Device(%q) = %v, want error wrapping ErrNotWireGuard but not fs.ErrNotExist", "other", err)
	}
	if err := c.DeleteDevice(t.Context(), "other"); !errors.Is(err, wgctrl.ErrNotWireGuard) {
		t.Errorf("DeleteDevice(%q) = %v, want error wrapping ErrNotWireGuard", "other", err)
	}
	both := newClient(t, wgctrl.WithNetNS(d.NetNS().FD()), wgctrl.WithDevice("other", user.UAPI()))
	if got, err := both.Device(t.Context(), "other"); err != nil || got.Kind != wgtypes.KindInProcess {
		t.Errorf("Device(%q) = %v, %v, want the in-process device", "other", got, err)
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
				c.Peers = append(c.Peers, allow(wgtypes.PublicKey{byte(i), byte(i >> 8), 7}, nth(i).String()))
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
						target.configure(t, peers(wgtypes.PeerConfig{PublicKey: p.PublicKey, PersistentKeepalive: new(time.Minute)}))
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

// TestMeanwhile deletes and creates a device while other goroutines read and
// write it. Each call succeeds or returns an expected error, and no read returns
// a mixture of two states.
func TestMeanwhile(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	c := d.Client(t)
	ctx := t.Context()
	const n, each = 100, 25 // two messages; recent kernels take long to remove peers
	var whole wgtypes.Config
	for i := range n {
		p := wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{byte(i), byte(i >> 8), 7}}
		for j := range each {
			p.AllowedIPs = append(p.AllowedIPs, nth(i*each+j))
		}
		whole.Peers = append(whole.Peers, p)
	}
	expected := func(err error) bool {
		return err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, wgctrl.ErrInterrupted)
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	run := func(step func() error) {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := step(); !expected(err) {
					t.Errorf("%v, want no error, fs.ErrNotExist or ErrInterrupted", err)
					return
				}
			}
		})
	}
	run(func() error { return c.ConfigureDevice(ctx, "wg0", whole) })
	run(func() error {
		got, err := c.Device(ctx, "wg0")
		if err != nil {
			return err
		}
		for i, p := range got.Peers {
			if len(p.AllowedIPs) != each {
				t.Errorf("peer %d has %d prefixes, want %d", i, len(p.AllowedIPs), each)
			}
		}
		return nil
	})
	run(func() error { _, err := c.Devices(ctx); return err })
	for range 4 {
		if err := c.DeleteDevice(ctx, "wg0"); err != nil {
			t.Error(err)
		}
		if err := c.CreateDevice(ctx, "wg0", wgctrl.LinkOptions{}); err != nil {
			t.Error(err)
		}
		if err := c.ConfigureDevice(ctx, "wg0", whole); !expected(err) {
			t.Errorf("ConfigureDevice(%q) = %v, want no error, fs.ErrNotExist or ErrInterrupted", "wg0", err)
		}
	}
	close(done)
	wg.Wait()
}

// TestRename checks that reading a device continues after the device was renamed.
func TestRename(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	c := d.Client(t)
	var large wgtypes.Config
	for i := range 2000 {
		large.Peers = append(large.Peers, allow(wgtypes.PublicKey{byte(i), byte(i >> 8), 7}, nth(i).String()))
	}
	if err := c.ConfigureDevice(t.Context(), "wg0", large); err != nil {
		t.Fatal(err)
	}
	r, err := c.StreamDevice(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	seen := 0
	for _, err := range r.Peers() {
		if err != nil {
			t.Fatal(err)
		}
		if seen++; seen == 1 {
			in(t, d.NetNS(), "ip", "link", "set", "wg0", "down")
			in(t, d.NetNS(), "ip", "link", "set", "wg0", "name", "new0")
		}
	}
	if seen != 2000 {
		t.Errorf("Peers() yields %d peers, want 2000", seen)
	}
	if _, err := c.Device(t.Context(), "wg0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Device(%q) by the old name = %v, want error wrapping fs.ErrNotExist", "wg0", err)
	}
	if got, err := c.Device(t.Context(), "new0"); err != nil || got.Name != "new0" {
		t.Errorf("Device(%q) by the new name = %v, %v, want the device", "new0", got, err)
	}
}

// TestRenameWhileWriting checks that a change of several messages continues on
// the same device when the device is renamed.
func TestRenameWhileWriting(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	c := d.Client(t)
	in(t, d.NetNS(), "ip", "link", "set", "wg0", "down")
	var large wgtypes.Config
	for i := range 2000 {
		large.Peers = append(large.Peers, allow(wgtypes.PublicKey{byte(i), byte(i >> 8), 7}, nth(i).String()))
	}
	if err := c.ConfigureDevice(t.Context(), "wg0", large); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			for _, name := range []string{"wg0", "new0"} {
				select {
				case <-done:
					return
				default:
				}
				var partial *wgctrl.PartialError
				err := c.ConfigureDevice(t.Context(), name, large)
				if errors.As(err, &partial) || err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("ConfigureDevice(%q) = %v, want no error or fs.ErrNotExist, and no PartialError", name, err)
				}
			}
		}
	})
	for range 5 {
		in(t, d.NetNS(), "ip", "link", "set", "wg0", "name", "new0")
		in(t, d.NetNS(), "ip", "link", "set", "new0", "name", "wg0")
	}
	close(done)
	wg.Wait()
	if got, err := c.Device(t.Context(), "wg0"); err != nil || len(got.Peers) != 2000 {
		t.Errorf("Device(%q) = %v, %v, want 2000 peers", "wg0", got, err)
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
