package wgwindows_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgwindows"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestList(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewWindows()
	f := &faulty{System: k}
	b := f.backend(t)
	if refs, err := b.List(t.Context()); len(refs) != 0 || err != nil {
		t.Errorf("List() without adapters = %v, %v, want none, nil", refs, err)
	}
	long := strings.Repeat("\U0001f600", 63) + "x" // 127 UTF-16 units
	names := []string{"wg0", "Büro Köln", `a/b\c`, long}
	for _, name := range names {
		k.AddAdapter(name, "1.0", true)
	}
	f.adapters = func(_ int, list []wgwindows.Adapter) ([]wgwindows.Adapter, error) {
		// One adapter has not started, and one has no name yet.
		return append(list, wgwindows.Adapter{Name: "starting"}, wgwindows.Adapter{Path: "unnamed"}), nil
	}
	var want []wgtypes.DeviceRef
	for _, name := range names {
		want = append(want, wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel})
	}
	if refs, err := b.List(t.Context()); !slices.Equal(refs, want) || err != nil {
		t.Errorf("List() = %v, %v, want %v, nil", refs, err, want)
	}
	for _, ref := range want {
		d, err := testutil.ReadDevice(t.Context(), b, ref.Name)
		if err != nil || d.Name != ref.Name || d.Kind != ref.Kind || d.Index != 0 {
			t.Errorf("reading %q = %v, %v, want its name, kind and index 0", ref.Name, d, err)
		}
	}
	f.adapters = func(_ int, list []wgwindows.Adapter) ([]wgwindows.Adapter, error) {
		return list[:1], wgwindows.ErrGenFailure
	}
	if refs, err := b.List(t.Context()); len(refs) > 1 || !errors.Is(err, wgwindows.ErrGenFailure) {
		t.Errorf("List() that fails = %v, %v, want %v", refs, err, wgwindows.ErrGenFailure)
	}
}

func TestOpenErrors(t *testing.T) {
	t.Parallel()
	f, _ := newFaulty()
	b := f.backend(t)
	for name, want := range map[string]error{
		"wg0": nil, "wg1": fs.ErrNotExist, "WG0": fs.ErrNotExist, "Ethernet": wginternal.ErrNotWireGuard,
		"": fs.ErrInvalid, "a\x00b": fs.ErrInvalid, strings.Repeat("x", 127): fs.ErrNotExist, strings.Repeat("x", 128): fs.ErrInvalid,
		strings.Repeat("\U0001f600", 64): fs.ErrInvalid, "\xff": fs.ErrNotExist,
	} {
		d, err := b.Open(t.Context(), name)
		if !errors.Is(err, want) {
			t.Errorf("Open(%q) = %v, want %v", name, err, want)
		}
		if fe, ok := errors.AsType[*wgtypes.FieldError](err); ok && (fe.Index != -1 || fe.Field != "name") {
			t.Errorf("Open(%q) = %+v, want an error of the field name with the index -1", name, fe)
		}
		if err == nil {
			d.Close()
		}
		if err != nil && strings.Contains(err.Error(), "\x00") {
			t.Errorf("Open(%q) = %q, want a text without control characters", name, err)
		}
	}
	f.adapters = func(int, []wgwindows.Adapter) ([]wgwindows.Adapter, error) { return nil, wgwindows.ErrAccessDenied }
	if _, err := b.Open(t.Context(), "wg0"); !errors.Is(err, wgwindows.ErrAccessDenied) {
		t.Errorf("Open without a list = %v, want %v", err, wgwindows.ErrAccessDenied)
	}
}

// TestOpenWaits opens an adapter that has just been created.
func TestOpenWaits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		late     int // listings without the path
		missing  int // openings without the device interface
		want     error
		listings int
		openings int
	}{
		{"at once", 0, 0, nil, 1, 1},
		{"late", 9, 0, nil, 10, 1},
		{"too late", 10, 0, fs.ErrNotExist, 10, 0},
		{"interface late", 0, 9, nil, 10, 10},
		{"interface too late", 0, 1000, fs.ErrNotExist, 10, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, _ := newFaulty()
				f.adapters = func(n int, list []wgwindows.Adapter) ([]wgwindows.Adapter, error) {
					if n <= c.late {
						list[0].Path = ""
					}
					return list, nil
				}
				f.open = func(n int) error {
					if n <= c.missing {
						return wgwindows.ErrFileNotFound
					}
					return nil
				}
				_, err := testutil.ReadDevice(t.Context(), f.backend(t), "wg0")
				if !errors.Is(err, c.want) || f.listings != c.listings || f.openings != c.openings {
					t.Errorf("reading = %v after %d listings and %d openings, want %v after %d and %d",
						err, f.listings, f.openings, c.want, c.listings, c.openings)
				}
			})
		})
	}
}

// TestWaitEnds ends the context while the backend waits for an adapter.
func TestWaitEnds(t *testing.T) {
	t.Parallel()
	for name, disturb := range map[string]func(f *faulty){
		"adapter": func(f *faulty) {
			f.adapters = func(_ int, list []wgwindows.Adapter) ([]wgwindows.Adapter, error) {
				list[0].Path = ""
				return list, nil
			}
		},
		"interface": func(f *faulty) { f.open = func(int) error { return wgwindows.ErrPathNotFound } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, _ := newFaulty()
				disturb(f)
				ctx, cancel := context.WithTimeout(t.Context(), 70*1e6) // one pause and a half
				defer cancel()
				if _, err := testutil.ReadDevice(ctx, f.backend(t), "wg0"); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("reading until ctx ends = %v, want %v", err, context.DeadlineExceeded)
				}
			})
		})
	}
}

// TestAdapterDisappears removes the adapter at each point after Open. A new adapter with
// the same name is another device.
func TestAdapterDisappears(t *testing.T) {
	t.Parallel()
	replace := func(k *kerneltest.Windows) {
		k.RemoveAdapter("wg0")
		k.AddAdapter("wg0", "1.0", true)
	}
	change := testutil.Peers(testutil.Allow(testutil.PeerA, "10.0.0.0/8"))
	for name, use := range map[string]func(ctx context.Context, d wginternal.Device) error{
		"read": func(ctx context.Context, d wginternal.Device) error {
			_, err := wginternal.ReadDevice(ctx, d, nil)
			return err
		},
		"configure": func(ctx context.Context, d wginternal.Device) error { return d.Configure(ctx, change, nil) },
	} {
		f, k := newFaulty()
		b := f.backend(t)
		d, err := b.Open(t.Context(), "wg0")
		if err != nil {
			t.Fatal(err)
		}
		replace(k)
		if err := use(t.Context(), d); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s of a replaced adapter = %v, want %v", name, err, fs.ErrNotExist)
		}
		if d, err = b.Open(t.Context(), "wg0"); err != nil {
			t.Fatal(err)
		}
		f.control = func(_ int, _ uint32, _ []byte, next func() (uint32, error)) (uint32, error) {
			replace(k)
			return next()
		}
		if err := use(t.Context(), d); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s of an adapter that disappears = %v, want %v", name, err, fs.ErrNotExist)
		}
		// Windows may have another code for it: the list decides.
		if d, err = b.Open(t.Context(), "wg0"); err != nil {
			t.Fatal(err)
		}
		f.control = func(int, uint32, []byte, func() (uint32, error)) (uint32, error) {
			replace(k)
			return 0, wgwindows.Errno(317)
		}
		if err := use(t.Context(), d); !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, wgwindows.Errno(317)) {
			t.Errorf("%s with an unknown error = %v, want %v and %v", name, err, fs.ErrNotExist, wgwindows.Errno(317))
		}
	}
}

func TestUnprivileged(t *testing.T) {
	t.Parallel()
	f, k := newFaulty()
	k.SetElevated(false)
	b := f.backend(t)
	if refs, err := b.List(t.Context()); len(refs) != 1 || err != nil {
		t.Errorf("List() = %v, %v, want wg0, nil", refs, err)
	}
	_, err := testutil.ReadDevice(t.Context(), b, "wg0")
	if !errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "elevated") {
		t.Errorf("reading = %v, want %v with advice", err, fs.ErrPermission)
	}
	err = testutil.ConfigureDevice(t.Context(), b, "wg0", wgtypes.Config{ListenPort: new(uint16(7))})
	if _, partial := errors.AsType[*wginternal.PartialError](err); partial || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Configure() = %v, want %v that is not partial", err, fs.ErrPermission)
	}
	f.open = func(int) error { return wgwindows.ErrAccessDenied }
	if _, err := testutil.ReadDevice(t.Context(), b, "wg0"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("reading without access to the file = %v, want %v", err, fs.ErrPermission)
	}
}

// TestNotWireGuard uses a device whose driver does not know the requests.
func TestNotWireGuard(t *testing.T) {
	t.Parallel()
	for _, code := range []wgwindows.Errno{wgwindows.ErrInvalidFunction, wgwindows.ErrNotSupported} {
		f, _ := newFaulty()
		f.control = func(int, uint32, []byte, func() (uint32, error)) (uint32, error) { return 0, code }
		b := f.backend(t)
		if _, err := testutil.ReadDevice(t.Context(), b, "wg0"); !errors.Is(err, wginternal.ErrNotWireGuard) {
			t.Errorf("reading with %v = %v, want %v", code, err, wginternal.ErrNotWireGuard)
		}
		err := testutil.ConfigureDevice(t.Context(), b, "wg0", wgtypes.Config{ListenPort: new(uint16(7))})
		if _, partial := errors.AsType[*wginternal.PartialError](err); partial || !errors.Is(err, wginternal.ErrNotWireGuard) {
			t.Errorf("Configure() with %v = %v, want %v that is not partial", code, err, wginternal.ErrNotWireGuard)
		}
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	f, _ := newFaulty()
	b := f.backend(t)
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	if want := (wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindKernel}); d.Ref() != want {
		t.Errorf("Ref() = %v, want %v", d.Ref(), want)
	}
	r, err := d.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close() = %v, want nil", err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("Close() of a Reader = %v, want nil", err)
	}
	_, listErr := b.List(t.Context())
	_, openErr := b.Open(t.Context(), "wg0")
	_, readErr := d.Read(t.Context())
	for name, err := range map[string]error{
		"List": listErr, "Open": openErr, "Read": readErr, "Configure": d.Configure(t.Context(), wgtypes.Config{ListenPort: new(uint16(7))}, nil),
	} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s after Close = %v, want %v", name, err, net.ErrClosed)
		}
	}
	if f.number != 1 {
		t.Errorf("%d requests, want 1", f.number)
	}
}

func TestCapabilities(t *testing.T) {
	t.Parallel()
	f, _ := newFaulty()
	b := f.backend(t)
	if got, want := b.Capabilities(), (wginternal.Capabilities{PersistentKeepalive: true, UpdateOnly: true}); got != want {
		t.Errorf("Capabilities() = %+v, want %+v", got, want)
	}
	if _, ok := any(b).(wginternal.Links); ok {
		t.Error("the backend implements Links, want no Links")
	}
	if b.Kind() != wgtypes.KindKernel {
		t.Errorf("Kind() = %v, want %v", b.Kind(), wgtypes.KindKernel)
	}
}
