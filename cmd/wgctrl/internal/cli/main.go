package cli

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/term"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
	"github.com/wgctrl/wgctrl/wgtypes"
)

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
