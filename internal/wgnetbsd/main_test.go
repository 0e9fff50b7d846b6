package wgnetbsd_test

import (
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

// newKernel returns a kernel with the device wg0, which must not record a fault.
func newKernel(t testing.TB) *kerneltest.NetBSD { return check(t, kerneltest.NewNetBSD()) }

func check(t testing.TB, k *kerneltest.NetBSD) *kerneltest.NetBSD {
	t.Helper()
	t.Cleanup(func() {
		if faults := k.Faults(); len(faults) > 0 {
			t.Errorf("the kernel recorded %q, want no fault", faults)
		}
	})
	k.AddDevice("wg0")
	return k
}

// open opens the device wg0.
func open(t testing.TB, b wginternal.Backend) wginternal.Device {
	t.Helper()
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatalf("Open(%q) = %v, want nil", "wg0", err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}
