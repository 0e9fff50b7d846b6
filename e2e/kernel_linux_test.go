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

// release returns the running kernel's, such as 6.1.0-56-cloud-amd64.
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

// nth is the n-th of many prefixes.
func nth(n int) netip.Prefix {
	if n%2 == 0 {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32)
	}
	return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}), 128)
}

// TestLargeDevices writes and reads devices of many messages.
//
// Not in parallel, and in a virtual machine of its own: recent kernels give each
// peer a thread, so that the largest device leaves few for others, and take
// minutes to remove it.
func TestLargeDevices(t *testing.T) {
	for _, size := range []struct{ peers, prefixes int }{
		{0, 0}, {1, 0}, {100, 0}, {1, 100_000}, {10_000, 10}, {100_000, 1},
	} {
		t.Run(fmt.Sprintf("%dx%d", size.peers, size.prefixes), func(t *testing.T) {
			s := kernel(t)
			if text, major, _ := release(t); size.peers == 100_000 && major < 7 {
				t.Skipf("this size is for the newest kernel, 7.0 or later, not %s", text)
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
				t.Fatalf("%d peers", len(got.Peers))
			}
			for i, p := range got.Peers {
				if p.PublicKey != c.Peers[i].PublicKey || len(p.AllowedIPs) != size.prefixes ||
					size.prefixes > 0 && !reflect.DeepEqual(p.AllowedIPs, c.Peers[i].AllowedIPs) {
					t.Fatalf("peer %d is not what was set", i)
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
					t.Fatalf("streamed peer %d: %v", streamed, err)
				}
				streamed++
			}
			if streamed != size.peers {
				t.Errorf("%d peers were streamed", streamed)
			}
		})
	}
}

// TestZones: the zone of an endpoint is an interface's name or number, and
// comes back as the name if there is one.
func TestZones(t *testing.T) {
	t.Parallel()
	s := kernel(t)
	s.configure(t, peers(at(peerA, "[fe80::1%lo]:1"), at(peerB, "[fe80::1%1]:1"), at(peerC, "[fe80::1%99999]:1"),
		at(wgtypes.PublicKey{7}, "[fe80::1%4294967295]:1"))) // no index is as large
	for i, want := range []string{"[fe80::1%lo]:1", "[fe80::1%lo]:1", "[fe80::1%99999]:1", "[fe80::1%4294967295]:1"} {
		if got := s.read(t).Peers[i].Endpoint.String(); got != want {
			t.Errorf("peer %d has the endpoint %s, want %s", i, got, want)
		}
	}
	err := s.client.ConfigureDevice(t.Context(), s.name, peers(
		wgtypes.PeerConfig{PublicKey: peerA, Remove: true}, at(peerB, "[fe80::1%none]:1")))
	var field *wgtypes.FieldError
	if !errors.As(err, &field) || field.Index != 1 || field.Peer != peerB || field.Field != "Endpoint" {
		t.Errorf("an unknown zone: %v", err)
	}
	if n := len(s.read(t).Peers); n != 4 {
		t.Errorf("%d peers are left: something was sent all the same", n)
	}
}

// TestNamespaces: a Client sees the devices of its namespace and no other's,
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
				t.Errorf("here there are %q", got)
			}
			if got := names(t, other); got != "moved " {
				t.Errorf("there there are %q", got)
			}
			if _, err := c.Device(ctx, "moved"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a moved device from here: %v", err)
			}
		})
	}
	wg.Wait()
	// Its sockets are here, so that its port can be changed from there.
	err := other.ConfigureDevice(ctx, "moved", wgtypes.Config{ListenPort: new(uint16(51820)), FirewallMark: new(uint32(7))})
	if err != nil {
		t.Error(err)
	}
	if d, err := other.Device(ctx, "moved"); err != nil || d.ListenPort != 51820 || d.FirewallMark != 7 {
		t.Errorf("%v, %v", d, err)
	}
	err = c.ConfigureDevice(ctx, "wg0", wgtypes.Config{ListenPort: new(uint16(51820))})
	if !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("the moved device's port is free here: %v", err)
	}
}

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

// TestLinks makes, changes and removes links of the kernel.
func TestLinks(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	c, ctx := d.Client(t), t.Context()
	if err := c.CreateDevice(ctx, "wg1", wgctrl.LinkOptions{MTU: 1280}); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateDevice(ctx, "wg1", wgctrl.LinkOptions{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating it again: %v", err)
	}
	if got := names(t, c); got != "wg0 wg1 " {
		t.Errorf("there are %q", got)
	}
	// On a link that is down a taken port shows when it comes up.
	port := wgtypes.Config{ListenPort: new(uint16(51820))}
	if err := errors.Join(c.ConfigureDevice(ctx, "wg0", port), c.ConfigureDevice(ctx, "wg1", port)); err != nil {
		t.Fatal(err)
	}
	if err := c.SetLink(ctx, "wg1", wgctrl.LinkChange{Up: new(true)}); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("coming up with a taken port: %v", err)
	}
	if err := c.SetLink(ctx, "wg0", wgctrl.LinkChange{Up: new(false), MTU: new(1400)}); err != nil {
		t.Error(err)
	}
	if err := c.SetLink(ctx, "wg1", wgctrl.LinkChange{Up: new(true)}); err != nil {
		t.Errorf("coming up with a free port: %v", err)
	}
	for _, err := range []error{c.DeleteDevice(ctx, "lo"), c.SetLink(ctx, "lo", wgctrl.LinkChange{Up: new(false)})} {
		if !errors.Is(err, wgctrl.ErrNotWireGuard) {
			t.Errorf("changing lo: %v", err)
		}
	}
	if err := c.DeleteDevice(ctx, "wg1"); err != nil {
		t.Error(err)
	}
	if err := c.DeleteDevice(ctx, "wg1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("deleting it again: %v", err)
	}
	if err := c.CreateDevice(ctx, strings.Repeat("x", 16), wgctrl.LinkOptions{}); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("too long a name: %v", err)
	}
}

// TestOtherKind: a link of another kind under the name is no WireGuard device,
// and does not hide a userspace device of that name.
func TestOtherKind(t *testing.T) {
	t.Parallel()
	d, user := wgtest.Kernel(t), wireguardgotest.OfflineDevice(t)
	dummies := newClient(t, wgctrl.WithNetNS(d.NetNS().FD()), wgctrl.WithFamily("dummy"))
	if err := dummies.CreateDevice(t.Context(), "other", wgctrl.LinkOptions{}); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, wgctrl.WithNetNS(d.NetNS().FD()), wgctrl.WithSocketDirs())
	if _, err := c.Device(t.Context(), "other"); !errors.Is(err, wgctrl.ErrNotWireGuard) || errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := c.DeleteDevice(t.Context(), "other"); !errors.Is(err, wgctrl.ErrNotWireGuard) {
		t.Error(err)
	}
	both := newClient(t, wgctrl.WithNetNS(d.NetNS().FD()), wgctrl.WithDevice("other", user.UAPI()))
	if got, err := both.Device(t.Context(), "other"); err != nil || got.Kind != wgtypes.KindInProcess {
		t.Errorf("%v, %v", got, err)
	}
}

// TestReaderLoop uses the Client from the loop over a Reader, for the same
// device and for another one. A kernel device that changes on the way ends the
// loop with ErrInterrupted, unless it was sent whole by then.
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
							t.Fatalf("after %d peers: %v", seen, err)
						}
						break
					}
					if seen++; seen%100 == 0 {
						target.configure(t, peers(wgtypes.PeerConfig{PublicKey: p.PublicKey, PersistentKeepalive: new(time.Minute)}))
						target.read(t)
					}
				}
				if seen != n && (target == other || seen < n/2) {
					t.Errorf("%d peers were read", seen)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestMeanwhile deletes, makes and renames a device while it is read and
// written: each call ends well or says why, and reads nothing torn.
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
					t.Error(err)
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
				t.Errorf("peer %d with %d prefixes", i, len(p.AllowedIPs))
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
			t.Error(err)
		}
	}
	close(done)
	wg.Wait()
}

// TestRename: a device that was found keeps being the one, whatever its name.
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
		t.Errorf("%d peers", seen)
	}
	if _, err := c.Device(t.Context(), "wg0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old name: %v", err)
	}
	if got, err := c.Device(t.Context(), "new0"); err != nil || got.Name != "new0" {
		t.Errorf("the new name: %v, %v", got, err)
	}
}

// TestRenameWhileWriting: a change of several messages goes on in the device
// that it began in, whatever its name is by then.
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
					t.Error(err)
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
		t.Errorf("%v", err)
	}
}

// TestModuleReload removes the module and loads it again under one Client.
//
// Not in parallel: it takes every kernel device of the machine with it. So it
// runs only where the environment says that the machine is there for that.
func TestModuleReload(t *testing.T) {
	if os.Getenv("WGTEST_MODULE") != "1" {
		t.Skip("this removes every kernel device of the machine: WGTEST_MODULE=1 allows it")
	}
	ns := wgtest.NetNS(t)
	c := newClient(t, wgctrl.WithNetNS(ns.FD()), wgctrl.WithBackends(wgtypes.KindKernel))
	for i := range 3 {
		in(t, ns, "rmmod", "wireguard")
		if got := names(t, c); got != "" {
			t.Errorf("without the module there are %q", got)
		}
		if _, err := c.Device(t.Context(), "wg0"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("without the module: %v", err)
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
			t.Errorf("%v, %v", d, err)
		}
	}
}
