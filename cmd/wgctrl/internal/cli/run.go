// Package cli is the body of the command wgctrl: its words, its output and its
// exit codes.
//
// It knows how values are shown and how failures are explained, and refuses to
// know how devices are reached: that is the library's.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"golang.org/x/term"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
	"github.com/wgctrl/wgctrl/wgtypes"
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

// Main runs the command as it was called: args[0] is its name. Under the name
// wg it is wg(8) and nothing more, otherwise it is Run.
func Main(ctx context.Context, args []string, s Streams) int {
	if strings.TrimSuffix(filepath.Base(args[0]), ".exe") == "wg" {
		return wgcommand.Run(ctx, args[1:], asWG(args[0], s))
	}
	return Run(ctx, args[1:], s)
}

// asWG is what wg(8) is run with. It prefers the userspace device of a name,
// judges no socket, and removes those of daemons that have ended.
func asWG(program string, s Streams) wgcommand.Env {
	env := s.env(program)
	env.SocketDir = defaultSocketDir
	kinds := []wgtypes.Kind{wgtypes.KindUserspace}
	if runtime.GOOS == "linux" {
		kinds = append(kinds, wgtypes.KindKernel)
	}
	env.Client = func() (*wgctrl.Client, error) {
		return wgctrl.New(wgctrl.WithUntrustedSockets(), wgctrl.WithBackends(kinds...))
	}
	return env
}

// env is what both names of the command have in common.
func (s Streams) env(program string) wgcommand.Env {
	return wgcommand.Env{
		Program:   program,
		In:        s.In,
		Out:       s.Out,
		Err:       s.Err,
		LookupEnv: os.LookupEnv,
		Terminal:  isTerminal(s.Out),
		OutMode:   modeOf(s.Out),
	}
}

// modeOf returns the mode of the file that w is, 0 where it is none.
func modeOf(w io.Writer) fs.FileMode {
	f := fileOf(w)
	if f == nil {
		return 0
	}
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return info.Mode()
}

func isTerminal(w io.Writer) bool {
	f := fileOf(w)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// fileOf returns the file that w writes to, nil where it is none.
func fileOf(w io.Writer) *os.File {
	switch w := w.(type) {
	case *os.File:
		return w
	case *output:
		return fileOf(w.Writer)
	}
	return nil
}

// RareCollection makes garbage collection rare, which suits a command that is
// short and keeps most of what it allocates. Words that run for days undo it. What
// GOGC in the environment says goes before.
func RareCollection() { setCollection(400) }

// usualCollection is Go's own.
func usualCollection() { setCollection(100) }

func setCollection(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
