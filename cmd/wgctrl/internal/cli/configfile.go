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

// readConf reads a configuration file; "-" is standard input. It fails if standard
// input is closed: reading that as an empty file would clear a device.
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

// readConfig reads a file of wg(8) or wg-quick(8) and resolves its host names. The
// result describes the complete state of a device, and the names of its peers.
func readConfig(cmd *cobra.Command, path string) (c wgtypes.Config, names map[wgtypes.PublicKey]string, err error) {
	f, err := readConf(cmd.InOrStdin(), path)
	if err != nil {
		return c, nil, err
	}
	settings, err := f.Settings(wgconf.DialectWGQuick)
	if err != nil {
		return c, nil, err
	}
	if err := resolveHosts(cmd.Context(), cmd.ErrOrStderr(), settings); err != nil {
		return c, nil, fmt.Errorf("%s: %w", path, err)
	}
	c, err = settings.Config()
	return c, f.PeerNames(), err
}

// resolveHosts resolves the host names of endpoints. WG_ENDPOINT_RESOLUTION_RETRIES
// in the environment is the number of retries, which it reports on w.
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

const fmtLong = `fmt prints configuration files in a uniform layout: "Key = Value" with the usual
spelling of keys, lists separated by ", ", and an empty line between sections. It
keeps comments, the order of lines and the meaning. "-" is standard input.`

const fmtExample = `  wgctrl fmt wg0.conf           print the file, formatted
  wgctrl fmt -w wg0.conf        rewrite it
  wgctrl fmt -l *.conf          list files with another layout; exit with 1 if there are any`

func newFmt() *cobra.Command {
	var write, list bool
	cmd := &cobra.Command{
		Use:     "fmt FILE...",
		Short:   "Format configuration files",
		Long:    fmtLong,
		Example: fmtExample,
		Args:    requireArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var errs []error
			for _, path := range args {
				errs = append(errs, runFmt(cmd, path, write, list))
			}
			return errors.Join(errs...)
		},
	}
	cmd.Flags().BoolVarP(&write, "write", "w", false, "rewrite the files instead of printing them")
	cmd.Flags().BoolVarP(&list, "list", "l", false, "list the files with another layout instead of printing them")
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
		return errors.New("fmt -w: cannot rewrite standard input")
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

// rewrite replaces the content of a file atomically. It keeps the mode and owner,
// and follows a symbolic link.
func rewrite(path string, text []byte) (err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	// CreateTemp uses mode 0600, which protects the keys in the file.
	tmp, err := os.CreateTemp(filepath.Dir(path), ".wgctrl-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name()) // err already says what failed
		}
	}()
	_, err = tmp.Write(text)
	err = errors.Join(err, keepOwner(tmp, info), tmp.Chmod(info.Mode().Perm()), tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

const stripLong = `strip prints a file of wg-quick(8) without the settings that wg(8) does not have,
as wg-quick strip does. The output contains the private key. "-" is standard input.`

func newStrip() *cobra.Command {
	return &cobra.Command{
		Use:     "strip FILE",
		Short:   "Print a wg-quick(8) file without the settings of wg-quick",
		Long:    stripLong,
		Example: `  wgctrl strip /etc/wireguard/wg0.conf | wgctrl setconf wg0 /dev/stdin`,
		Args:    exactArgs("FILE"),
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
