//go:build linux

package wglinux

import (
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestKernelDeviceMoved moves a device back and forth between two namespaces while it is
// read and written in both. Each call must succeed or return fs.ErrNotExist, each read
// must be complete, and no peer may be lost.
func TestKernelDeviceMoved(t *testing.T) {
	t.Parallel()
	_ = kernelDevice(t) // skips the test without kernel devices
	here, there := newNetNS(t), newNetNS(t)
	a, b := backendIn(t, here, nlwire.Family), backendIn(t, there, nlwire.Family)
	ctx := t.Context()
	if err := a.Create(ctx, "wg0", 0, false, -1); err != nil {
		t.Fatal(err)
	}
	const n, each = 60, 30 // several messages to read, one to write
	var whole wgtypes.Config
	for i := range n {
		whole.Peers = append(whole.Peers, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{byte(i), 7}, AllowedIPs: manyPrefixes(n * each)[i*each:][:each]})
	}
	configureIn := func(from *Backend) error {
		d, err := from.Open(ctx, "wg0")
		if err != nil {
			return err
		}
		return d.Configure(ctx, whole, nil)
	}
	if err := configureIn(a); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var done atomic.Bool
	var ended, absent atomic.Int32
	run := func(step func() error) {
		wg.Go(func() {
			for !done.Load() {
				switch err := step(); {
				case err == nil:
					ended.Add(1)
				case errors.Is(err, fs.ErrNotExist):
					absent.Add(1)
				case !errors.Is(err, wginternal.ErrInterrupted):
					t.Errorf("operation = %v, want nil, fs.ErrNotExist or ErrInterrupted", err)
					return
				}
			}
		})
	}
	for _, from := range []*Backend{a, b} {
		run(func() error { return configureIn(from) })
		run(func() error {
			d, err := from.Open(ctx, "wg0")
			if err != nil {
				return err
			}
			got, err := wginternal.ReadDevice(ctx, d, nil)
			if err == nil && len(got.Peers) != n {
				t.Errorf("ReadDevice() gives %d peers, want %d", len(got.Peers), n)
			}
			return err
		})
	}
	for range 40 {
		if err := a.setLink(ctx, "wg0", 0, nlwire.LinkChange{NetNS: int(there.Fd())}); err != nil {
			t.Fatal(err)
		}
		if err := b.setLink(ctx, "wg0", 0, nlwire.LinkChange{NetNS: int(here.Fd())}); err != nil {
			t.Fatal(err)
		}
	}
	done.Store(true)
	wg.Wait()
	got, err := read(t, a)
	if err != nil || len(got.Peers) != n {
		t.Fatalf("read() = %+v, %v, want %d peers", got, err, n)
	}
	for i, p := range got.Peers {
		if diff(whole.Peers[i].AllowedIPs, p.AllowedIPs) != "" {
			t.Errorf("peer %d has %v, want %v", i, p.AllowedIPs, whole.Peers[i].AllowedIPs)
		}
	}
	t.Logf("80 moves on %s: %d calls succeeded, %d found no device", release(), ended.Load(), absent.Load())
}
