// Package cli implements the command wgctrl: its subcommands, flags, output,
// error messages and exit codes.
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
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgquickcommand"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The exit codes of Run.
const (
	exitOK          = 0
	exitFailed      = 1
	exitInterrupted = 130 // Ctrl-C
)

// Streams are the standard streams of the command.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// exitError ends the command with an exit code and without a message.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// errReported ends the command after its error has been printed.
var errReported = &exitError{exitFailed}

// errInterrupted ends the command after Ctrl-C in a screen that reads keys.
var errInterrupted = &exitError{exitInterrupted}

// Run runs the command with the arguments that follow its name and returns its
// exit code: 0 for success, 1 after an error, which it prints on Err, or a code
// that a subcommand documents. Run returns soon after ctx is cancelled.
func Run(ctx context.Context, args []string, s Streams) int {
	root := newRoot(args)
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
	report(s.Err, flagError(nil, err)) // cobra calls flagError only for flags after the command
	var exit *exitError
	if errors.As(err, &exit) {
		return exit.code
	}
	return exitFailed
}

// output is a writer that remembers its first error.
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

// report writes a line for each error that err joins, or several if the error is
// about several places of a file. It omits errors that have been printed.
func report(w io.Writer, err error) {
	if _, printed := err.(*exitError); printed {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			report(w, e)
		}
		return
	}
	// An error of the library begins with "wgctrl: ", as the line does already, also
	// within one of package quick. It can contain the name of an option.
	text := strings.TrimPrefix(err.Error(), "wgctrl: ")
	text = strings.ReplaceAll(text, ": wgctrl: ", ": ")
	text = strings.ReplaceAll(text, "WithUntrustedSockets", "--untrusted-sockets")
	if _, isOp := err.(*wgctrl.OpError); isOp { // it may join those of backends
		text = strings.ReplaceAll(text, "\n", "; ")
	}
	fmt.Fprintf(w, "wgctrl: %s\n", termtext.CleanLines(text))
}

// Main runs the command named args[0] with the arguments args[1:] and returns its
// exit code. Under the names wg, awg, wg-quick and awg-quick it behaves as wg(8), awg(8),
// wg-quick(8) and awg-quick(8); otherwise it calls Run.
func Main(ctx context.Context, args []string, s Streams) int {
	if p, ok := quickProgramOf(args[0], runtime.GOOS); ok {
		return wgquickcommand.Run(ctx, args[1:], p.quickEnv(args[0], s))
	}
	if p, ok := programOf(args[0]); ok {
		return wgcommand.Run(ctx, args[1:], p.env(args[0], s))
	}
	return Run(ctx, args[1:], s)
}

// program is a program that the command can behave as.
type program struct {
	// kinds are its kinds of devices. A daemon's device takes precedence over one of
	// the kernel with the same name.
	kinds     []wgtypes.Kind
	socketDir string // where it removes sockets of daemons that have ended
	amnezia   bool   // it is for AmneziaWG
}

// programOf returns the program that the command behaves as if it is called by a path.
func programOf(path string) (p program, ok bool) {
	switch programName(path) {
	case "wg":
		return program{kinds: []wgtypes.Kind{wgtypes.KindUserspace, wgtypes.KindKernel}, socketDir: uapinet.SocketDir}, true
	case "awg":
		return program{
			kinds:     []wgtypes.Kind{wgtypes.KindAmneziaUserspace, wgtypes.KindAmneziaKernel},
			socketDir: uapinet.AmneziaSocketDir, amnezia: true,
		}, true
	}
	return program{}, false
}

// programName returns the name of the program with a path.
func programName(path string) string { return strings.TrimSuffix(filepath.Base(path), ".exe") }

// env returns the environment of the program.
func (p program) env(path string, s Streams) wgcommand.Env {
	env := s.env(path)
	env.Amnezia = p.amnezia
	env.SocketDir = p.socketDir
	env.Client = func() (*wgctrl.Client, error) { return wgctrl.New(p.options(runtime.GOOS)...) }
	return env
}

// options returns the options of the program's Client on a system: peers may have the
// zero key, and a daemon may take any time to answer. The owner of a socket is checked
// only on Windows.
func (p program) options(goos string) []wgctrl.Option {
	opts := []wgctrl.Option{
		wgctrl.WithZeroPublicKeys(), wgctrl.WithReplyTimeout(-1), wgctrl.WithBackends(supportedKinds(p.kinds)...),
	}
	if goos != "windows" {
		opts = append(opts, wgctrl.WithUntrustedSockets())
	}
	return opts
}

// lookupEnv is os.LookupEnv, except that NO_COLOR changes the default of
// WG_COLOR_MODE. wg ignores NO_COLOR.
func lookupEnv(name string) (value string, ok bool) {
	value, ok = os.LookupEnv(name)
	if name == "WG_COLOR_MODE" && value != "always" && os.Getenv("NO_COLOR") != "" {
		return "never", true
	}
	return value, ok
}

// env returns the environment that wgctrl and wg have in common.
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

// modeOf returns the mode of the file behind w, or 0 if w is not a file.
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

// fileOf returns the file behind w, or nil if w is not a file.
func fileOf(w io.Writer) *os.File {
	switch w := w.(type) {
	case *os.File:
		return w
	case *output:
		return fileOf(w.Writer)
	case *frame:
		return fileOf(w.w)
	}
	return nil
}

// ReduceGC makes garbage collection rare, which suits a command that runs briefly
// and keeps most of what it allocates. Commands that run for days undo it. GOGC in
// the environment takes precedence.
func ReduceGC() { setGCPercent(400) }

// useDefaultGC undoes ReduceGC.
func useDefaultGC() { setGCPercent(100) }

func setGCPercent(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
