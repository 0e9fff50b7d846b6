package cli_test

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/cli"
	"github.com/wgctrl/wgctrl/internal/testutil"
)

// TestMain makes the test binary serve as the command in scripts.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){
		"wgctrl": func() {
			os.Exit(cli.Main(context.Background(), os.Args, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
		},
	})
}

// leakChecked fails when goroutines or descriptors outlive the tests.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int { return testutil.RunMain(l.m) }
