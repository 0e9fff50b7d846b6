package cli

import (
	"os"
	"runtime"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgquickcommand"
)

// wgQuickName is the name under which the command behaves as wg-quick(8).
const wgQuickName = "wg-quick"

// wgQuickEnv returns the environment of wg-quick(8).
func wgQuickEnv(path string, s Streams) wgquickcommand.Env {
	wg, _ := programOf("wg")
	return wgquickcommand.Env{
		Program: path, In: s.In, Out: s.Out, Err: s.Err, LookupEnv: os.LookupEnv,
		Dirs: quickDirs(runtime.GOOS), UID: os.Getuid(), Replace: replaceProcess,
		Client: func() (*wgctrl.Client, error) { return wgctrl.New(wg.options(runtime.GOOS)...) },
		Clean:  termtext.CleanLines,
	}
}

// quickDirs returns the directories that wg-quick(8) searches on a system.
func quickDirs(goos string) []string {
	if goos == "freebsd" || goos == "darwin" {
		return []string{confDir, "/usr/local" + confDir}
	}
	return []string{confDir}
}
