package wgquickcommand

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick"
)

// interfaceError returns err, the error of a function of package quick, or wg-quick's
// message if the interface exists or does not exist. Such an error comes from no system
// call and no program.
func interfaceError(v quick.Verb, name string, err error) error {
	if _, isErrno := errors.AsType[syscall.Errno](err); isErrno {
		return err
	}
	if _, isDevice := errors.AsType[*wgctrl.OpError](err); isDevice {
		return err
	}
	switch {
	case v == quick.VerbUp && errors.Is(err, fs.ErrExist):
		return fmt.Errorf("`%s' already exists", name)
	case v != quick.VerbUp && errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("`%s' is not a WireGuard interface", name)
	}
	return err
}

// exitCode returns the exit code for an error: that of the program that failed or, for
// steps without a program, that of the one which wg-quick would run.
func exitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exitCodeOf(exit)
	}
	if errors.Is(err, exec.ErrNotFound) {
		return exitMissing
	}
	_, isDevice := errors.AsType[*wgctrl.OpError](err)
	_, isFile := errors.AsType[*fs.PathError](err)
	if _, isErrno := errors.AsType[syscall.Errno](err); isErrno && !isDevice && !isFile {
		return exitNetwork
	}
	return exitFailed
}

// exitCodeOf returns the exit code of a program or, if a signal ended it, that of a
// shell.
func exitCodeOf(exit *exec.ExitError) int {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}

// absoluteProgram returns the absolute path of the program that was called by a name
// or a path.
func absoluteProgram(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}
