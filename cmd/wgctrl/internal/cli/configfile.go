package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
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
