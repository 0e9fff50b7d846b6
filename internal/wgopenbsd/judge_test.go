package wgopenbsd_test

import (
	"math"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// judge compares the backend with the model. The kernel leaves a prefix that a peer gets
// again where it is in the peer's list, and OpenBSD's firewall mark has 31 bits.
func judge(make func() *kerneltest.OpenBSD) testutil.Judge {
	j := testutil.Judge{
		New: func(t testing.TB) (wginternal.Backend, string) {
			c := start(t, make()).Config()
			c.Interfaces = func() ([]wginternal.Interface, error) { return nil, nil } // zones stay numbers
			return wgopenbsd.NewWith(c), "wg0"
		},
		Canonical: testutil.SortedAllowedIPs,
	}
	if make().Config().OS == wgopenbsd.OpenBSD {
		j.Adapt = func(_ *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
			if c.FirewallMark != nil {
				c.FirewallMark = new(*c.FirewallMark & math.MaxInt32)
			}
			return c
		}
	}
	return j
}

// TestScenarios compares each kernel with the model.
func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, kernel := range kernels {
		t.Run(kernel.name, func(t *testing.T) {
			t.Parallel()
			judge(kernel.make).Scenarios(t)
		})
	}
}

// TestRandom compares each kernel with the model after random changes. The size of a word
// matters only for the codec, which FuzzReplyRoundTrip and FuzzSetRoundTrip test.
func TestRandom(t *testing.T) {
	t.Parallel()
	for _, kernel := range kernels {
		if strings.HasPrefix(kernel.name, "openbsd32") {
			continue
		}
		t.Run(kernel.name, func(t *testing.T) {
			t.Parallel()
			judge(kernel.make).Random(t)
		})
	}
}
