// Package hook runs the hooks of wg-quick(8) files: PreUp, PostUp, PreDown and
// PostDown.
package hook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl/wgconf"
)

// Hooks runs the hooks of one interface.
type Hooks struct {
	// Interface is the name in the file's name, for %I and the variable INTERFACE.
	Interface string
	// Device is the name of the system's interface, for %i, where it differs: wgN on
	// OpenBSD and utunN on macOS. Hooks then see it as REAL_INTERFACE.
	Device string
	// ConfigFile is the path of the file, for CONFIG_FILE.
	ConfigFile string
	// Program is the name of the program, for PROGRAM and the messages of the shell.
	Program string
	// Config is what ConfigText returns, for WG_CONFIG. It holds the private key.
	Config string

	// Shell is the path of bash or another shell. Empty means what FindShell returns.
	Shell string
	// Env is the environment. Nil means that of the process. Run adds LC_ALL=C.
	Env []string
	// Dir is the working directory. Empty means that of the process.
	Dir string
	// Stdin, Stdout and Stderr are as in os/exec. If Stdout or Stderr is not an
	// *os.File, Run returns at most a second after the hook, although programs that
	// the hook left running may still write.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Expand returns the command with the names of the interface: it replaces %i by the
// name of the system's interface and, where that differs from Interface, %I by
// Interface. They cannot be escaped.
func (h *Hooks) Expand(command string) string {
	if h.Device == "" || h.Device == h.Interface {
		return strings.ReplaceAll(command, "%i", h.Interface)
	}
	return strings.NewReplacer("%i", h.Device, "%I", h.Interface).Replace(command)
}

// ConfigText returns the lines of a file that wg-quick passes to wg(8).
func ConfigText(f *wgconf.File) string {
	return strings.TrimSuffix(string(f.Strip().AppendTo(nil)), "\n")
}

// FindShell returns the path of bash or, if it is not installed, of sh. Hooks are
// written for bash.
func FindShell() (string, error) {
	path, err := exec.LookPath("bash")
	if err != nil {
		path, err = exec.LookPath("sh")
	}
	if err != nil {
		return "", fmt.Errorf("find a shell for hooks: %w", err)
	}
	return path, nil
}

// script gives a hook the variables that it sees in wg-quick. They are not exported,
// unless the environment has a variable of that name. The secrets come through
// pipes, where neither ps(1) nor the programs of the hook see them. As in wg-quick, a
// hook runs in a function, where it may use local and return.
const script = `INTERFACE=$1
[ -z "$2" ] || REAL_INTERFACE=$2
CONFIG_FILE=$3
PROGRAM=$4
hook=$(cat <&3)
WG_CONFIG=$(cat <&4; echo .)
WG_CONFIG=${WG_CONFIG%.}
exec 3<&- 4<&-
execute_hooks() { eval "$hook"; }
execute_hooks
`

// waitDelay is how long Run waits for the shell after it was told to end, and for
// the output of programs that a hook left running.
const waitDelay = time.Second

// Run runs a command that Expand returned. The shell stops at the first command that
// fails, and bash also if a program in a pipe fails. If ctx is cancelled, Run sends
// SIGTERM to the shell, and kills it a second later.
//
// Errors wrap an *exec.ExitError if the hook failed, or the error of ctx.
func (h *Hooks) Run(ctx context.Context, command string) error {
	shell := h.Shell
	if shell == "" {
		var err error
		if shell, err = FindShell(); err != nil {
			return err
		}
	}
	cmd := h.command(ctx, shell)
	texts, err := sendTexts(command, h.Config)
	if err != nil {
		return fmt.Errorf("run hook: %w", err)
	}
	cmd.ExtraFiles = texts.readers
	err = cmd.Start()
	texts.closeReaders()
	if err == nil {
		err = cmd.Wait()
	}
	texts.writers.Wait()
	return runError(ctx, err)
}

// command returns the command that runs script.
func (h *Hooks) command(ctx context.Context, shell string) *exec.Cmd {
	args := []string{"-e"}
	if filepath.Base(shell) == "bash" {
		args = append(args, "-o", "pipefail", "-O", "extglob")
	}
	device := h.Device
	if device == h.Interface {
		device = ""
	}
	args = append(args, "-c", script, h.Program, h.Interface, device, h.ConfigFile, h.Program)
	cmd := exec.CommandContext(ctx, shell, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = waitDelay
	cmd.Dir = h.Dir
	cmd.Env = append(h.environ(), "LC_ALL=C")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = h.Stdin, h.Stdout, h.Stderr
	return cmd
}

func (h *Hooks) environ() []string {
	if h.Env == nil {
		return os.Environ()
	}
	return slices.Clone(h.Env)
}

// runError returns the error of a hook.
func runError(ctx context.Context, err error) error {
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // the hook succeeded and left a program running
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("run hook: %w", err)
}
