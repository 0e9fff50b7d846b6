package e2e_test

import (
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

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
		large.Peers = append(large.Peers, testutil.Allow(wgtypes.PublicKey{byte(i), byte(i >> 8), 7}, nth(i).String()))
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
		large.Peers = append(large.Peers, testutil.Allow(wgtypes.PublicKey{byte(i), byte(i >> 8), 7}, nth(i).String()))
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
