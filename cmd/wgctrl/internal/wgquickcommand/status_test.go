package wgquickcommand

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick"
)

// TestExitCode checks the exit codes of errors.
func TestExitCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want int
	}{
		{errors.New("something"), 1},
		{fmt.Errorf("add route: %w", syscall.EEXIST), 2},
		{&wgctrl.OpError{Op: "configure", Err: syscall.EADDRINUSE}, 1},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, 1},
		{fmt.Errorf("set DNS: %w", &exec.Error{Name: "resolvconf", Err: exec.ErrNotFound}), 127},
	} {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("exitCode(%v) = %d, want %d", test.err, got, test.want)
		}
	}
}

// TestExitCodeOfProgram checks that the exit code of a hook is that of the command, and
// that a signal gives the code of a shell.
func TestExitCodeOfProgram(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	for script, want := range map[string]int{"exit 7": 7, "kill -TERM $$": 143} {
		err := exec.CommandContext(t.Context(), "sh", "-c", script).Run()
		if got := exitCode(fmt.Errorf("run PostUp: %w", err)); got != want {
			t.Errorf("exitCode of sh -c %q = %d, want %d", script, got, want)
		}
	}
}

// TestInterfaceError checks the messages about an interface that exists or does not.
func TestInterfaceError(t *testing.T) {
	t.Parallel()
	taken := fmt.Errorf("add route 10.0.0.0/8 to wg0: %w", syscall.EEXIST)
	device := &wgctrl.OpError{Op: "create", Device: "wg0", Err: fs.ErrExist}
	for _, test := range []struct {
		verb quick.Verb
		err  error
		want string
	}{
		{quick.VerbUp, fmt.Errorf("up wg0: %w", fs.ErrExist), "`wg0' already exists"},
		{quick.VerbDown, fmt.Errorf("down wg0: %w", fs.ErrNotExist), "`wg0' is not a WireGuard interface"},
		{quick.VerbSave, fmt.Errorf("save wg0: %w", fs.ErrNotExist), "`wg0' is not a WireGuard interface"},
		{quick.VerbUp, taken, taken.Error()},
		{quick.VerbUp, device, device.Error()},
		{quick.VerbUp, fs.ErrNotExist, fs.ErrNotExist.Error()},
	} {
		if got := interfaceError(test.verb, "wg0", test.err); got.Error() != test.want {
			t.Errorf("interfaceError(%v, wg0, %v) = %q, want %q", test.verb, test.err, got, test.want)
		}
	}
	if err := interfaceError(quick.VerbUp, "wg0", nil); err != nil {
		t.Errorf("interfaceError(nil) = %v, want nil", err)
	}
}
