package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const syncLong = `sync changes a device to match a file. It sends only the differences: peers that do
not change keep their sessions and counters. It removes peers and allowed IPs that
are not in the file.

DEVICE is the name of an existing device; "wgctrl add" creates one. FILE is a file
of wg(8), wg-quick(8), awg(8) or awg-quick(8); "-" is standard input. The default is
/etc/wireguard/DEVICE.conf or /etc/amnezia/amneziawg/DEVICE.conf. If both exist, it is
the second only for an AmneziaWG device. sync ignores the settings of wg-quick(8), even
if they have errors.

What FILE does not set is removed, with four exceptions: without ListenPort,
PrivateKey, the Endpoint of a peer or a parameter of AmneziaWG, the device keeps its
own. "set DEVICE private-key /dev/null" removes the key. Without FwMark, the device also
keeps the mark if FILE has a default route for which up and wg-quick(8) choose a mark.

If a host name of FILE cannot be resolved within two minutes, sync changes nothing,
unless --unresolved=skip is given: then the device keeps the endpoint of that peer, and
sync says so.

sync prints a line that says how many settings and peers have changed, and with
--verbose or --dry-run first each change, with the old and the new value: lines begin
with + for what is added, - for what is removed and ~ for what changes. Peers have the
names that comments give them, first those in FILE and then those in the files of
--names, as with "show". --json prints the change for programs, and --quiet nothing.

With --all, sync applies every file DEVICE.conf of a directory to the device with its
name, to several devices at the same time, and prints a line with the numbers of devices
at the end. A file or device with an error does not affect the others; sync then exits
with 1. With --json, it prints a list.

sync creates and removes devices only if --create or --prune is given. --create creates
a kernel device for each file whose device is missing, one of AmneziaWG if the file has
settings of AmneziaWG. Like "wgctrl add", it leaves new devices down and without
addresses. --prune removes the kernel devices that no file names, those of AmneziaWG,
too, unless --backend excludes them. It removes nothing if a file or device has an
error. It names the devices of daemons, which it cannot remove.

sync refuses a FILE without settings of wg(8) and without peers, such as the output
of a program that failed, unless --allow-empty is given.`

const syncExample = `  wgctrl sync wg0                                 apply /etc/wireguard/wg0.conf
  wgctrl sync wg0 wg0.conf --dry-run              show what would change
  wgctrl sync --all /etc/wireguard --dry-run      show what would change about all devices
  wgctrl --backend kernel sync --all /etc/wireguard --create --prune
                                                  also create and remove WireGuard devices
  wgctrl sync wg0 wg0.conf --json | jq .summary
  wgctrl sync wg0 wg0.conf --detailed-exitcode    exit with 2 if something changed`

// exitChanged is the exit code of sync --detailed-exitcode after a change.
const exitChanged = 2

var errChanged = &exitError{exitChanged}

func newSync(cf *clientFlags) *cobra.Command {
	var f syncFlags
	cmd := &cobra.Command{
		Use:               "sync DEVICE [FILE]",
		SuggestFor:        []string{"apply", "diff", "reload"},
		Short:             "Change a device to match a file, keeping sessions",
		Long:              syncLong,
		Example:           syncExample,
		Args:              deviceArgs(syncArgs),
		ValidArgsFunction: cf.completeDeviceFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.allowEmpty, _ = cmd.Flags().GetBool(allowEmptyFlag)
			if err := f.check(); err != nil {
				return err
			}
			if cmd.Flags().Changed("all") {
				changed, err := runSyncAll(cmd, cf, &f)
				if err == nil && f.detailed && changed {
					return errChanged
				}
				return err
			}
			if len(args) < 2 {
				refs, _ := cf.list(cmd.Context()) // on an error: the devices found
				args = append(args, fileOfName(refs, f.configDir, args[0]))
			}
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
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print each change")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print only errors and warnings")
	flags.BoolVar(&f.json, "json", false, "print the change as JSON, without secrets")
	f.names.add(cmd)
	configDirFlag(cmd, &f.configDir, false)
	f.addAll(cmd)
	flags.StringVar(&f.unresolved, "unresolved", unresolvedFail, "what to do if a host name has no address: fail, or skip the endpoint of the peer")
	nameArgument(flags, "unresolved", "action")
	registerCompletion(cmd, "unresolved", cobra.FixedCompletions([]string{unresolvedFail, unresolvedSkip}, cobra.ShellCompDirectiveNoFileComp))
	return withAllowEmpty(cmd)
}

// syncArgs checks the number of arguments.
func syncArgs(cmd *cobra.Command, args []string) error {
	if cmd.Flags().Changed("all") {
		if len(args) > 0 {
			return fmt.Errorf("sync: unexpected argument %q: --all names the files", args[0])
		}
		return nil
	}
	if len(args) == 1 && isPath(args[0]) {
		return fmt.Errorf("sync: %q is a file: the device comes first; usage: %s", args[0], cmd.UseLine())
	}
	if len(args) > 2 {
		return fmt.Errorf("%s: unexpected argument %q; usage: %s", cmd.Name(), args[2], cmd.UseLine())
	}
	return requireArgs("DEVICE")(cmd, args)
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
	verbose    bool
	quiet      bool
	json       bool
	names      namesFlag
	unresolved string
	configDir  string
	all        string
	create     bool
	prune      bool
}

// The values of --unresolved.
const (
	unresolvedFail = "fail"
	unresolvedSkip = "skip"
)

// check returns an error if a flag is invalid or flags contradict each other.
func (f *syncFlags) check() error {
	switch {
	case f.unresolved != unresolvedFail && f.unresolved != unresolvedSkip:
		return fmt.Errorf("invalid --unresolved %q: must be %s or %s", f.unresolved, unresolvedFail, unresolvedSkip)
	case f.json && f.quiet:
		return errors.New("sync: --json and --quiet exclude each other")
	case f.json && f.verbose:
		return errors.New("sync: --json and --verbose exclude each other")
	case f.quiet && f.verbose:
		return errors.New("sync: --quiet and --verbose exclude each other")
	case f.create && f.all == "":
		return errors.New("sync: --create requires --all")
	case f.prune && f.all == "":
		return errors.New("sync: --prune requires --all")
	}
	return nil
}

// runSync returns what was changed or, in a dry run, would be, and prints it.
func runSync(cmd *cobra.Command, cf *clientFlags, device, path string, f syncFlags) (change wgtypes.Config, err error) {
	others, err := f.names.read(cmd)
	if err != nil {
		return change, err
	}
	file := readSyncFile(cmd, path, f.allowEmpty)
	if err := f.resolve(cmd, []*syncFile{file}); err != nil {
		return change, err
	}
	want, err := file.config()
	if err != nil {
		return change, err
	}
	r := syncResult{dryRun: f.DryRun, name: file.peerName(device, others)}
	shown, done := cf.showProgress(cmd.ErrOrStderr())
	err = shown.run(cmd, func(c *wgctrl.Client) error {
		defer done()
		return r.sync(cmd.Context(), c, device, want, f.SyncOptions)
	})
	if err != nil {
		return r.change, err
	}
	return r.change, f.print(cmd.OutOrStdout(), &r)
}

// sync changes the device to match want and sets the result.
func (r *syncResult) sync(ctx context.Context, c *wgctrl.Client, device string, want wgtypes.Config, o wgctrl.SyncOptions) (err error) {
	o.Review = func(have *wgtypes.Device, _ wgtypes.Config) error {
		r.have = have
		return nil
	}
	r.change, err = c.SyncDevice(ctx, device, want, o)
	return err
}

// print prints a result in the form of the flags.
func (f *syncFlags) print(w io.Writer, r *syncResult) error {
	if f.quiet {
		return nil
	}
	if f.json {
		form, err := r.json()
		if err != nil {
			return err
		}
		return writeJSON(w, form)
	}
	if (f.verbose || f.DryRun) && !r.change.IsZero() {
		writeChange(w, r.have, r.change, r.name)
	}
	_, err := io.WriteString(w, r.line())
	return err
}
