package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const checkLong = `check reports every problem of configuration files, each with its line. A
warning is about what can be read and may not be meant. Files are read as
wg-quick(8) reads them, or with --wg as wg(8) does, to which wg-quick's own keys
are errors; of a file with nothing but a key, only its mode is looked at. "-" is
standard input. Nothing is resolved, and no device is asked.

It exits with 1 if a file has a problem that is not a warning.`

func newCheck() *cobra.Command {
	var wg bool
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Report every problem of configuration files",
		Long:  checkLong,
		Example: `  wgctrl check /etc/wireguard/*.conf
  wgctrl showconf wg0 | wgctrl check --wg -`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dialect := wgconf.Quick
			if wg {
				dialect = wgconf.WG
			}
			return runCheck(cmd, args, dialect)
		},
	}
	cmd.Flags().BoolVar(&wg, "wg", false, "read as wg(8) does")
	return cmd
}

func runCheck(cmd *cobra.Command, paths []string, dialect wgconf.Dialect) error {
	var errs []error
	wrong := false
	for _, path := range paths {
		f, err := readConf(cmd.InOrStdin(), path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		writeExposed(cmd.OutOrStdout(), path)
		if isKey(f) {
			continue
		}
		for _, problem := range f.Check(dialect) {
			fmt.Fprintln(cmd.OutOrStdout(), problem)
			wrong = wrong || !problem.Warning
		}
	}
	if wrong {
		errs = append(errs, errReported)
	}
	return errors.Join(errs...)
}

// isKey reports whether f is a file of one key, as genkey makes them.
func isKey(f *wgconf.File) bool {
	_, err := wgtypes.ParsePrivateKey(strings.TrimSpace(string(f.Append(nil))))
	return err == nil
}

// writeExposed warns of a file that others can read, which keys are not to be in.
func writeExposed(w io.Writer, path string) {
	if path == "-" || runtime.GOOS == "windows" { // which has no such modes
		return
	}
	info, err := os.Stat(path)
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o007 != 0 {
		fmt.Fprintf(w, "%s: warning: others can use it (mode %04o), and it may hold keys: chmod o= it\n", path, info.Mode().Perm())
	}
}
