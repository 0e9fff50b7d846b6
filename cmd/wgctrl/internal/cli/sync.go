package cli

import (
	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const syncLong = `sync changes a device to match a file. It sends only the differences: peers that do
not change keep their sessions and counters. It removes peers and allowed IPs that
are not in the file.

DEVICE is the name of an existing device; "wgctrl add" creates one. FILE is a file
of wg(8) or wg-quick(8); "-" is standard input. sync ignores the settings of
wg-quick(8). If FILE has no ListenPort, the port does not change.`

const syncExample = `  wgctrl sync wg0 /etc/wireguard/wg0.conf
  wgctrl sync wg0 wg0.conf --dry-run              show what would change
  wgctrl sync wg0 wg0.conf --detailed-exitcode    exit with 2 if something changed`

// exitChanged is the exit code of sync --detailed-exitcode after a change.
const exitChanged = 2

var errChanged = &exitError{exitChanged}

func newSync(cf *clientFlags) *cobra.Command {
	var o wgctrl.SyncOptions
	var detailed bool
	cmd := &cobra.Command{
		Use:               "sync DEVICE FILE",
		Short:             "Change a device to match a file, keeping sessions",
		Long:              syncLong,
		Example:           syncExample,
		Args:              deviceArgs(exactArgs("DEVICE", "FILE")),
		ValidArgsFunction: cf.completeDeviceFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := runSync(cmd, cf, args[0], args[1], o)
			if err != nil {
				return err
			}
			if detailed && !change.IsZero() {
				return errChanged
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.DryRun, "dry-run", false, "print what would change and change nothing")
	flags.BoolVar(&o.KeepEndpoints, "keep-endpoints", false, "keep the endpoints of peers whose last handshake is less than three minutes old")
	flags.BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 if something changed or, with --dry-run, would change")
	return cmd
}

// runSync returns what was changed or, in a dry run, would be. A dry run writes the
// change.
func runSync(cmd *cobra.Command, cf *clientFlags, device, path string, o wgctrl.SyncOptions) (change wgtypes.Config, err error) {
	want, names, err := readConfig(cmd, path)
	if err != nil {
		return change, err
	}
	var have *wgtypes.Device
	shown, done := cf.showProgress(cmd.ErrOrStderr())
	err = shown.run(cmd, func(c *wgctrl.Client) error {
		defer done()
		change, err = c.SyncDevice(cmd.Context(), device, want, o)
		if err == nil && o.DryRun {
			have, err = c.Device(cmd.Context(), device)
		}
		return err
	})
	if err == nil && o.DryRun {
		writeChange(cmd.OutOrStdout(), have, change, names)
	}
	return change, err
}
