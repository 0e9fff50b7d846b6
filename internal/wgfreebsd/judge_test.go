package wgfreebsd_test

import (
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// kernels are the kernels that the tests run with.
var kernels = map[string]func() *kerneltest.FreeBSD{
	"64 bits": kerneltest.NewFreeBSD,
	"32 bits": kerneltest.NewFreeBSD32,
	"without flags": func() *kerneltest.FreeBSD {
		k := kerneltest.NewFreeBSD()
		k.SetIgnoresFlags()
		return k
	},
}

// newKernel returns a kernel with the device wg0.
func newKernel() *kerneltest.FreeBSD {
	k := kerneltest.NewFreeBSD()
	k.AddDevice("wg0")
	return k
}

// judge returns a Judge of devices of the kernel. A prefix that a peer has already stays
// where it is in FreeBSD's list, and becomes the last in Linux's, so lists are sorted.
func judge(kernel func() *kerneltest.FreeBSD) testutil.Judge {
	return testutil.Judge{
		New: func(testing.TB) (wginternal.Backend, string) {
			k := kernel()
			k.AddDevice("wg0")
			c := k.Config()
			// Random zones may have the number of an interface.
			c.Interfaces = func() ([]wginternal.Interface, error) { return nil, nil }
			return wgfreebsd.NewWith(c), "wg0"
		},
		Canonical: testutil.SortedAllowedIPs,
	}
}

func TestScenarios(t *testing.T) {
	for name, kernel := range kernels {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			judge(kernel).Scenarios(t)
		})
	}
}

func TestRandom(t *testing.T) {
	for name, kernel := range kernels {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			judge(kernel).Random(t)
		})
	}
}
