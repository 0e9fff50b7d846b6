package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/stdin"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// readConf reads a configuration file, "-" for standard input. One that is
// closed is no empty file, which would clear a device.
func readConf(in io.Reader, path string) (*wgconf.File, error) {
	if (path == "-" || stdin.Names(path)) && stdin.IsClosed(in) {
		return nil, errors.New("standard input is closed")
	}
	var text []byte
	var err error
	if path == "-" {
		path = "standard input"
		text, err = io.ReadAll(in)
	} else {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	return wgconf.Parse(path, text), nil
}

// readConfig reads a file of wg(8) or wg-quick(8) as the state of a device, and
// resolves the host names in it.
func readConfig(cmd *cobra.Command, path string) (wgtypes.Config, error) {
	f, err := readConf(cmd.InOrStdin(), path)
	if err != nil {
		return wgtypes.Config{}, err
	}
	settings, err := f.Settings(wgconf.DialectWGQuick)
	if err != nil {
		return wgtypes.Config{}, err
	}
	if err := resolveHosts(cmd.Context(), cmd.ErrOrStderr(), settings); err != nil {
		return wgtypes.Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return settings.Config()
}

// resolveHosts looks the host names of endpoints up, as patiently as the
// environment says, and says why it waits.
func resolveHosts(ctx context.Context, w io.Writer, s *wgconf.Settings) error {
	retries, err := resolve.ParseRetries(os.Getenv("WG_ENDPOINT_RESOLUTION_RETRIES"))
	if err != nil {
		return err
	}
	o := resolve.Options{Retries: retries}
	o.OnRetry = func(e wgconf.Endpoint, err error, wait time.Duration) {
		fmt.Fprintf(w, "wgctrl: %v; trying again in %v\n", err, wait.Round(10*time.Millisecond))
	}
	return resolve.Settings(ctx, s, o)
}

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
			dialect := wgconf.DialectWGQuick
			if wg {
				dialect = wgconf.DialectWG
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
	_, err := wgtypes.ParsePrivateKey(strings.TrimSpace(string(f.AppendTo(nil))))
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

const fmtLong = `fmt prints configuration files in one layout: "Key = Value" in the usual
spelling, lists with commas and spaces, an empty line between sections. Comments,
the order and the meaning stay. "-" is standard input.`

const fmtExample = `  wgctrl fmt wg0.conf           print the file, formatted
  wgctrl fmt -w wg0.conf        rewrite it
  wgctrl fmt -l *.conf          name the files whose layout differs, and exit with 1 if one does`

func newFmt() *cobra.Command {
	var write, list bool
	cmd := &cobra.Command{
		Use:     "fmt FILE...",
		Short:   "Format configuration files",
		Long:    fmtLong,
		Example: fmtExample,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var errs []error
			for _, path := range args {
				errs = append(errs, runFmt(cmd, path, write, list))
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVarP(&write, "write", "w", false, "rewrite the files instead of printing them")
	cmd.Flags().BoolVarP(&list, "list", "l", false, "print the names of files whose layout differs")
	return cmd
}

func runFmt(cmd *cobra.Command, path string, write, list bool) error {
	f, err := readConf(cmd.InOrStdin(), path)
	if err != nil {
		return err
	}
	before, after := f.AppendTo(nil), f.Formatted().AppendTo(nil)
	same := bytes.Equal(before, after)
	if list && !same {
		fmt.Fprintln(cmd.OutOrStdout(), path)
	}
	switch {
	case write && path == "-":
		return errors.New("fmt -w: standard input cannot be rewritten")
	case write && !same:
		return rewrite(path, after)
	case list && !write && !same:
		return errReported
	case list || write:
		return nil
	}
	_, err = cmd.OutOrStdout().Write(after)
	return err
}

// rewrite puts text into a file, whole or not at all, and leaves its mode. A
// symbolic link stays one.
func rewrite(path string, text []byte) (err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	// The file holds keys: a temporary one can be read by its owner alone.
	tmp, err := os.CreateTemp(filepath.Dir(path), ".wgctrl-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name()) // the error that matters is known
		}
	}()
	_, err = tmp.Write(text)
	err = errors.Join(err, keepOwner(tmp, info), tmp.Chmod(info.Mode().Perm()), tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

const stripLong = `strip prints a file of wg-quick(8) without the keys that wg(8) does not know, as
wg-quick strip does. Keys are printed in clear. "-" is standard input.`

func newStrip() *cobra.Command {
	return &cobra.Command{
		Use:     "strip FILE",
		Short:   "Print a wg-quick(8) file without what wg(8) does not know",
		Long:    stripLong,
		Example: `  wgctrl strip /etc/wireguard/wg0.conf | wgctrl setconf wg0 /dev/stdin`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := readConf(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(f.Strip().AppendTo(nil))
			return err
		},
	}
}
