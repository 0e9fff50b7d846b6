package doctest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wgctrl/wgctrl/internal/cli"
	"github.com/wgctrl/wgctrl/internal/leaktest"
)

// TestMain makes the test binary serve as the programs of commands.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"wgctrl": wgctrl, "jq": jq})
}

// leakChecked fails when goroutines or descriptors outlive the tests.
type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int { return leaktest.Run(l.m) }

// socketsVariable names the folder of the world's sockets.
const socketsVariable = "DOCTEST_SOCKETS"

// wgctrl is the command, which finds the devices of its world where it would those
// of the machine, and no kernel device: one might have the name of one of them.
func wgctrl() {
	args := os.Args
	if dir := os.Getenv(socketsVariable); dir != "" {
		places := []string{args[0], "--socket-dir", dir}
		if !slices.Contains(args, "--backend") {
			places = append(places, "--backend", "userspace")
		}
		args = append(places, args[1:]...)
	}
	os.Exit(cli.Main(context.Background(), args, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
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
