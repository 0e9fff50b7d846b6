package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

// The exit codes of Run.
const (
	exitOK     = 0
	exitFailed = 1
	// exitInterrupted is that of Ctrl-C.
	exitInterrupted = 130
)

// Streams are what the command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// exitError ends the command with a code after everything was said.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// errReported ends the command after its failure was said.
var errReported = &exitError{exitFailed}

// errInterrupted ends the command after Ctrl-C, where that is a key and no signal.
var errInterrupted = &exitError{exitInterrupted}

// Run runs the command with the arguments that follow its name, and returns its
// exit code: 0, or 1 when something failed, which Err then says, or another that
// a word has for what it has to say. It ends soon after ctx does.
func Run(ctx context.Context, args []string, s Streams) int {
	root := newRoot()
	out := &output{Writer: s.Out}
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(out)
	root.SetErr(s.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = out.err
	}
	if err == nil {
		return exitOK
	}
	report(s.Err, err)
	var exit *exitError
	if errors.As(err, &exit) {
		return exit.code
	}
	return exitFailed
}

// output remembers its first error, which those who print do not look at.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// report writes one line for each error that err joins and that was not said.
func report(w io.Writer, err error) {
	if _, said := err.(*exitError); said {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			report(w, e)
		}
		return
	}
	// The library's errors begin with its name, which is the command's too.
	fmt.Fprintf(w, "wgctrl: %s\n", termtext.CleanLines(strings.TrimPrefix(err.Error(), "wgctrl: ")))
}
