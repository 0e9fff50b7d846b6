package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wgctrl/wgctrl/internal/cli"
)

// TestMain makes the test binary serve as the command in scripts.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){
		"wgctrl": func() {
			os.Exit(cli.Run(context.Background(), os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
		},
	})
}

// leakChecked fails when goroutines of a device outlive the tests.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int {
	code := l.m.Run()
	if leaked := remaining(10 * time.Second); len(leaked) > 0 {
		fmt.Fprintf(os.Stderr, "goroutines are left:\n\n%s\n", leaked)
		code = max(code, 1)
	}
	return code
}

// remaining returns the stacks of devices' goroutines that do not end in time.
func remaining(patience time.Duration) []byte {
	deadline := time.After(patience)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !bytes.Contains(stacks, []byte("golang.zx2c4.com/")) && !bytes.Contains(stacks, []byte("/userdev.")) {
			return nil
		}
		select {
		case <-again.C:
		case <-deadline:
			return stacks
		}
	}
}
