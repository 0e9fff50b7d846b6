package hook_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/quick/internal/hook"
	"github.com/wgctrl/wgctrl/wgconf"
)

// TestSameAsWgQuick runs hooks with the installed wg-quick(8) and with this package,
// and compares what they see. Every hook writes to the file OUT.
func TestSameAsWgQuick(t *testing.T) {
	t.Parallel()
	script, err := exec.LookPath("wg-quick")
	if err != nil {
		t.Skip(err)
	}
	for _, command := range []string{
		`echo "$INTERFACE|$CONFIG_FILE" >OUT`,
		`printf '%s' "$WG_CONFIG" >OUT`,
		`env | grep -vE '^(_|SHLVL|PATH|WG_QUICK_.*)=' | sort >OUT`,
		`env | grep -E '^SHLVL=' >OUT`,
		`echo %i %%i %I "%i" '%i' \%i >OUT`,
		`pwd >OUT; umask >>OUT`,
		`cat >OUT; cat >>OUT`,
		`echo "${-%%c}" >OUT; shopt -p extglob >>OUT; set -o | grep -E 'errexit|pipefail|nounset' >>OUT`,
		`echo 1 >OUT; false; echo 2 >>OUT`,
		`echo 1 >OUT; false || echo 2 >>OUT`,
		`echo 1 >OUT; false | true; echo 2 >>OUT`,
		`echo 1 >OUT; (exit 7); echo 2 >>OUT`,
		`echo 1 >OUT; return 3; echo 2 >>OUT`,
		`echo 1 >OUT; ! true; echo 2 >>OUT`,
		`echo 1 >OUT; if false; then :; fi; echo 2 >>OUT`,
		`v=baa; echo ${v%%+(a)} >OUT`,
		`local v=x; echo $v >OUT`,
		`echo a && echo b >OUT; echo 'c  d' "e\\f" g\ h >>OUT`,
		`trap 'echo bye >>OUT' EXIT; echo hello >OUT`,
		`echo "$FOREIGN" $(env | grep -c '^CONFIG_FILE=') >OUT`,
		`env | grep -E '^(INTERFACE|CONFIG_FILE|WG_CONFIG)=' >OUT`,
		`ls /proc/self/fd | grep -cxE '[3-9]' >OUT`,
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			want := runWgQuick(t, script, command)
			got := runHook(t, command)
			if got != want {
				t.Errorf("Run(%q) wrote %q, wg-quick %q", command, got, want)
			}
		})
	}
}

const (
	testName = "wgt0"
	testText = "[Interface]\n  # comment\nListenPort = 1\n\n[Peer]\t\n PublicKey = $(false) 'a' \\n\nPostUp = x"
	testIn   = "line 1\nline 2\n"
)

// daemon is the path of a program that makes a link without WireGuard. The link
// exists before PreUp from version 1.0.20250521 of wg-quick on. TestMain writes the
// file before other tests start programs, which would inherit the open file: nothing
// can execute a file that is open for writing.
var daemon string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "hook")
	if err == nil {
		daemon = filepath.Join(dir, "daemon")
		err = os.WriteFile(daemon, []byte("#!/bin/sh\nexec ip tuntap add dev \"$1\" mode tun\n"), 0o700)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func testEnv() []string { return append(os.Environ(), "FOREIGN=a b", "LC_ALL=POSIX") }

// runWgQuick returns what the hook wrote, and its exit code if it failed.
func runWgQuick(t *testing.T, script, command string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, testName+".conf")
	text := strings.Replace(testText, "\n", "\nPreUp = "+command+"\nPreUp = exit 99\n", 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), script, "up", path)
	cmd.Dir = dir
	cmd.Env = append(testEnv(), "WG_QUICK_USERSPACE_IMPLEMENTATION="+daemon)
	cmd.Stdin = strings.NewReader(testIn)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
	}
	var messages bytes.Buffer
	cmd.Stderr = &messages
	err := cmd.Run()
	code := exitCode(err)
	switch {
	case code == -2:
		t.Skip("run wg-quick in a network namespace:", err)
	case code == 99 || strings.Contains(messages.String(), "[#] exit 99"):
		code = 0 // the hook succeeded, and the next one stopped wg-quick
	case !strings.Contains(messages.String(), "[#] "):
		t.Skip("wg-quick does not run here:", messages.String())
	default:
		code = -3 // failed: the clean-up may have replaced the status
	}
	return written(t, dir, code != 0)
}

// runHook returns what the hook wrote, and its exit code if it failed.
func runHook(t *testing.T, command string) string {
	t.Helper()
	dir := t.TempDir()
	h := newHooks(t, "bash")
	h.Interface = testName
	h.ConfigFile = filepath.Join(dir, testName+".conf")
	h.Config = hook.ConfigText(wgconf.Parse("", []byte(testText)))
	h.Env = testEnv()
	h.Stdin = strings.NewReader(testIn)
	h.Dir = dir
	err := h.Run(t.Context(), h.Expand(command))
	return written(t, dir, err != nil)
}

// written returns what a hook wrote to OUT in dir, with dir replaced.
func written(t *testing.T, dir string, failed bool) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "OUT"))
	if err != nil && !failed {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(b), dir, "DIR")
	return fmt.Sprintf("%s(failed: %v)", text, failed)
}
