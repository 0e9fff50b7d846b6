package wgcompare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// An outcome is the output and the exit code of a program.
type outcome struct {
	stdout, stderr string
	code           int // -1 if a signal ended it
}

// patience is how long a program may run before it counts as hanging.
const patience = 5 * time.Minute

// run runs a command in the world and in the directory dir. wg starts wg.
func (w *world) run(c command, wg tool, dir string) (outcome, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := c.prepare(ctx, dir)
	stdin, err := c.openStdin(dir)
	if err != nil {
		return outcome{}, err
	}
	defer stdin.Close()
	cmd.Stdin = stdin
	if c.pipe {
		cmd.Stdin = onlyReader{stdin}
	}
	stdout, err := c.openStdout()
	if err != nil {
		return outcome{}, err
	}
	defer stdout.close()
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = stdout.writer, &stderr
	if err := w.execute(cmd, c, wg); err != nil {
		return outcome{}, err
	}
	if ctx.Err() != nil {
		return outcome{}, fmt.Errorf("%s did not end within %v", c.program, patience)
	}
	text, err := stdout.text()
	return outcome{stdout: text, stderr: stderr.String(), code: cmd.ProcessState.ExitCode()}, err
}

// prepare returns the command to start, without the program and its streams.
func (c *command) prepare(ctx context.Context, dir string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/set/later")
	cmd.Dir = dir
	cmd.Env = append([]string{
		"PATH=" + c.searchedPaths, "HOME=/", "LC_ALL=C", "TERM=dumb",
		// A binary for the race detector uses cgo, whose resolver is not the one
		// of the released binary.
		"GODEBUG=netdns=go",
		// The race detector makes a program wait a second before it exits.
		"GORACE=atexit_sleep_ms=0",
	}, c.env...)
	if c.nobody {
		cmd.Dir = "/" // only the owner can enter a script's directory
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	return cmd
}

// execute starts cmd in the world and waits for it. It returns no error if the
// program fails.
func (w *world) execute(cmd *exec.Cmd, c command, wg tool) error {
	err := w.Do(func() (err error) {
		if cmd.Path, cmd.Args, err = c.resolve(wg); err != nil {
			return err
		}
		return cmd.Start()
	})
	if err != nil {
		return err
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

// onlyReader hides that a reader is a file. Package exec then uses a pipe.
type onlyReader struct{ io.Reader }

func (c *command) openStdin(dir string) (*os.File, error) {
	switch {
	case c.stdin == "":
		return os.Open(os.DevNull)
	case c.readWrite:
		return os.OpenFile(c.stdin, os.O_RDWR, 0)
	case filepath.IsAbs(c.stdin):
		return os.Open(c.stdin)
	}
	return os.Open(filepath.Join(dir, c.stdin))
}

// A standardOutput is the standard output of a program.
type standardOutput struct {
	writer io.Writer
	text   func() (string, error) // what the program wrote; called after it has ended
	close  func()
}

// openStdout opens the kind of standard output that the command has.
func (c *command) openStdout() (standardOutput, error) {
	switch {
	case c.tty:
		return newTerminal()
	case c.mode != 0:
		return newRegular(c.mode)
	case c.sink != "":
		f, err := os.OpenFile(c.sink, os.O_WRONLY, 0)
		return standardOutput{f, func() (string, error) { return "", nil }, func() { f.Close() }}, err
	}
	var b bytes.Buffer
	return standardOutput{&b, func() (string, error) { return b.String(), nil }, func() {}}, nil
}

// newRegular returns a regular file with the given permissions.
func newRegular(mode os.FileMode) (standardOutput, error) {
	f, err := os.CreateTemp("", "stdout")
	if err != nil {
		return standardOutput{}, err
	}
	return standardOutput{
		writer: f,
		text: func() (string, error) {
			b, err := os.ReadFile(f.Name())
			return string(b), err
		},
		close: func() {
			f.Close()
			os.Remove(f.Name())
		},
	}, f.Chmod(mode)
}

// newTerminal returns a pseudo-terminal and collects what a program writes to it.
func newTerminal() (standardOutput, error) {
	screen, terminal, err := testutil.OpenTerminal()
	if err != nil {
		return standardOutput{}, err
	}
	type result struct {
		shown []byte
		err   error
	}
	results := make(chan result, 1)
	go func() {
		shown, err := io.ReadAll(screen)
		// Reading fails with EIO once nobody has the terminal open.
		if errors.Is(err, unix.EIO) {
			err = nil
		}
		results <- result{shown, err}
	}()
	return standardOutput{
		writer: terminal,
		text: func() (string, error) {
			terminal.Close()
			r := <-results
			return string(r.shown), r.err
		},
		close: func() {
			terminal.Close()
			screen.Close()
		},
	}, nil
}
