package dns

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

// System says where the programs and files of the resolver are.
type System struct {
	// Path is the list of folders with the programs. Empty means PATH.
	Path string
	// Root is the folder of the system's files. Empty means /.
	Root string
	// Stdout and Stderr are those of the programs, as in os/exec. What a program that
	// fails writes to Stderr is in the error instead.
	Stdout, Stderr io.Writer
}

// command is a program with its arguments and its input.
type command struct {
	words []string
	stdin string
}

// lookPath returns the path of a program.
func (s System) lookPath(name string) (string, error) {
	if s.Path == "" {
		return exec.LookPath(name)
	}
	for _, dir := range filepath.SplitList(s.Path) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

// waitDelay is how long run waits for a program after it was told to end, and for
// the output of programs that it left running.
const waitDelay = time.Second

// run runs a program. The error has the words of the command and what the program
// wrote to its standard error. It wraps the *exec.ExitError or the error of ctx.
func (s System) run(ctx context.Context, c command) error {
	path, err := s.lookPath(c.words[0])
	if err != nil {
		return err
	}
	var messages bytes.Buffer
	cmd := exec.CommandContext(ctx, path, c.words[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = waitDelay
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if s.Path != "" {
		cmd.Env = append(cmd.Env, "PATH="+s.Path)
	}
	cmd.Stdin = strings.NewReader(c.stdin)
	cmd.Stdout, cmd.Stderr = s.Stdout, &messages
	err = cmd.Run()
	if err == nil || errors.Is(err, exec.ErrWaitDelay) {
		if s.Stderr != nil {
			_, _ = messages.WriteTo(s.Stderr)
		}
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	err = fmt.Errorf("%s: %w", strings.Join(c.words, " "), err)
	if text := strings.TrimSpace(messages.String()); text != "" {
		err = fmt.Errorf("%w: %s", err, text)
	}
	return err
}
