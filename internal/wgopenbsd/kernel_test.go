package wgopenbsd_test

import (
	"net/netip"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

// kernels are the kernels that differ for the backend.
var kernels = []struct {
	name string
	make func() *kerneltest.OpenBSD
}{
	{"openbsd64", kerneltest.NewOpenBSD},
	{"openbsd32", func() *kerneltest.OpenBSD { return kerneltest.NewOpenBSDRelease("7.8", "386") }},
	{"openbsd64old", func() *kerneltest.OpenBSD { return kerneltest.NewOpenBSDRelease("7.2", "amd64") }},
	{"openbsd32old", func() *kerneltest.OpenBSD { return kerneltest.NewOpenBSDRelease("7.2", "386") }},
	{"dragonfly", kerneltest.NewDragonFly},
}

// eachKernel runs check as a parallel test with each kernel, which has an empty device wg0.
// The kernel must get no faulty request.
func eachKernel(t *testing.T, check func(t *testing.T, k *kerneltest.OpenBSD)) {
	for _, kernel := range kernels {
		t.Run(kernel.name, func(t *testing.T) {
			t.Parallel()
			check(t, start(t, kernel.make()))
		})
	}
}

// start adds the device wg0 to k and checks at the end of the test that k found no fault.
func start(t testing.TB, k *kerneltest.OpenBSD) *kerneltest.OpenBSD {
	k.AddDevice("wg0")
	t.Cleanup(func() {
		if faults := k.Faults(); len(faults) > 0 {
			t.Errorf("faults of requests = %q, want none", faults)
		}
	})
	return k
}

// layouts returns the layouts that a kernel can have.
func layouts(t testing.TB, k *kerneltest.OpenBSD) []*wgopenbsd.Layout {
	t.Helper()
	c := k.Config()
	list, err := wgopenbsd.Layouts(c.OS, c.Arch, c.Release)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// equal are the options to compare values. A nil list equals an empty one.
var equal = []cmp.Option{
	cmpopts.EquateEmpty(),
	cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
	cmp.Comparer(wgtypes.PrivateKey.Equal), cmp.Comparer(wgtypes.PresharedKey.Equal),
}

// read reads wg0 with a new backend.
func read(t testing.TB, k *kerneltest.OpenBSD) *wgtypes.Device {
	t.Helper()
	d, err := testutil.ReadDevice(t.Context(), k.Backend(), "wg0")
	if err != nil {
		t.Fatalf("reading wg0: %v, want nil", err)
	}
	return d
}
