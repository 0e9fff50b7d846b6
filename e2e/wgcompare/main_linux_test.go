package wgcompare

import (
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/e2e/program"
	"github.com/wgctrl/wgctrl/internal/testutil"
)

func TestMain(m *testing.M) {
	os.Exit(program.Run(func() int { return testutil.RunMain(m) }))
}
