package bsdplan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/quick/internal/program"
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

// LookPath returns the path of a program.
func (r Runner) LookPath(name string) (string, error) {
	return program.Runner{Path: r.Path}.LookPath(name)
}

func (r Runner) run(ctx context.Context, c Command, words []string) error {
	runner := program.Runner{Path: r.Path, Stdout: r.Stdout, Stderr: r.Stderr}
	var output bytes.Buffer
	if c.Output != "" {
		runner.Stdout = &output
	}
	err := runner.Run(ctx, program.Command{Words: words, Input: c.Input, Env: c.Env})
	if failure, ok := errors.AsType[*program.Error](err); ok &&
		filepath.Base(words[0]) == "ifconfig" && strings.Contains(failure.Messages, "File exists") {
		return &existsError{err}
	}
	if err != nil || c.Output == "" {
		return err
	}
	return os.WriteFile(r.file(c.Output), output.Bytes(), 0o644)
}

// file returns the path of a file of the system.
func (r Runner) file(path string) string { return filepath.Join("/", r.Root, path) }

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
