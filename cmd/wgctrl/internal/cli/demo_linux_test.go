package cli

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestDemoAsNobody checks that demo works as user 65534. Keys are not sent to other
// daemons of this user, which stands for every user outside of the user namespace.
func TestDemoAsNobody(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Args = []string{"wgctrl", "demo"}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}},
	}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Skipf("needs user namespaces: %v", err)
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "nothing is left") {
		t.Errorf("demo as user %d = %v, want success; output:\n%s", nobody, err, out.String())
	}
}
