package doctest

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
)

// TestKernelCommands runs the commands that need a kernel device where there can
// be one, as after the others of docs/guide-command.md.
func TestKernelCommands(t *testing.T) {
	t.Parallel()
	ns := wgtest.Kernel(t).NetNS()
	script := "set -eu\nwgctrl del wg0\n" + strings.Join(kernelCommands, "\n") + "\nwgctrl show wg0 listen-port\n"
	cmd := exec.CommandContext(t.Context(), "sh", "-s")
	cmd.Stdin, cmd.Dir = strings.NewReader(script), t.TempDir()
	var out []byte
	var err error
	ns.Do(t, func() { out, err = cmd.CombinedOutput() })
	if err != nil {
		t.Errorf("%v\n%s\n%s", err, script, out)
	}
}
