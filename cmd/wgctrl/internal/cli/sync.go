package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/conffile"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const syncLong = `sync changes a device to match a file. It sends only the differences: peers that do
not change keep their sessions and counters. It removes peers and allowed IPs that
are not in the file.

DEVICE is the name of an existing device; "wgctrl add" creates one. FILE is a file
of wg(8), wg-quick(8), awg(8) or awg-quick(8); "-" is standard input. sync ignores
the settings of wg-quick(8), even if they have errors.

What FILE does not set is removed, with four exceptions: without ListenPort,
PrivateKey, the Endpoint of a peer or a parameter of AmneziaWG, the device keeps its
own. "set DEVICE private-key /dev/null" removes the key.

sync refuses a FILE without settings of wg(8) and without peers, such as the output
of a program that failed, unless --allow-empty is given.`

const syncExample = `  wgctrl sync wg0 /etc/wireguard/wg0.conf
  wgctrl sync wg0 wg0.conf --dry-run              show what would change
  wgctrl sync wg0 wg0.conf --detailed-exitcode    exit with 2 if something changed`

// exitChanged is the exit code of sync --detailed-exitcode after a change.
const exitChanged = 2

var errChanged = &exitError{exitChanged}

func newSync(cf *clientFlags) *cobra.Command {
	var f syncFlags
	cmd := &cobra.Command{
		Use:               "sync DEVICE FILE",
		Short:             "Change a device to match a file, keeping sessions",
		Long:              syncLong,
		Example:           syncExample,
		Args:              deviceArgs(exactArgs("DEVICE", "FILE")),
		ValidArgsFunction: cf.completeDeviceFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.allowEmpty, _ = cmd.Flags().GetBool(allowEmptyFlag)
			change, err := runSync(cmd, cf, args[0], args[1], f)
			if err != nil {
				return err
			}
			if f.detailed && !change.IsZero() {
				return errChanged
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.DryRun, "dry-run", false, "print what would change and change nothing")
	flags.BoolVar(&f.KeepEndpoints, "keep-endpoints", false, "keep the endpoints of peers whose last handshake is less than three minutes old")
	flags.BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 2 if something changed or, with --dry-run, would change")
	return withAllowEmpty(cmd)
}

// allowEmptyFlag is the flag that permits a file without settings.
const allowEmptyFlag = "allow-empty"

// withAllowEmpty adds the flag to cmd.
func withAllowEmpty(cmd *cobra.Command) *cobra.Command {
	cmd.DisableFlagsInUseLine = false
	cmd.Flags().Bool(allowEmptyFlag, false, "apply a file without settings and peers, which removes all peers")
	return cmd
}

// setconfSafety is the part of the help of setconf and syncconf about files that
// clear a device.
const setconfSafety = `

If FILE has no PrivateKey, the key does not change; "set DEVICE private-key /dev/null"
removes it. A FILE without settings and peers, such as the output of a program that
failed, is refused unless --allow-empty is given.`

// syncFlags are the flags of sync.
type syncFlags struct {
	wgctrl.SyncOptions
	allowEmpty bool
	detailed   bool
}

// readConfig reads a file of wg(8), wg-quick(8), awg(8) or awg-quick(8) and resolves
// its host names. The result describes the complete state of a device, except for
// the private key if the file has none, and the names of its peers.
func readConfig(cmd *cobra.Command, path string, allowEmpty bool) (c wgtypes.Config, names map[wgtypes.PublicKey]string, err error) {
	f, err := readConf(cmd.InOrStdin(), path)
	if err != nil {
		return c, nil, err
	}
	settings, err := f.Settings(wgconf.DialectAWGQuick)
	if err := ignoreQuick(cmd.ErrOrStderr(), err); err != nil {
		return c, nil, err
	}
	if !allowEmpty {
		if err := conffile.CheckNotEmpty(confName(path), settings); err != nil {
			return c, nil, err
		}
	}
	if err := resolveHosts(cmd.Context(), cmd.ErrOrStderr(), confName(path), settings); err != nil {
		return c, nil, err
	}
	c, err = settings.Config()
	if settings.Interface.PrivateKey == nil {
		c.PrivateKey = nil // keep the key
	}
	return c, f.PeerNames(), err
}

// ignoreQuick returns err, the error of File.Settings, without the problems of
// wg-quick's keys, which sync does not use. It reports those on w.
func ignoreQuick(w io.Writer, err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var errs []error
	for _, err := range joined.Unwrap() {
		if p, ok := errors.AsType[*wgconf.Problem](err); ok && p.QuickOnly() {
			fmt.Fprintf(w, "wgctrl: ignored: %s\n", termtext.Clean(p.Error()))
			continue
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// runSync returns what was changed or, in a dry run, would be. A dry run writes the
// change.
func runSync(cmd *cobra.Command, cf *clientFlags, device, path string, f syncFlags) (change wgtypes.Config, err error) {
	want, names, err := readConfig(cmd, path, f.allowEmpty)
	if err != nil {
		return change, err
	}
	var have *wgtypes.Device
	shown, done := cf.showProgress(cmd.ErrOrStderr())
	err = shown.run(cmd, func(c *wgctrl.Client) error {
		defer done()
		change, err = c.SyncDevice(cmd.Context(), device, want, f.SyncOptions)
		if err == nil && f.DryRun {
			have, err = c.Device(cmd.Context(), device)
		}
		return err
	})
	if err == nil && f.DryRun {
		writeChange(cmd.OutOrStdout(), have, change, names)
	}
	return change, err
}
