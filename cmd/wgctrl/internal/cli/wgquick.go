package cli

import (
	"os"
	"runtime"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgquickcommand"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// quickProgram is wg-quick(8) or awg-quick(8), as which the command can behave.
type quickProgram struct {
	dirs    []string // of files
	dialect wgconf.Dialect
	program // of the same devices
}

// quickProgramOf returns the program that the command behaves as on a system if it is
// called by a path.
func quickProgramOf(path, goos string) (p quickProgram, ok bool) {
	switch programName(path) {
	case "wg-quick":
		wg, _ := programOf("wg")
		p = quickProgram{[]string{confDir}, wgconf.DialectWGQuick, wg}
	case "awg-quick":
		awg, _ := programOf("awg")
		// A file without parameters of AmneziaWG makes an interface of WireGuard.
		awg.kinds = append(awg.kinds, wgtypes.KindUserspace, wgtypes.KindKernel)
		p = quickProgram{[]string{amneziaConfDir}, wgconf.DialectAWGQuick, awg}
	default:
		return p, false
	}
	if goos == "freebsd" || goos == "darwin" {
		p.dirs = append(p.dirs, "/usr/local"+p.dirs[0])
	}
	return p, true
}

// quickEnv returns the environment of the program.
func (p quickProgram) quickEnv(path string, s Streams) wgquickcommand.Env {
	return wgquickcommand.Env{
		Program: path, In: s.In, Out: s.Out, Err: s.Err, LookupEnv: os.LookupEnv,
		Dirs: p.dirs, Dialect: p.dialect, UID: os.Getuid(), Doas: runtime.GOOS == "openbsd", Replace: replaceProcess,
		Client: func() (*wgctrl.Client, error) { return wgctrl.New(p.options(runtime.GOOS)...) },
		Clean:  termtext.CleanLines,
	}
}
