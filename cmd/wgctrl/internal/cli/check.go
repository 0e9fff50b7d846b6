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

const checkLong = `check prints every error and warning in configuration files with its line number.
A warning is about a setting that is valid but may not be what you want, or about
a file that everyone can access.

FILE is a file of wg-quick(8), or of wg(8) with --wg; "-" is standard input. For a
file that contains only a key, check looks only at the mode. It resolves no host
names and uses no device.

The exit code is 1 if a file has an error.`

func newCheck() *cobra.Command {
	var wg bool
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Print the errors and warnings in configuration files",
		Long:  checkLong,
		Example: `  wgctrl check /etc/wireguard/*.conf
  wgctrl showconf wg0 | wgctrl check --wg -`,
		Args: requireArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dialect := wgconf.DialectWGQuick
			if wg {
				dialect = wgconf.DialectWG
			}
			return runCheck(cmd, args, dialect)
		},
	}
	cmd.Flags().BoolVar(&wg, "wg", false, "read files of wg(8), in which keys of wg-quick(8) are errors")
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
		warnExposed(cmd.OutOrStdout(), path)
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

// isKey reports whether f contains only a key, as genkey prints it.
func isKey(f *wgconf.File) bool {
	_, err := wgtypes.ParsePrivateKey(strings.TrimSpace(string(f.AppendTo(nil))))
	return err == nil
}

// warnExposed warns about a file that everyone can access.
func warnExposed(w io.Writer, path string) {
	if path == "-" || runtime.GOOS == "windows" { // Windows has no such modes
		return
	}
	info, err := os.Stat(path)
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o007 != 0 {
		fmt.Fprintf(w, "%s: warning: file is accessible to everyone (mode %04o) and may contain private keys; run: chmod 600 %s\n",
			path, info.Mode().Perm(), path)
	}
}
