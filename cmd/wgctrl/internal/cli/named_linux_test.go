package cli

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestListUnprivileged checks that an ordinary user is told once to use sudo, however
// many devices cannot be read.
func TestListUnprivileged(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can run a command as another user")
	}
	dir, flags := newSocketDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	startDevice(t, dir, "wg0")
	startDevice(t, dir, "wg1")
	// The path of the binary may be in a directory that this user cannot enter.
	list := exec.Command("/proc/self/exe", flags...)
	list.Args[0] = "wgctrl"
	list.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65533, Gid: 65533}}
	var out, errs bytes.Buffer
	list.Stdout, list.Stderr = &out, &errs
	err := list.Run()
	if code := list.ProcessState.ExitCode(); code != 1 {
		t.Fatalf("wgctrl as an ordinary user = %v, want the exit code 1; stderr: %s", err, &errs)
	}
	for _, name := range []string{"wg0", "wg1"} {
		if !strings.Contains(out.String(), "\n"+name+"  ") || !strings.Contains(errs.String(), name) {
			t.Errorf("wgctrl as an ordinary user prints %q and %q, want %s in both", &out, &errs, name)
		}
	}
	if got := strings.Count(errs.String(), "sudo"); got != 1 {
		t.Errorf("wgctrl as an ordinary user prints %q, want sudo once, not %d times", &errs, got)
	}
}
