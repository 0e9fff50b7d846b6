package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/keytext"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// readConf reads a configuration file; "-" is standard input.
func readConf(in io.Reader, path string) (*wgconf.File, error) {
	text, err := conffile.Read(in, path)
	if err != nil {
		return nil, err
	}
	return wgconf.Parse(confName(path), text), nil
}

// confName returns the name of a file for messages.
func confName(path string) string {
	if path == "-" {
		return "standard input"
	}
	return path
}

// resolveHosts resolves the host names of endpoints in the file name.
// WG_ENDPOINT_RESOLUTION_RETRIES in the environment is the number of retries, which it
// reports on w. With skip, it removes endpoints that it cannot resolve, and reports
// their peers, which have names, on w.
func resolveHosts(ctx context.Context, w io.Writer, name string, s *wgconf.Settings, skip bool, names map[wgtypes.PublicKey]string) error {
	retries, err := resolve.ParseRetries(os.Getenv("WG_ENDPOINT_RESOLUTION_RETRIES"))
	if err != nil {
		return fmt.Errorf("WG_ENDPOINT_RESOLUTION_RETRIES: %w", err)
	}
	err = resolve.Settings(ctx, s, resolve.Options{Retries: retries, OnRetry: retryReporter(w), KeepGoing: skip})
	var unresolved *resolve.UnresolvedError
	switch {
	case err == nil:
		return nil
	case ctx.Err() == nil && errors.As(err, &unresolved):
		for _, p := range unresolved.Peers {
			peer := p.PublicKey.String()
			if name := names[p.PublicKey]; name != "" {
				peer += " (" + name + ")"
			}
			text := fmt.Sprintf("%s: %s: the endpoint of peer %s does not change", name, keytext.Hide(p.Err.Error()), peer)
			fmt.Fprintf(w, "wgctrl: %s\n", termtext.Clean(text))
		}
		return nil
	}
	return fmt.Errorf("%s: %w", name, &lookupError{err})
}

// retryReporter returns a resolve.Options.OnRetry that reports retries on w.
func retryReporter(w io.Writer) func(e wgconf.Endpoint, err error, wait time.Duration) {
	return func(_ wgconf.Endpoint, err error, wait time.Duration) {
		fmt.Fprintf(w, "wgctrl: %s; trying again in %v\n", termtext.Clean(keytext.Hide(err.Error())), wait.Round(10*time.Millisecond))
	}
}

// lookupError is the error of a lookup. It hides a host name that may be a key.
type lookupError struct{ err error }

func (e *lookupError) Error() string { return keytext.Hide(e.err.Error()) }
func (e *lookupError) Unwrap() error { return e.err }

const stripLong = `strip prints a file of wg-quick(8) without the settings of wg-quick, as wg-quick
strip does. It keeps all other lines, even if they have errors. The output contains
the private key. "-" is standard input. DEVICE, a name without a slash and without
".conf" that is not a file, stands for /etc/wireguard/DEVICE.conf or, if only that
exists, /etc/amnezia/amneziawg/DEVICE.conf.`

func newStrip() *cobra.Command {
	var configDir string
	complete := completeFile(&configDir)
	cmd := &cobra.Command{
		Use:     "strip (FILE | DEVICE)",
		Short:   "Print a wg-quick(8) file without the settings of wg-quick",
		Long:    stripLong,
		Example: `  wgctrl strip wg0 | wgctrl setconf wg0 /dev/stdin`,
		Args:    exactArgs("FILE"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return noCompletion(cmd, args, toComplete)
			}
			return complete(cmd, args, toComplete)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := readConf(cmd.InOrStdin(), argumentFile(configDir, args[0]))
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(f.Strip().AppendTo(nil))
			return err
		},
	}
	configDirFlag(cmd, &configDir, false)
	return cmd
}
