package wgnetbsd_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgnetbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestList checks that devices are found by their names alone.
func TestList(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	for _, name := range []string{"lo0", "bridge0", "wg", "wgx", "wg0x", "xwg0", "wg-1", "WG1"} {
		k.Add(name, "")
	}
	k.AddDevice("wg12")
	got, err := k.Backend().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []wgtypes.DeviceRef{{Name: "wg0", Kind: wgtypes.KindKernel, Index: 1}, {Name: "wg12", Kind: wgtypes.KindKernel, Index: 10}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("List() (-want +got):\n%s", diff)
	}
	if calls := k.TakeCalls(); len(calls) > 0 {
		t.Errorf("List() made the calls %v, want none", calls)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	k.Add("bridge0", "")
	b := k.Backend()
	for name, want := range map[string]error{
		"wg0": nil, "wg1": fs.ErrNotExist, "bridge0": wginternal.ErrNotWireGuard, "": fs.ErrInvalid, "wg/0": fs.ErrInvalid,
		"wg00000000000000": fs.ErrInvalid, "wg0000000000000": fs.ErrNotExist,
	} {
		d, err := b.Open(t.Context(), name)
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("Open(%q) = %v, want %v", name, err, want)
		}
		if want := (wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindKernel, Index: 1}); err == nil && d.Ref() != want {
			t.Errorf("Open(%q).Ref() = %+v, want %+v", name, d.Ref(), want)
		}
	}
	if b.Kind() != wgtypes.KindKernel {
		t.Errorf("Kind() = %v, want %v", b.Kind(), wgtypes.KindKernel)
	}
	want := wginternal.Capabilities{Links: true, UpdateOnly: true, MaxAllowedIPs: 16}
	if got := b.Capabilities(); got != want {
		t.Errorf("Capabilities() = %+v, want %+v", got, want)
	}
}

// TestDeviceIsGone checks the error if the interface is destroyed after it was opened.
func TestDeviceIsGone(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	b := k.Backend().(*wgnetbsd.Backend)
	d := open(t, b)
	if err := b.Delete(t.Context(), "wg0", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Read(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read() = %v, want fs.ErrNotExist", err)
	}
	if err := d.Configure(t.Context(), wgtypes.Config{}, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Configure() = %v, want fs.ErrNotExist", err)
	}
}

// TestLinks creates, changes and deletes an interface.
func TestLinks(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	k.Add("bridge0", "")
	b, ctx := k.Backend().(*wgnetbsd.Backend), t.Context()
	if err := b.Create(ctx, "wg7", 1280, true, -1); err != nil {
		t.Fatalf("Create(%q) = %v, want nil", "wg7", err)
	}
	want := wginternal.Link{Index: 3, MTU: 1280, Up: true}
	if got, err := b.Link(ctx, "wg7", 0); err != nil || got != want {
		t.Errorf("Link(%q) = %+v, %v, want %+v, nil", "wg7", got, err, want)
	}
	if err := b.Delete(ctx, "wg7", 4); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Delete(%q) with another index = %v, want fs.ErrNotExist", "wg7", err)
	}
	if err := b.Delete(ctx, "bridge0", 0); !errors.Is(err, wginternal.ErrNotWireGuard) {
		t.Errorf("Delete(%q) = %v, want ErrNotWireGuard", "bridge0", err)
	}
	if err := b.Delete(ctx, "wg7", 3); err != nil {
		t.Errorf("Delete(%q) = %v, want nil", "wg7", err)
	}
	if err := b.Create(ctx, "vpn", 0, false, -1); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("Create(%q) = %v, want fs.ErrInvalid", "vpn", err)
	}
}

// operations are all operations of a backend and the device d, which it opened.
func operations(b *wgnetbsd.Backend, d wginternal.Device) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"List":      func(ctx context.Context) error { _, err := b.List(ctx); return err },
		"Open":      func(ctx context.Context) error { _, err := b.Open(ctx, "wg0"); return err },
		"Read":      func(ctx context.Context) error { _, err := d.Read(ctx); return err },
		"Configure": func(ctx context.Context) error { return d.Configure(ctx, wgtypes.Config{}, nil) },
		"Link":      func(ctx context.Context) error { _, err := b.Link(ctx, "wg0", 0); return err },
		"Delete":    func(ctx context.Context) error { return b.Delete(ctx, "wg0", 0) },
	}
}

// TestClosed checks that operations fail after Close.
func TestClosed(t *testing.T) {
	t.Parallel()
	b := newKernel(t).Backend().(*wgnetbsd.Backend)
	all := operations(b, open(t, b))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	all["Notify"] = func(ctx context.Context) error { return b.Notify(ctx, func() {}) }
	for name, do := range all {
		if err := do(t.Context()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s() after Close() = %v, want net.ErrClosed", name, err)
		}
	}
}

// TestCancelled checks that operations do not begin if their context has ended.
func TestCancelled(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	b := k.Backend().(*wgnetbsd.Backend)
	d := open(t, b)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, do := range operations(b, d) {
		if err := do(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s() with a cancelled context = %v, want context.Canceled", name, err)
		}
	}
	if calls := k.TakeCalls(); len(calls) > 0 {
		t.Errorf("the kernel got %v, want no calls", calls)
	}
}

// TestInterfacesFail checks that an error of the system's list of interfaces is not taken
// for a missing device.
func TestInterfacesFail(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	c, failure := k.Config(), errors.New("failure")
	c.Interfaces = func() ([]wginternal.Interface, error) { return nil, failure }
	b := wgnetbsd.NewWith(c)
	if _, err := b.List(t.Context()); !errors.Is(err, failure) {
		t.Errorf("List() = %v, want %v", err, failure)
	}
	if _, err := b.Open(t.Context(), "wg0"); !errors.Is(err, failure) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open() = %v, want %v", err, failure)
	}
}

// TestInterfacesFailLater checks the error if the zone of an endpoint cannot be looked up.
func TestInterfacesFailLater(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	state, _ := fullState()
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) { *d = state })
	c, failure := k.Config(), errors.New("failure")
	list, fails := c.Interfaces, false
	c.Interfaces = func() ([]wginternal.Interface, error) {
		if fails {
			return nil, failure
		}
		return list()
	}
	d := open(t, wgnetbsd.NewWith(c))
	fails = true
	if _, err := d.Read(t.Context()); !errors.Is(err, failure) {
		t.Errorf("Read() = %v, want %v", err, failure)
	}
	if err := d.Configure(t.Context(), testutil.Peers(testutil.At(testutil.PeerA, "[fe80::1%wg0]:1")), nil); !errors.Is(err, failure) {
		t.Errorf("Configure() = %v, want %v", err, failure)
	}
}

// TestNotify checks that messages about interfaces are reported until the context ends.
func TestNotify(t *testing.T) {
	t.Parallel()
	const ifInfo = 20
	kernel, s := net.Pipe()
	go func() {
		kernel.Write([]byte{4, 0, 4, 1}) // of another type
		kernel.Write([]byte{4, 0, 4, ifInfo})
	}()
	c := newKernel(t).Config()
	c.Notifier = &bsd.Notifier{Open: func() (bsd.RouteSocket, error) { return s, nil }, Types: []byte{ifInfo}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	calls := 0
	err := wgnetbsd.NewWith(c).Notify(ctx, func() {
		if calls++; calls == 2 {
			cancel()
		}
	})
	if err != nil || calls != 2 {
		t.Errorf("Notify() = %v after %d calls, want nil after 2", err, calls)
	}
}

// TestNotifyIsOptional checks that a backend without notifications says so.
func TestNotifyIsOptional(t *testing.T) {
	t.Parallel()
	b := newKernel(t).Backend().(*wgnetbsd.Backend)
	if err := b.Notify(t.Context(), func() { t.Error("changed was called, want no call") }); err != nil {
		t.Errorf("Notify() = %v, want nil", err)
	}
}
