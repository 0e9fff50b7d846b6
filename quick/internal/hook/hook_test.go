//go:build unix

package hook_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/quick/internal/hook"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, device, command, want string
	}{
		{"wg0", "", "ip link show %i", "ip link show wg0"},
		{"wg0", "wg0", "%i%i %I", "wg0wg0 %I"},
		{"wg0", "", "%%i %%%i 100%", "%wg0 %%wg0 100%"},
		{"home", "utun4", "%i is %I, %%I", "utun4 is home, %home"},
		{"a+b=c.-_", "", `"%i" '%i' \%i`, `"a+b=c.-_" 'a+b=c.-_' \a+b=c.-_`},
		{"wg0", "", "", ""},
	} {
		h := hook.Hooks{Interface: tt.name, Device: tt.device}
		if got := h.Expand(tt.command); got != tt.want {
			t.Errorf("Hooks{%q, %q}.Expand(%q) = %q, want %q", tt.name, tt.device, tt.command, got, tt.want)
		}
	}
}

// TestShellModes shows at which failure each shell stops.
func TestShellModes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		shell, command, out string
		code                int
	}{
		{"bash", "false; echo x", "", 1},
		{"bash", "false || echo x", "x\n", 0},
		{"bash", "false | true", "", 1},
		{"bash", "exit 7", "", 7},
		{"bash", "(exit 7); echo x", "", 7},
		{"bash", "missing-program-of-this-test", "", 127},
		{"bash", "v=aab; echo ${v##+(a)}", "b\n", 0},
		{"bash", "case ab in @(ab|c)) echo x;; esac", "x\n", 0},
		{"bash", "", "", 0},
		{"bash", "kill -9 $BASHPID", "", -1},
		{"bash", "echo 1; echo 2 && echo 3", "1\n2\n3\n", 0},
		{"bash", "echo $#", "0\n", 0},
		{"bash", "trap 'echo bye' EXIT; echo hello", "hello\nbye\n", 0},
		{"bash", "return 3", "", 3},
		{"bash", "local v=x; echo $v", "x\n", 0},
		{"sh", "false; echo x", "", 1},
		{"sh", "false || echo x", "x\n", 0},
		{"sh", "false | true", "", 0},
		{"sh", "exit 7", "", 7},
	} {
		t.Run(tt.shell+"/"+tt.command, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, tt.shell, tt.command)
			if got := exitCode(err); out != tt.out || got != tt.code {
				t.Errorf("Run(%q) = %q, exit code %d (%v), want %q, %d", tt.command, out, got, err, tt.out, tt.code)
			}
		})
	}
}

// TestVariables shows what a hook and the programs that it runs see.
func TestVariables(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "sh"} {
		h := newHooks(t, shell)
		h.Env = append(h.Env, "WGTEST=of the caller", "LC_ALL=de_DE.UTF-8")
		h.Config = "[Interface]\nPrivateKey = 'secret' $(false)\n\n\n"
		for _, tt := range []struct{ command, want string }{
			{`echo "$INTERFACE|$CONFIG_FILE|$PROGRAM"`, "wg0|/etc/wireguard/wg0.conf|wgctrl\n"},
			{`printf %s "$WG_CONFIG"`, h.Config},
			{`echo "${REAL_INTERFACE-none}"`, "none\n"},
			{`env | grep -cE '^(INTERFACE|CONFIG_FILE|PROGRAM|WG_CONFIG|hook)=' || :`, "0\n"},
			{`env | grep -E '^(WGTEST|LC_ALL)=' | sort`, "LC_ALL=C\nWGTEST=of the caller\n"},
			{`if (true <&3) 2>/dev/null; then echo open; else echo closed; fi`, "closed\n"},
			{`if (true <&4) 2>/dev/null; then echo open; else echo closed; fi`, "closed\n"},
			{`INTERFACE=changed; echo $INTERFACE`, "changed\n"},
		} {
			var out bytes.Buffer
			h.Stdout = &out
			if err := h.Run(t.Context(), tt.command); err != nil || out.String() != tt.want {
				t.Errorf("%s: Run(%q) = %q, %v, want %q", shell, tt.command, out.String(), err, tt.want)
			}
		}
	}
}

// TestDeviceName shows the variable for the name of the system's interface.
func TestDeviceName(t *testing.T) {
	t.Parallel()
	h := newHooks(t, "bash")
	var out bytes.Buffer
	h.Device, h.Stdout = "utun4", &out
	if err := h.Run(t.Context(), h.Expand("echo %i %I $REAL_INTERFACE $INTERFACE")); err != nil {
		t.Fatal(err)
	}
	if want := "utun4 wg0 utun4 wg0\n"; out.String() != want {
		t.Errorf("hook printed %q, want %q", out.String(), want)
	}
}

// TestLargeConfig shows that the size of the file is not limited by that of a
// process's arguments and environment, which is 128 KiB for each on Linux.
func TestLargeConfig(t *testing.T) {
	t.Parallel()
	h := newHooks(t, "bash")
	var out bytes.Buffer
	h.Config, h.Stdout = strings.Repeat("AllowedIPs = 10.0.0.1/32\n", 40_000), &out
	if err := h.Run(t.Context(), `echo ${#WG_CONFIG}`); err != nil || out.String() != "1000000\n" {
		t.Errorf("hook sees a WG_CONFIG of %q bytes, %v, want 1000000", out.String(), err)
	}
	// The shell may end without having read it.
	var err error
	if h.Shell, err = exec.LookPath("false"); err != nil {
		t.Skip(err)
	}
	if err := h.Run(t.Context(), "true"); exitCode(err) != 1 {
		t.Errorf("Run with a shell that ends at once = %v, want exit code 1", err)
	}
}

// TestHostileValues shows that values other than the hook's text do not reach the
// shell as code.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{
		"$(touch broken)", "`touch broken`", "'; touch broken; '", `"; touch broken; "`, "\ntouch broken\n", "-c", "%i", "a\\",
	} {
		for _, shell := range []string{"bash", "sh"} {
			h := newHooks(t, shell)
			var out bytes.Buffer
			h.Interface, h.ConfigFile, h.Program, h.Config, h.Stdout = evil, evil, evil, evil, &out
			err := h.Run(t.Context(), `printf '%s|' "$INTERFACE" "$CONFIG_FILE" "$PROGRAM" "$WG_CONFIG"; ! [ -e broken ]`)
			if want := strings.Repeat(evil+"|", 4); err != nil || out.String() != want {
				t.Errorf("%s: hook printed %q, %v, want %q", shell, out.String(), err, want)
			}
		}
	}
	if _, err := os.Stat("broken"); err == nil {
		t.Error("a value was executed")
		_ = os.Remove("broken")
	}
}

// TestStdin shows that a hook reads the caller's input.
func TestStdin(t *testing.T) {
	t.Parallel()
	h := newHooks(t, "bash")
	var out bytes.Buffer
	h.Stdin, h.Stdout = strings.NewReader("first\nsecond\n"), &out
	if err := h.Run(t.Context(), "read -r line; echo got $line"); err != nil || out.String() != "got first\n" {
		t.Errorf("hook printed %q, %v, want %q", out.String(), err, "got first\n")
	}
}

// TestBackgroundProgram shows that Run does not wait for what a hook starts in the
// background.
func TestBackgroundProgram(t *testing.T) {
	t.Parallel()
	h := newHooks(t, "bash")
	var out bytes.Buffer
	h.Stdout = &out
	if err := h.Run(t.Context(), `sleep 1000 & echo $!`); err != nil {
		t.Errorf("Run = %v, want no error", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("the program that the hook started does not run any more: %v", err)
	}
}

// TestCancel shows that the error is that of the context.
func TestCancel(t *testing.T) {
	t.Parallel()
	h := newHooks(t, "bash")
	ctx, cancel := context.WithCancel(t.Context())
	h.Stdout = writerFunc(func(b []byte) (int, error) { cancel(); return len(b), nil })
	err := h.Run(ctx, "echo started; while :; do read -t 1 <> <(:) || :; done")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, want %v", err, context.Canceled)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestNoShell shows the error if the shell is missing.
func TestNoShell(t *testing.T) {
	t.Parallel()
	h := newHooks(t, "bash")
	h.Shell = filepath.Join(t.TempDir(), "bash")
	if err := h.Run(t.Context(), "true"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Run with a missing shell = %v, want %v", err, os.ErrNotExist)
	}
}

// newHooks returns Hooks for wg0. It skips the test if the shell is missing.
func newHooks(t *testing.T, shell string) *hook.Hooks {
	t.Helper()
	path, err := exec.LookPath(shell)
	if err != nil {
		t.Skip(err)
	}
	return &hook.Hooks{
		Interface: "wg0", ConfigFile: "/etc/wireguard/wg0.conf", Program: "wgctrl", Shell: path, Env: os.Environ(),
	}
}

// run runs a command and returns its output.
func run(t *testing.T, shell, command string) (string, error) {
	t.Helper()
	h := newHooks(t, shell)
	var out bytes.Buffer
	h.Stdout = &out
	err := h.Run(t.Context(), command)
	return out.String(), err
}

func exitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		return -2
	}
	return 0
}
