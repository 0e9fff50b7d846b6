package doctest

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wgctrl/wgctrl/e2e/program"
	"github.com/wgctrl/wgctrl/internal/testutil"
)

// TestMain lets the test binary act as the program wgctrl.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"wgctrl": wgctrl})
}

// leakChecked fails when goroutines or descriptors outlive the tests.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int {
	return program.Run(func() int { return testutil.RunMain(l.m) })
}

// socketsVariable is the environment variable with the socket directory.
const socketsVariable = "DOCTEST_SOCKETS"

// wgctrl runs the command. It restricts it to the userspace devices of the test,
// since a kernel device of the machine might have the same name.
func wgctrl() {
	args := os.Args[1:]
	if dir := os.Getenv(socketsVariable); dir != "" {
		places := []string{"--socket-dir", dir}
		if !slices.Contains(args, "--backend") {
			places = append(places, "--backend", "userspace")
		}
		args = append(places, args...)
	}
	cmd := exec.Command(program.Path(), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}
