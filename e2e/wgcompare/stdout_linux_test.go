package wgcompare

import (
	"bytes"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

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
