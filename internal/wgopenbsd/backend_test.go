package wgopenbsd_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestList checks which interfaces are devices. An ordinary user gets the same list.
func TestList(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		k.Add("em0", "egress")
		k.Add("vio0", "wg") // root has added it to the group
		k.AddDevice("wg7")
		k.SetUnprivileged(true)
		got, err := k.Backend().List(t.Context())
		want := []wgtypes.DeviceRef{
			{Name: "wg0", Kind: wgtypes.KindKernel, Index: k.Index("wg0")},
			{Name: "wg7", Kind: wgtypes.KindKernel, Index: k.Index("wg7")},
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("List() = %v, %v, want %v", got, err, want)
		}
	})
}

// TestListNone checks that a kernel without devices, and so without their group, has an
// empty list.
func TestListNone(t *testing.T) {
	t.Parallel()
	for _, kernel := range kernels {
		k := kernel.make()
		if got, err := k.Backend().List(t.Context()); err != nil || len(got) != 0 {
			t.Errorf("%s: List() = %v, %v, want none", kernel.name, got, err)
		}
	}
}

// TestListErrors checks a list whose ioctl fails: that of the group, and that of the
// second member.
func TestListErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		call, found int // the call that fails, and how many devices are found
		err, want   error
	}{
		{1, 0, syscall.EIO, syscall.EIO},
		{2, 0, syscall.EIO, syscall.EIO},
		{4, 1, syscall.EIO, syscall.EIO},
		{4, 1, syscall.ENXIO, nil}, // removed meanwhile
	} {
		k := start(t, kerneltest.NewOpenBSD())
		k.AddDevice("wg1")
		calls := 0
		b := hooked(k, func(call) error {
			if calls++; calls == test.call {
				return test.err
			}
			return nil
		})
		if got, err := b.List(t.Context()); !errors.Is(err, test.want) || len(got) != test.found {
			t.Errorf("List() with %v at call %d = %v, %v, want %d devices and the error %v", test.err, test.call, got, err, test.found, test.want)
		}
	}
}

// TestOpen checks the name, kind and index of a device.
func TestOpen(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		d := open(t, k.Backend())
		want := wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindKernel, Index: k.Index("wg0")}
		if err := d.Close(); err != nil || d.Ref() != want {
			t.Errorf("Open() = %v, Close() = %v, want %v and nil", d.Ref(), err, want)
		}
	})
}

// TestOpenErrors checks the errors for names that are not devices.
func TestOpenErrors(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		k.Add("em0", "egress")
		for _, test := range []struct {
			name string
			want error
			text string
		}{
			{"wg1", fs.ErrNotExist, `"wg1"`},
			{"em0", wginternal.ErrNotWireGuard, `"em0"`},
			{"", fs.ErrInvalid, "empty"},
			{"wg0/1", fs.ErrInvalid, "slash"},
			{"a234567890123456", fs.ErrInvalid, "16 bytes"},
		} {
			d, err := k.Backend().Open(t.Context(), test.name)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("Open(%q) = %v, %v, want %v with %s", test.name, d, err, test.want, test.text)
			}
		}
	})
}

// TestOpenForeignDrivers checks what drivers of other interfaces do with the ioctl. OpenBSD's
// refuse it with ENOTTY, and those of Ethernet on DragonFly BSD with EINVAL.
func TestOpenForeignDrivers(t *testing.T) {
	t.Parallel()
	for _, err := range []error{syscall.ENOTTY, syscall.EINVAL, syscall.EOPNOTSUPP, nil} {
		k := start(t, kerneltest.NewDragonFly())
		k.Add("em0", "")
		c := k.Config()
		c.Ioctl = func(uint32, []byte, int, []byte) error { return err }
		if d, got := wgopenbsd.NewWith(c).Open(t.Context(), "em0"); !errors.Is(got, wginternal.ErrNotWireGuard) || !strings.Contains(got.Error(), "em0") {
			t.Errorf("Open() with %v = %v, %v, want ErrNotWireGuard that names em0", err, d, got)
		}
	}
}

// TestOpenUnexpectedError checks that Open returns an error that it does not know.
func TestOpenUnexpectedError(t *testing.T) {
	t.Parallel()
	b := hooked(start(t, kerneltest.NewOpenBSD()), func(call) error { return syscall.EFAULT })
	if d, err := b.Open(t.Context(), "wg0"); !errors.Is(err, syscall.EFAULT) {
		t.Errorf("Open() = %v, %v, want %v", d, err, syscall.EFAULT)
	}
}

// TestArm checks that OpenBSD on arm lists devices, and refuses to read and change them
// with the reason.
func TestArm(t *testing.T) {
	t.Parallel()
	k := start(t, kerneltest.NewOpenBSDRelease("7.8", "arm"))
	b := k.Backend()
	if got, err := b.List(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("List() = %v, %v, want wg0", got, err)
	}
	if d, err := b.Open(t.Context(), "wg0"); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "arm") {
		t.Errorf("Open(wg0) = %v, %v, want errors.ErrUnsupported that names arm", d, err)
	}
	if d, err := b.Open(t.Context(), "wg1"); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Open(wg1) = %v, %v, want fs.ErrNotExist", d, err)
	}
}

// TestCapabilities checks what the backend can do.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	b := kerneltest.NewOpenBSD().Backend()
	want := wginternal.Capabilities{Links: true, FirewallMark: true, PersistentKeepalive: true, UpdateOnly: true}
	if got := b.Capabilities(); got != want || b.Kind() != wgtypes.KindKernel {
		t.Errorf("Capabilities() = %+v of kind %v, want %+v of kernel devices", got, b.Kind(), want)
	}
}

// operations returns every operation of a backend whose device d is wg0.
func operations(b *wgopenbsd.Backend, d wginternal.Device) map[string]func(ctx context.Context) error {
	change := testutil.Peers(testutil.FullPeer(testutil.PeerA, "10.0.0.0/8"))
	return map[string]func(ctx context.Context) error{
		"List":      func(ctx context.Context) error { _, err := b.List(ctx); return err },
		"Open":      func(ctx context.Context) error { _, err := b.Open(ctx, "wg0"); return err },
		"Read":      func(ctx context.Context) error { _, err := d.Read(ctx); return err },
		"Configure": func(ctx context.Context) error { return d.Configure(ctx, change, nil) },
		"Link":      func(ctx context.Context) error { _, err := b.Link(ctx, "wg0", 0); return err },
		"Create":    func(ctx context.Context) error { return b.Create(ctx, "wg1", 0, false, -1) },
		"SetLink":   func(ctx context.Context) error { return b.SetLink(ctx, "wg0", 0, new(1280), nil) },
		"Delete":    func(ctx context.Context) error { return b.Delete(ctx, "wg0", 0) },
	}
}

// TestNotify checks that the backend uses the Notifier of the system, if it has one.
func TestNotify(t *testing.T) {
	t.Parallel()
	changed := func() { t.Error("Notify() called changed, want no call") }
	c := kerneltest.NewOpenBSD().Config()
	if err := wgopenbsd.NewWith(c).Notify(t.Context(), changed); err != nil {
		t.Errorf("Notify() without a Notifier = %v, want nil", err)
	}
	c.Notifier = &bsd.Notifier{Open: func() (bsd.RouteSocket, error) { return nil, syscall.EMFILE }}
	b := wgopenbsd.NewWith(c)
	if err := b.Notify(t.Context(), changed); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("Notify() = %v, want %v", err, syscall.EMFILE)
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	if err := b.Notify(t.Context(), changed); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Notify() after Close = %v, want net.ErrClosed", err)
	}
}

// TestClosed checks that a closed backend performs no ioctl.
func TestClosed(t *testing.T) {
	t.Parallel()
	calls := 0
	b := hooked(start(t, kerneltest.NewOpenBSD()), func(call) error { calls++; return nil })
	d := open(t, b)
	calls = 0
	for range 2 {
		if err := b.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	}
	for name, operation := range operations(b, d) {
		if err := operation(t.Context()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s after Close = %v, want net.ErrClosed", name, err)
		}
	}
	if calls != 0 {
		t.Errorf("%d ioctls after Close, want 0", calls)
	}
}

// TestCancelled checks that an operation whose context has ended performs no ioctl.
func TestCancelled(t *testing.T) {
	t.Parallel()
	calls := 0
	b := hooked(start(t, kerneltest.NewOpenBSD()), func(call) error { calls++; return nil })
	d := open(t, b)
	calls = 0
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, operation := range operations(b, d) {
		if err := operation(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s = %v, want context.Canceled", name, err)
		}
	}
	if calls != 0 {
		t.Errorf("%d ioctls with a cancelled context, want 0", calls)
	}
}

// TestLinks checks that the backend creates, changes and deletes the links of devices and
// of no other interfaces.
func TestLinks(t *testing.T) {
	t.Parallel()
	eachKernel(t, func(t *testing.T, k *kerneltest.OpenBSD) {
		k.Add("em0", "egress")
		ctx, b := t.Context(), wgopenbsd.NewWith(k.Config())
		if err := b.Create(ctx, "wg3", 1280, true, -1); err != nil {
			t.Fatalf("Create() = %v, want nil", err)
		}
		want := wginternal.Link{Index: k.Index("wg3"), MTU: 1280, Up: true}
		if got, err := b.Link(ctx, "wg3", 0); err != nil || got != want {
			t.Errorf("Link() = %+v, %v, want %+v", got, err, want)
		}
		if err := testutil.ConfigureDevice(ctx, b, "wg3", testutil.Peers(testutil.FullPeer(testutil.PeerA))); err != nil {
			t.Errorf("Configure() = %v, want nil", err)
		}
		if err := b.Delete(ctx, "wg3", want.Index); err != nil {
			t.Errorf("Delete() = %v, want nil", err)
		}
		if d, err := b.Open(ctx, "wg3"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open() of a deleted device = %v, %v, want fs.ErrNotExist", d, err)
		}
		if err := b.Delete(ctx, "em0", 0); !errors.Is(err, wginternal.ErrNotWireGuard) || k.Index("em0") == 0 {
			t.Errorf("Delete(em0) = %v, want ErrNotWireGuard", err)
		}
	})
}

// TestConcurrent checks that a backend may be used concurrently.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	b := start(t, kerneltest.NewOpenBSD()).Backend()
	var group sync.WaitGroup
	for i := range byte(8) {
		group.Go(func() {
			c := testutil.Peers(testutil.FullPeer(wgtypes.PublicKey{1, i}))
			if err := testutil.ConfigureDevice(t.Context(), b, "wg0", c); err != nil {
				t.Errorf("Configure() = %v, want nil", err)
			}
			if _, err := testutil.ReadDevice(t.Context(), b, "wg0"); err != nil {
				t.Errorf("Read() = %v, want nil", err)
			}
		})
	}
	group.Wait()
	d, err := testutil.ReadDevice(t.Context(), b, "wg0")
	if err != nil || len(d.Peers) != 8 {
		t.Errorf("Read() = %v, %v, want 8 peers", d, err)
	}
}
