package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const checkLong = `check prints the errors and warnings in configuration files with their line numbers. Of
a line with several errors, it prints the first. A warning is about a setting that is
valid but may not be what you want, about a file that everyone can access, or about
two files with the same private key.

FILE is a file of wg-quick(8) or of one of the programs that --dialect names; "-" is
standard input. The default accepts the keys of all of them. If a file contains only
a key, check looks only at its permissions. check resolves no host names and uses no
device.

The exit code is 1 if a file has an error.`

// dialects are the values of --dialect.
var dialects = []wgconf.Dialect{wgconf.DialectWG, wgconf.DialectWGQuick, wgconf.DialectAWG, wgconf.DialectAWGQuick}

func newCheck() *cobra.Command {
	var wg bool
	var dialect string
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Print the errors and warnings in configuration files",
		Long:  checkLong,
		Example: `  wgctrl check /etc/wireguard/*.conf
  wgctrl check --dialect wg-quick wg0.conf        parameters of AmneziaWG are errors
  wgctrl showconf wg0 | wgctrl check --wg -`,
		Args: requireArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case wg && cmd.Flags().Changed("dialect"):
				return errors.New("check: --wg and --dialect exclude each other")
			case wg:
				dialect = wgconf.DialectWG.String()
			}
			i := slices.Index(dialectNames(), dialect)
			if i < 0 {
				return fmt.Errorf("invalid --dialect %q: must be %s", dialect, orList(dialectNames()))
			}
			return runCheck(cmd, args, dialects[i])
		},
	}
	cmd.Flags().BoolVar(&wg, "wg", false, "the same as --dialect wg")
	cmd.Flags().StringVar(&dialect, "dialect", wgconf.DialectAWGQuick.String(),
		"reject keys that this program does not know: "+orList(dialectNames()))
	nameArgument(cmd.Flags(), "dialect", "program")
	registerCompletion(cmd, "dialect", cobra.FixedCompletions(dialectNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func dialectNames() []string {
	var names []string
	for _, d := range dialects {
		names = append(names, d.String())
	}
	return names
}

func runCheck(cmd *cobra.Command, paths []string, dialect wgconf.Dialect) error {
	var errs []error
	wrong := false
	keys := make(ownKeys)
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
			fmt.Fprintln(cmd.OutOrStdout(), termtext.Clean(problem.Error()))
			wrong = wrong || !problem.Warning
		}
		keys.warnShared(cmd.OutOrStdout(), path, f)
	}
	if wrong {
		errs = append(errs, errReported)
	}
	return errors.Join(errs...)
}

// isKey reports whether f contains only a key, as genkey prints it.
func isKey(f *wgconf.File) bool {
	key := ""
	for line := range f.Lines(wgconf.DialectWG) {
		switch text := strings.TrimSpace(line.Text()); {
		case text == "":
		case key != "":
			return false
		default:
			key = text
		}
	}
	_, err := wgtypes.ParsePrivateKey(key)
	return err == nil
}

// ownKeys are the private keys of the files so far, by their public keys.
type ownKeys map[wgtypes.PublicKey]string

// warnShared warns about a file with the private key of an earlier one: peers send
// their packets to whichever of the two interfaces they last heard from. It ignores a
// file that is given twice.
func (k ownKeys) warnShared(w io.Writer, path string, f *wgconf.File) {
	key, line := ownKey(f)
	if key.IsZero() {
		return
	}
	other, ok := k[key]
	if !ok {
		k[key] = path
		return
	}
	if !isSameFile(path, other) {
		fmt.Fprintf(w, "%s:%d: warning: PrivateKey: %s has the same key: peers reach only one of the two interfaces\n",
			termtext.Clean(confName(path)), line, termtext.Clean(confName(other)))
	}
}

// ownKey returns the public key of the private key in f, and the number of its
// line. It returns the zero key if f has none.
func ownKey(f *wgconf.File) (key wgtypes.PublicKey, number int) {
	for line := range f.Lines(wgconf.DialectWG) {
		if line.Key != "PrivateKey" {
			continue
		}
		if private, err := wgtypes.ParsePrivateKey(line.Value()); err == nil && !private.IsZero() {
			key, number = private.PublicKey(), line.Number
		}
	}
	return key, number
}

// isSameFile reports whether two paths are those of one file.
func isSameFile(a, b string) bool {
	if a == b {
		return true
	}
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// warnExposed warns about a file that everyone can access.
func warnExposed(w io.Writer, path string) {
	if path == "-" || runtime.GOOS == "windows" { // Windows has no such modes
		return
	}
	info, err := os.Stat(path)
	path = termtext.Clean(path)
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o007 != 0 {
		fmt.Fprintf(w, "%s: warning: file is accessible to everyone (mode %04o) and may contain private keys; run: chmod 600 %s\n",
			path, info.Mode().Perm(), path)
	}
}
