//go:build linux

package wglinux

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestIsModuleMissing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "loaded"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		folder, module string
		want           bool
	}{
		{folder, "loaded", false},
		{folder, "other", true},
		{filepath.Join(folder, "none"), "other", false},
	} {
		if got := isModuleMissing(test.folder, test.module); got != test.want {
			t.Errorf("isModuleMissing(%q, %q) = %t, want %t", test.folder, test.module, got, test.want)
		}
	}
}

// TestModuleMissing checks that List, Open and Notify of a backend whose module is not
// loaded open no socket, and that Open returns the error of a missing link.
func TestModuleMissing(t *testing.T) {
	t.Parallel()
	plain, b := fakeBackend(t, nltest.NewKernel()), newBackend(Config{Kind: wgtypes.KindAmneziaKernel}, nil, func() (transport, error) {
		t.Error("a socket was opened, want none")
		return nil, net.ErrClosed
	})
	b.moduleMissing = func() bool { return true }
	if refs, err := b.List(t.Context()); len(refs) != 0 || err != nil {
		t.Errorf("List() = %v, %v, want none, nil", refs, err)
	}
	_, want := plain.Open(t.Context(), "nope")
	for call, err := range map[string]error{
		"Open": func() error { _, err := b.Open(t.Context(), "nope"); return err }(),
		"Link": func() error { _, err := b.Link(t.Context(), "nope", 0); return err }(),
	} {
		if !errors.Is(err, fs.ErrNotExist) || err.Error() != want.Error() {
			t.Errorf("%s() = %v, want %v", call, err, want)
		}
	}
	b.subscribe = func() (transport, error) {
		t.Error("a socket for notifications was opened, want none")
		return nil, net.ErrClosed
	}
	if err := b.Notify(t.Context(), func() { t.Error("Notify() reports a change, want none") }); err != nil {
		t.Errorf("Notify() = %v, want nil", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, listErr := b.List(ctx)
	_, openErr := b.Open(ctx, "nope")
	if !errors.Is(listErr, context.Canceled) || !errors.Is(openErr, context.Canceled) {
		t.Errorf("List() = %v, Open() = %v with a cancelled context, want context.Canceled", listErr, openErr)
	}
}

// TestAmneziaLinks creates, lists, changes and deletes links of the kind.
func TestAmneziaLinks(t *testing.T) {
	t.Parallel()
	k := nltest.NewAmneziaKernel(wgtypes.AmneziaV30)
	b := amneziaBackend(t, k)
	if err := b.Create(t.Context(), "awg1", 1400, true, -1); err != nil {
		t.Fatalf("Create() = %v, want nil", err)
	}
	refs, err := b.List(t.Context())
	if err != nil || len(refs) != 2 || refs[1].Name != "awg1" || refs[1].Kind != wgtypes.KindAmneziaKernel {
		t.Errorf("List() = %v, %v, want wg0 and awg1 of kind %v", refs, err, wgtypes.KindAmneziaKernel)
	}
	if err := b.SetLink(t.Context(), "awg1", 0, new(1300), new(false)); err != nil {
		t.Errorf("SetLink() = %v, want nil", err)
	}
	if link, err := b.Link(t.Context(), "awg1", 0); err != nil || link.MTU != 1300 || link.Up {
		t.Errorf("Link() = %+v, %v, want MTU 1300 and down", link, err)
	}
	d, err := b.Open(t.Context(), "awg1")
	if err != nil {
		t.Fatalf("Open() = %v, want nil", err)
	}
	defer d.Close()
	r, err := d.Read(t.Context())
	if err != nil {
		t.Fatalf("Read() = %v, want nil", err)
	}
	want := wgtypes.DefaultAmnezia()
	want.Version = wgtypes.AmneziaV30
	if diff := diff(&want, r.Device().Amnezia); diff != "" {
		t.Errorf("parameters of a new device (-want +got):\n%s", diff)
	}
	_ = r.Close()
	if err := b.Delete(t.Context(), "awg1", 0); err != nil {
		t.Errorf("Delete() = %v, want nil", err)
	}
	if _, err := b.Open(t.Context(), "awg1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Open() after Delete() = %v, want fs.ErrNotExist", err)
	}
}

// BenchmarkModuleMissing measures what the backend of AmneziaWG costs on a machine
// without its module.
func BenchmarkModuleMissing(b *testing.B) {
	backend, err := New(Config{NetNS: -1, Kind: wgtypes.KindAmneziaKernel})
	if err != nil {
		b.Fatal(err)
	}
	defer backend.Close()
	if !backend.moduleMissing() {
		b.Skip("the module is loaded, or there is no " + modules)
	}
	b.Run("list", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := backend.List(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := backend.Open(b.Context(), "wg0"); !errors.Is(err, fs.ErrNotExist) {
				b.Fatal(err)
			}
		}
	})
}
