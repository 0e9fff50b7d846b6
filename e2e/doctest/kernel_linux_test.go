package doctest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
)

// TestKernelCommands runs kernelCommands in a new network namespace, next to another
// one called lab.
func TestKernelCommands(t *testing.T) {
	t.Parallel()
	ns := wgtest.Kernel(t).NetNS()
	// ip(8) keeps names of namespaces in /run/netns. This one is private.
	lab := fmt.Sprintf("mount -t tmpfs none /run\nmkdir /run/netns\n>/run/netns/lab\nmount --bind /proc/%d/fd/%d /run/netns/lab\n", os.Getpid(), wgtest.NetNS(t).FD())
	script := "set -eu\n" + lab + "wgctrl del wg0\n" + kernelCommands + "wgctrl show wg0 listen-port\n"
	cmd := exec.CommandContext(t.Context(), "sh", "-s")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	cmd.Stdin, cmd.Dir = strings.NewReader(script), t.TempDir()
	var out []byte
	var err error
	ns.Do(t, func() { out, err = cmd.CombinedOutput() })
	if err != nil {
		t.Errorf("sh -s = %v, want success\n%s\n%s", err, script, out)
	}
}
