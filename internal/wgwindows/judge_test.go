package wgwindows_test

import (
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// judge compares the backend with the model. The adapters have no firewall mark.
func judge(version string, removes bool) testutil.Judge {
	return testutil.Judge{
		New: func(testing.TB) (wginternal.Backend, string) {
			k := kerneltest.NewWindows()
			k.AddAdapter("wg0", version, removes)
			return k.Backend(), "wg0"
		},
		Adapt: func(_ *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
			c.FirewallMark = nil
			return c
		},
	}
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	judge("1.0", true).Scenarios(t)
}

func TestRandom(t *testing.T) {
	t.Parallel()
	judge("1.0", true).Random(t)
}

// TestOldDriver uses a driver that ignores the flag that removes an allowed IP.
func TestOldDriver(t *testing.T) {
	t.Parallel()
	t.Run("scenarios", judge("0.10.1", false).Scenarios)
	t.Run("random", judge("0.10.1", false).Random)
}

// TestUnknownVersion uses a driver that would obey the flag, but does not say so.
func TestUnknownVersion(t *testing.T) {
	t.Parallel()
	judge("", true).Random(t)
}
