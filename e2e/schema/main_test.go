// Package schema compares the JSON output of the command with the schemas in
// docs/schema. It consists of tests only.
package schema

import (
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/e2e/program"
	"github.com/wgctrl/wgctrl/internal/testutil"
)

func TestMain(m *testing.M) {
	os.Exit(program.Run(func() int { return testutil.RunMain(m) }))
}
