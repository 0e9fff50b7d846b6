//go:build unix

package cli

import (
	"os"
	"os/exec"
	"syscall"
)

// replaceProcess runs the program argv[0], which PATH has, instead of this one. It
// returns only if it fails.
func replaceProcess(argv []string) error {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	return syscall.Exec(path, argv, os.Environ())
}
