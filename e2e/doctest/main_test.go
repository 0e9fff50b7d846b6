package doctest

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wgctrl/wgctrl/e2e/program"
	"github.com/wgctrl/wgctrl/internal/testutil"
)

// TestMain makes the test binary serve as the programs of commands.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"wgctrl": wgctrl, "jq": jq})
}

// leakChecked fails when goroutines or descriptors outlive the tests.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int {
	return program.Run(func() int { return testutil.RunMain(l.m) })
}

// socketsVariable names the folder of the world's sockets.
const socketsVariable = "DOCTEST_SOCKETS"

// wgctrl runs the command. It restricts it to the userspace devices of its world,
// since a kernel device of the machine might have the name of one of them.
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

// jq reads JSON, as much as there is, and does nothing with it.
func jq() {
	in := json.NewDecoder(os.Stdin)
	for n := 0; ; n++ {
		var value any
		err := in.Decode(&value)
		if err == io.EOF && n > 0 {
			return
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "jq:", err)
			os.Exit(1)
		}
	}
}
