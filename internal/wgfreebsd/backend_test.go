package wgfreebsd_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The numbers of SIOCSWG and SIOCGWG of 64-bit processors.
const (
	setRequest = 0xc02069d2
	getRequest = 0xc02069d3
)

// sizeAt is the offset of the size in struct wg_data_io of 64-bit processors.
const sizeAt = 24

// call is an ioctl.
type call struct {
	request uint32
	arg     []byte
	data    []byte
}

func (c call) size() uint64 { return binary.NativeEndian.Uint64(c.arg[sizeAt:]) }

func (c call) setSize(n uint64) { binary.NativeEndian.PutUint64(c.arg[sizeAt:], n) }

// intercepted returns a backend for k whose calls go to intercept. do performs the call.
func intercepted(k *kerneltest.FreeBSD, intercept func(c call, do func() error) error) wginternal.Backend {
	config := k.Config()
	config.Ioctl = func(request uint32, arg []byte, pointer int, data []byte) error {
		return intercept(call{request, arg, data}, func() error { return k.Ioctl(request, arg, pointer, data) })
	}
	return wgfreebsd.NewWith(config)
}

func TestList(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewFreeBSD()
	b := k.Backend()
	if refs, err := b.List(t.Context()); err != nil || len(refs) != 0 {
		t.Errorf("List() without the group = %v, %v, want none", refs, err)
	}
	k.AddDevice("wg0")
	k.Add("em0", "wg") // as root can do
	k.Add("em1", "egress")
	k.AddDevice("home")
	want := []wgtypes.DeviceRef{{Name: "wg0", Kind: wgtypes.KindKernel, Index: 1}, {Name: "home", Kind: wgtypes.KindKernel, Index: 4}}
	k.SetUnprivileged(true)
	if refs, err := b.List(t.Context()); err != nil || !slices.Equal(refs, want) {
		t.Errorf("List() = %v, %v, want %v", refs, err, want)
	}
}

// TestListErrors checks that List omits a device that disappears, and returns what it
// found before another error.
func TestListErrors(t *testing.T) {
	t.Parallel()
	for errno, want := range map[syscall.Errno]struct {
		names string
		err   error
	}{syscall.ENXIO: {"wg0 wg2", nil}, syscall.ENOMEM: {"wg0", syscall.ENOMEM}} {
		k := kerneltest.NewFreeBSD()
		for _, name := range []string{"wg0", "wg1", "wg2"} {
			k.AddDevice(name)
		}
		b := intercepted(k, func(c call, do func() error) error {
			if c.request == getRequest && strings.HasPrefix(string(c.arg), "wg1\x00") {
				return errno
			}
			return do()
		})
		refs, err := b.List(t.Context())
		var names []string
		for _, ref := range refs {
			names = append(names, ref.Name)
		}
		if got := strings.Join(names, " "); got != want.names || !errors.Is(err, want.err) {
			t.Errorf("List() with %v for wg1 = %q, %v, want %q, %v", errno, got, err, want.names, want.err)
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	k := newKernel()
	k.Add("em0", "wg")
	b := k.Backend()
	d, err := b.Open(t.Context(), "wg0")
	want := wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindKernel, Index: 1}
	if err != nil || d.Ref() != want {
		t.Fatalf(`Open("wg0") = %v, %v, want %v`, d, err, want)
	}
	for name, want := range map[string]error{
		"wg1": fs.ErrNotExist, "em0": wginternal.ErrNotWireGuard, "": fs.ErrInvalid, "a/b": fs.ErrInvalid, "name-of-16-bytes": fs.ErrInvalid,
	} {
		if d, err := b.Open(t.Context(), name); !errors.Is(err, want) || d != nil {
			t.Errorf("Open(%q) = %v, %v, want %v", name, d, err, want)
		}
	}
}

// TestOpenForeign checks the replies of drivers that do not know the request.
func TestOpenForeign(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]func(c call) error{
		"EINVAL":  func(call) error { return syscall.EINVAL },
		"ENOTTY":  func(call) error { return syscall.ENOTTY },
		"nothing": func(call) error { return nil },
		"short":   func(c call) error { c.setSize(18); return nil },
		"huge":    func(c call) error { c.setSize(1<<64 - 1); return nil },
	} {
		b := intercepted(newKernel(), func(c call, _ func() error) error { return reply(c) })
		if d, err := b.Open(t.Context(), "wg0"); !errors.Is(err, wginternal.ErrNotWireGuard) {
			t.Errorf("Open() with the reply %q = %v, %v, want ErrNotWireGuard", name, d, err)
		}
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	b := newKernel().Backend()
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := b.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	links := b.(wginternal.Links)
	for name, operation := range map[string]func(ctx context.Context) error{
		"List":      func(ctx context.Context) error { _, err := b.List(ctx); return err },
		"Open":      func(ctx context.Context) error { _, err := b.Open(ctx, "wg0"); return err },
		"Read":      func(ctx context.Context) error { _, err := d.Read(ctx); return err },
		"Configure": func(ctx context.Context) error { return d.Configure(ctx, wgtypes.Config{}, nil) },
		"Create":    func(ctx context.Context) error { return links.Create(ctx, "wg1", 0, false, -1) },
		"Delete":    func(ctx context.Context) error { return links.Delete(ctx, "wg0", 0) },
		"Notify":    func(ctx context.Context) error { return b.(wginternal.Notifier).Notify(ctx, func() {}) },
	} {
		if err := operation(t.Context()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s after Close = %v, want net.ErrClosed", name, err)
		}
	}
}

// TestContext checks that nothing is sent after the context has ended.
func TestContext(t *testing.T) {
	t.Parallel()
	sent := 0
	b := intercepted(newKernel(), func(_ call, do func() error) error { sent++; return do() })
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	sent = 0
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	change := testutil.Peers(testutil.Allow(testutil.PeerA), testutil.Disallow(testutil.PeerB, "10.0.0.0/8"))
	for name, operation := range map[string]func() error{
		"List":      func() error { _, err := b.List(ctx); return err },
		"Open":      func() error { _, err := b.Open(ctx, "wg0"); return err },
		"Read":      func() error { _, err := d.Read(ctx); return err },
		"Configure": func() error { return d.Configure(ctx, change, nil) },
	} {
		_, partial := errors.AsType[*wginternal.PartialError](operation())
		if err := operation(); !errors.Is(err, context.Canceled) || partial {
			t.Errorf("%s with a cancelled context = %v, want context.Canceled and no PartialError", name, err)
		}
	}
	if sent != 0 {
		t.Errorf("calls with a cancelled context = %d, want 0", sent)
	}
}

// TestLinks checks that the backend creates and removes devices.
func TestLinks(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewFreeBSD()
	k.Add("em0", "egress")
	b := wgfreebsd.NewWith(k.Config())
	if err := b.Create(t.Context(), "home", 1400, true, -1); err != nil {
		t.Fatalf(`Create("home") = %v, want nil`, err)
	}
	want := wginternal.Link{Index: 2, MTU: 1400, Up: true}
	if got, err := b.Link(t.Context(), "home", 2); err != nil || got != want {
		t.Errorf(`Link("home") = %v, %v, want %v`, got, err, want)
	}
	change := wgtypes.Config{ListenPort: new(uint16(7))}
	if err := testutil.ConfigureDevice(t.Context(), b, "home", change); err != nil {
		t.Errorf("Configure of a new device = %v, want nil", err)
	}
	if err := b.Delete(t.Context(), "em0", 0); !errors.Is(err, wginternal.ErrNotWireGuard) {
		t.Errorf(`Delete("em0") = %v, want ErrNotWireGuard`, err)
	}
	if err := b.Delete(t.Context(), "home", 2); err != nil {
		t.Errorf(`Delete("home") = %v, want nil`, err)
	}
	if _, err := b.Open(t.Context(), "home"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf(`Open("home") after Delete = %v, want fs.ErrNotExist`, err)
	}
}

// TestNotifyWithout checks that Notify returns immediately without a Notifier.
func TestNotifyWithout(t *testing.T) {
	t.Parallel()
	if err := wgfreebsd.NewWith(newKernel().Config()).Notify(t.Context(), func() {}); err != nil {
		t.Errorf("Notify() = %v, want nil", err)
	}
}

func TestCapabilities(t *testing.T) {
	t.Parallel()
	b := newKernel().Backend()
	want := wginternal.Capabilities{Links: true, FirewallMark: true, PersistentKeepalive: true, UpdateOnly: true}
	if got := b.Capabilities(); b.Kind() != wgtypes.KindKernel || got != want {
		t.Errorf("Kind(), Capabilities() = %v, %+v, want %v, %+v", b.Kind(), got, wgtypes.KindKernel, want)
	}
}
