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
	settings, err := f.Settings(wgconf.Quick)
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
	o := resolve.Options{Retries: &retries}
	o.Waiting = func(e wgconf.Endpoint, err error, wait time.Duration) {
		fmt.Fprintf(w, "wgctrl: %v; trying again in %v\n", err, wait.Round(10*time.Millisecond))
	}
	return resolve.Settings(ctx, s, o)
}
