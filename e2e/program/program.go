// Package program provides the wgctrl command to tests that run it.
package program

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Variable is the environment variable with the path of a command that was
// built before, for machines without the go command.
const Variable = "WGCTRL_PROGRAM"

// Run builds the command, puts its path into the environment as Variable, and
// calls run. It removes the command afterwards and returns run's exit code. If
// Variable is already set, it builds nothing.
func Run(run func() int) int {
	if os.Getenv(Variable) != "" {
		return run()
	}
	dir, err := os.MkdirTemp("", "wgctrl")
	if err != nil {
		fmt.Fprintf(os.Stderr, "build the command: %v\n", err)
		return 1
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "wgctrl")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	build := exec.Command("go", "build", "-o", path, "github.com/wgctrl/wgctrl/cmd/wgctrl")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the command: %v\n%s", err, out)
		return 1
	}
	if err := os.Setenv(Variable, path); err != nil {
		fmt.Fprintf(os.Stderr, "build the command: %v\n", err)
		return 1
	}
	return run()
}

// Path returns the path of the command.
func Path() string { return os.Getenv(Variable) }
