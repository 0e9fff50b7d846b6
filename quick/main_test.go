//go:build unix

package quick

import (
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

func TestMain(m *testing.M) {
	if os.Getenv(faultEnv) != "" {
		os.Exit(faultChild())
	}
	os.Exit(testutil.RunMain(m))
}
