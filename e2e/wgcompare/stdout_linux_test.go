package wgcompare

import (
	"bytes"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// A standardOutput is what a program writes to, and what it has written.
type standardOutput struct {
	writer io.Writer
	text   func() (string, error) // once the program has ended
	close  func()
}

// openStdout makes the kind of standard output that the command asks for.
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

// newRegular makes a file with permissions of its own.
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

// newTerminal makes a pseudo-terminal and collects what is shown on it.
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
		// The screen goes dark with an error when nobody has the terminal open.
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
