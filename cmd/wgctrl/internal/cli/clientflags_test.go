package cli

import (
	"runtime"
	"strings"
	"testing"
)

// TestClientsAreClosed runs commands that open the kernel's backend, which holds a
// file descriptor. TestMain checks that none is left.
func TestClientsAreClosed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux's backend holds a file descriptor")
	}
	dir := t.TempDir()
	for _, args := range []string{
		"", "show", "show --json", "show missing0", "show missing0 --json", "del missing0", "top --interval 10ms", "__complete show x",
	} {
		code, out, errs := runCommand(t, append([]string{"--socket-dir", dir}, strings.Fields(args)...)...)
		if strings.Contains(args, "missing0") && (code != 1 || !strings.Contains(errs, `no link "missing0"`)) {
			t.Errorf("Run(%q) = %d, stdout %q, stderr %q, want 1, no link", args, code, out, errs)
		}
	}
}

// TestNetNS checks that --netns selects the namespace of kernel devices.
func TestNetNS(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("network namespaces exist only on Linux")
	}
	code, _, errs := runCommand(t, "--netns", "/proc/self/ns/net", "--socket-dir", t.TempDir(), "show", "missing0")
	if code != 1 || !strings.Contains(errs, `no link "missing0" in network namespace net:[`) {
		t.Errorf("show missing0 = %d, stderr %q, want 1, the namespace", code, errs)
	}
}

// TestSocketDirs checks that every --socket-dir is searched, and that userspace
// devices are found with kernel devices.
func TestSocketDirs(t *testing.T) {
	t.Parallel()
	first, _ := newSocketDir(t)
	second, _ := newSocketDir(t)
	startDevice(t, first, "wg0")
	startDevice(t, second, "wg1")
	for _, flags := range [][]string{{"--socket-dir", first, "--socket-dir", second}, {"--backend", "userspace", "--socket-dir", second, "--socket-dir", first}} {
		for _, name := range []string{"wg0", "wg1"} {
			if code, out, errs := runCommand(t, append(flags, "show", name, "listen-port")...); code != 0 || out == "" {
				t.Errorf("Run(%q show %s) = %d, stdout %q, stderr %q, want 0, a port", flags, name, code, out, errs)
			}
		}
	}
}
