package bsdplan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Runner runs commands.
type Runner struct {
	// Path is the list of folders with the programs. Empty means PATH.
	Path string
	// Root is the folder of the system's files. Empty means /.
	Root string
	// OnElse, if not nil, is called with the error of a command before the words of
	// its Else run.
	OnElse func(c Command, err error)
	// Stdout and Stderr are those of the programs, as in os/exec.
	Stdout, Stderr io.Writer
}

// Run runs a command by its words, without a shell. Errors wrap an *exec.ExitError or
// the error of ctx, and fs.ErrExist if the interface to create exists.
func (r Runner) Run(ctx context.Context, c Command) error {
	err := r.run(ctx, c, c.Words)
	if err != nil && c.Else != nil && ctx.Err() == nil && !errors.Is(err, fs.ErrExist) {
		if r.OnElse != nil {
			r.OnElse(c, err)
		}
		err = r.run(ctx, c, c.Else)
	}
	if c.MayFail && ctx.Err() == nil {
		return nil
	}
	return err
}

// waitDelay is how long run waits for a program after it was told to end, and for
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

func (r Runner) run(ctx context.Context, c Command, words []string) error {
	path, err := r.LookPath(words[0])
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, words[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = waitDelay
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), c.Env...)
	if r.Path != "" {
		cmd.Env = append(cmd.Env, "PATH="+r.Path)
	}
	cmd.Stdin = strings.NewReader(c.Input)
	var output, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = r.Stdout, &messages
	if c.Output != "" {
		cmd.Stdout = &output
	}
	if err := r.result(ctx, words, cmd.Run(), &messages); err != nil || c.Output == "" {
		return err
	}
	return os.WriteFile(r.file(c.Output), output.Bytes(), 0o644)
}

// file returns the path of a file of the system.
func (r Runner) file(path string) string { return filepath.Join("/", r.Root, path) }

// result returns the error of a program with its messages. Other messages go to
// Stderr.
func (r Runner) result(ctx context.Context, words []string, err error, messages *bytes.Buffer) error {
	if err == nil || errors.Is(err, exec.ErrWaitDelay) {
		if r.Stderr != nil {
			_, _ = messages.WriteTo(r.Stderr)
		}
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	err = fmt.Errorf("%s: %w", strings.Join(words, " "), err)
	text := strings.TrimSpace(messages.String())
	if text == "" {
		return err
	}
	err = fmt.Errorf("%w: %s", err, text)
	if filepath.Base(words[0]) == "ifconfig" && strings.Contains(text, "File exists") {
		err = &existsError{err}
	}
	return err
}

// Output runs a program and returns its output, as a Querier does.
func (r Runner) Output(ctx context.Context, words ...string) (string, error) {
	var output bytes.Buffer
	r.Stdout = &output
	err := r.Run(ctx, Command{Words: words})
	return output.String(), err
}

// Exists reports whether a file exists, as a Querier does.
func (r Runner) Exists(path string) bool {
	_, err := os.Lstat(r.file(path))
	return err == nil
}

// ModTime returns the time of the last change of a file, as a Querier does.
func (r Runner) ModTime(path string) (time.Time, error) {
	info, err := os.Stat(r.file(path))
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// ReadFile returns the text of a file, as a Querier does.
func (r Runner) ReadFile(path string) ([]byte, error) { return os.ReadFile(r.file(path)) }

// existsError is the error of a program that could not create what exists already.
type existsError struct{ err error }

func (e *existsError) Error() string        { return e.err.Error() }
func (e *existsError) Unwrap() error        { return e.err }
func (e *existsError) Is(target error) bool { return target == fs.ErrExist }
