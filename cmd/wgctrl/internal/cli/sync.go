package cli

import (
	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const syncLong = `sync makes a device into what a file describes, by the smallest change. Peers
that need none are not touched, so that their sessions and counters survive;
when nothing differs, nothing is sent. Peers and allowed IPs that the file does
not have are removed.

The file is one of wg(8) or of wg-quick(8), whose own keys are skipped; "-" is
standard input. A file without ListenPort leaves the port as it is.

sync does not create the device: see "wgctrl add".`

const syncExample = `  wgctrl sync wg0 /etc/wireguard/wg0.conf
  wgctrl sync wg0 wg0.conf --dry-run              show what would change
  wgctrl sync wg0 wg0.conf --detailed-exitcode    2 if something changed`

// exitChanged is sync's exit code for a change, if it is asked to tell.
const exitChanged = 2

var errChanged = &exitError{exitChanged}

func newSync(p *places) *cobra.Command {
	var o wgctrl.SyncOptions
	var detailed bool
	cmd := &cobra.Command{
		Use:               "sync DEVICE FILE",
		Short:             "Make a device into what a file describes, by the smallest change",
		Long:              syncLong,
		Example:           syncExample,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: p.completeDeviceFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			change, err := runSync(cmd, p, args[0], args[1], o)
			if err != nil {
				return err
			}
			if o.DryRun {
				writeChange(cmd.OutOrStdout(), args[0], change)
			}
			if detailed && !isEmpty(change) {
				return errChanged
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.DryRun, "dry-run", false, "change nothing, and show what would change")
	flags.BoolVar(&o.KeepEndpoints, "keep-endpoints", false, "leave the endpoints of peers that shook hands within three minutes")
	flags.BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 if something changed, or would")
	return cmd
}

// runSync returns what was changed, or would be.
func runSync(cmd *cobra.Command, p *places, device, path string, o wgctrl.SyncOptions) (change wgtypes.Config, err error) {
	want, err := readConfig(cmd, path)
	if err != nil {
		return change, err
	}
	err = p.run(cmd, func(c *wgctrl.Client) error {
		ctx, done := withProgress(cmd.Context(), cmd.ErrOrStderr())
		defer done()
		change, err = c.SyncDevice(ctx, device, want, o)
		return err
	})
	return change, err
}
