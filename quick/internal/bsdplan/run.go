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

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// Runner runs commands.
type Runner struct {
	// Stdout and Stderr are those of the programs, as in os/exec.
	Stdout, Stderr io.Writer
}

// Run runs a command by its words, without a shell. Errors wrap an *exec.ExitError or
// the error of ctx, and fs.ErrExist if the interface to create exists.
func (r Runner) Run(ctx context.Context, c Command) error {
	err := r.run(ctx, c, c.Words)
	if err != nil && c.Else != nil && ctx.Err() == nil && !errors.Is(err, fs.ErrExist) {
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

func (r Runner) run(ctx context.Context, c Command, words []string) error {
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = waitDelay
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), c.Env...)
	cmd.Stdin = strings.NewReader(c.Input)
	var output, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = r.Stdout, &messages
	if c.Output != "" {
		cmd.Stdout = &output
	}
	if err := r.result(ctx, words, cmd.Run(), &messages); err != nil || c.Output == "" {
		return err
	}
	return os.WriteFile(c.Output, output.Bytes(), 0o644)
}

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
		err = wginternal.Tag(fs.ErrExist, err)
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
	_, err := os.Lstat(path)
	return err == nil
}
