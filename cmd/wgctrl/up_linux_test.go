package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// interruptedUp starts up, sends a signal to it when its hook runs, and prints the exit
// code and whether the interface exists then. The hook ends only when it is killed: its shell ignores SIGTERM.
const interruptedUp = `
mount -t tmpfs none /run
mkfifo /run/started
cat >/run/slow0.conf <<END
[Interface]
PostUp = trap '' TERM; echo >/run/started; while :; do sleep 1; done
END
WGCTRL_AS_COMMAND=1 "$0" up /run/slow0.conf >/dev/null 2>&1 &
read -r line </run/started
kill -TERM $!
wait $!
echo "exit $?"
ip link show slow0 2>/dev/null || echo removed
`

// TestUpInterrupted checks that up removes the interface after a signal, also if that
// takes longer than other commands have.
func TestUpInterrupted(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("the test needs root for its namespaces")
	}
	if err := exec.CommandContext(t.Context(), "unshare", "-n", "-m", "true").Run(); err != nil {
		t.Skipf("unshare -n -m: %v", err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "-n", "-m", "bash", "-c", interruptedUp, self)
	cmd.Env = append(os.Environ(), "WG_QUICK_USERSPACE_IMPLEMENTATION="+userspace(t))
	out, err := cmd.Output()
	if want := "exit 143\nremoved\n"; err != nil || !strings.HasSuffix(string(out), want) {
		t.Errorf("up with a signal = %q, %v, want %q at the end", out, err, want)
	}
}

// userspace returns the path of wireguard-go, which it builds if the kernel has no
// WireGuard.
func userspace(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat("/sys/module/wireguard"); err == nil {
		return ""
	}
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), "wireguard-go")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "golang.zx2c4.com/wireguard")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("build wireguard-go: %v\n%s", err, out)
	}
	return path
}
