// Package program runs programs of the system by their words, without a shell.
package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Runner runs programs.
type Runner struct {
	// Path is the list of folders with the programs. Empty means PATH.
	Path string
	// Stdout and Stderr are those of the programs, as in os/exec. What a program that
	// fails writes to Stderr is in the error instead.
	Stdout, Stderr io.Writer
}

// Command is a program with its arguments, its input, and variables that are added to
// the environment.
type Command struct {
	Words []string
	Input string
	Env   []string
}

// Error is the error of a program that failed.
type Error struct {
	Words []string
	// Err is an *exec.ExitError, or the cause of the context's end.
	Err error
	// Messages is what the program wrote to its standard error, trimmed.
	Messages string
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %v", strings.Join(e.Words, " "), e.Err)
	if e.Messages != "" {
		text += ": " + e.Messages
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// waitDelay is how long Run waits for a program after it was told to end, and for
// the output of programs that it left running.
const waitDelay = time.Second

// LookPath returns the path of a program.
func (r Runner) LookPath(name string) (string, error) {
	if r.Path == "" || strings.Contains(name, "/") {
		return exec.LookPath(name)
	}
	for _, dir := range filepath.SplitList(r.Path) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

// Run runs a program. The error is an *exec.Error if the program was not found, and
// otherwise an *Error.
func (r Runner) Run(ctx context.Context, c Command) error {
	path, err := r.LookPath(c.Words[0])
	if err != nil {
		return err
	}
	var messages bytes.Buffer
	cmd := exec.CommandContext(ctx, path, c.Words[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = waitDelay
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), c.Env...)
	if r.Path != "" {
		cmd.Env = append(cmd.Env, "PATH="+r.Path)
	}
	cmd.Stdin = strings.NewReader(c.Input)
	cmd.Stdout, cmd.Stderr = r.Stdout, &messages
	err = cmd.Run()
	if err == nil || errors.Is(err, exec.ErrWaitDelay) {
		if r.Stderr != nil {
			_, _ = messages.WriteTo(r.Stderr)
		}
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return &Error{Words: c.Words, Err: err, Messages: strings.TrimSpace(messages.String())}
}
