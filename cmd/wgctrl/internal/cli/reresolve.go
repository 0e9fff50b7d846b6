package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const reresolveLong = `reresolve looks up the host names in configuration files again and gives silent peers
the current addresses. WireGuard itself knows only addresses, so a tunnel ends when the
address of a host changes. A peer is silent if its last handshake is more than 135
seconds old. reresolve changes nothing but the endpoints of such peers.

DEVICE is the name of a device; without it, reresolve handles all devices that have a
file. The file is /etc/wireguard/DEVICE.conf or /etc/amnezia/amneziawg/DEVICE.conf. If
both exist, it is the second only for an AmneziaWG device. Peers that only the device or
only the file has stay unchanged.

If a name has several addresses, such as one of IPv4 and one of IPv6, and the peer stays
silent at one of them, reresolve chooses the next: with --watch at most every 15
seconds, and only if the peer sends packets. Without --watch it chooses the address
after the current one in each run.

reresolve prints a line for each change. With --watch it runs until it is interrupted,
also if a device or name does not exist, and prints an error once. Without --watch it
exits with 1 after an error, when it has done the rest.`

const reresolveExample = `  wgctrl reresolve                        all devices, once
  wgctrl reresolve wg0 --force            also peers with a recent handshake
  wgctrl reresolve wg0 --dry-run          show what would change
  wgctrl reresolve --watch --interval 1m  for a service`

// reresolveFlags are the flags of reresolve.
type reresolveFlags struct {
	watch, force, dryRun bool
	interval             time.Duration
	configDir            string
}

func newReresolve(cf *clientFlags) *cobra.Command {
	var f reresolveFlags
	cmd := &cobra.Command{
		Use:               "reresolve [DEVICE...]",
		Short:             "Update endpoints whose host names have new addresses",
		Long:              reresolveLong,
		Example:           reresolveExample,
		Args:              allDevices,
		ValidArgsFunction: cf.completeDevices,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd.Flags().Changed); err != nil {
				return err
			}
			return cf.run(cmd, func(c *wgctrl.Client) error {
				r := &reresolver{
					client: c, resolver: net.DefaultResolver, now: time.Now, path: f.path,
					force: f.force, dryRun: f.dryRun, watch: f.watch,
				}
				if f.watch {
					return r.runWatch(cmd, cf, args, f.interval)
				}
				return r.runOnce(cmd, args)
			})
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.watch, "watch", false, "repeat until interrupted")
	f.interval = 30 * time.Second
	flags.Var((*durationFlag)(&f.interval), "interval", "time between two rounds of --watch")
	flags.BoolVar(&f.force, "force", false, "look up also the names of peers that are not silent, and change those whose address is outdated")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print what would change and change nothing")
	configDirFlag(cmd, &f.configDir, false)
	nameArgument(flags, "interval", "time")
	registerCompletion(cmd, "interval", noCompletion)
	return cmd
}

// minRound is the smallest --interval. More lookups would be a burden for name servers.
const minRound = time.Second

// check checks the flags. given tells which are on the command line.
func (f *reresolveFlags) check(given func(flag string) bool) error {
	switch {
	case given("interval") && !f.watch:
		return errors.New("reresolve: --interval requires --watch")
	case f.dryRun && f.watch:
		return errors.New("reresolve: --dry-run and --watch exclude each other")
	case f.interval < minRound:
		return fmt.Errorf("invalid --interval %v: must be at least %v", f.interval, minRound)
	case !given("config-dir"):
		return nil
	}
	info, err := os.Stat(f.configDir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s: must be a directory", f.configDir)
	}
	if err != nil {
		return fmt.Errorf("--config-dir: %w", err)
	}
	return nil
}

// path returns the path of the file of a device.
func (f *reresolveFlags) path(ref wgtypes.DeviceRef) string {
	return fileOfDevice(configDirs(f.configDir, ref.Kind), ref.Name)
}

// runOnce does one round and prints it.
func (r *reresolver) runOnce(cmd *cobra.Command, names []string) error {
	changes, errs := r.round(cmd.Context(), names)
	if cmd.Context().Err() != nil {
		return errReported
	}
	for _, c := range changes {
		fmt.Fprintln(cmd.OutOrStdout(), c)
	}
	if len(changes)+len(errs) == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), "nothing to change")
	}
	return errors.Join(errs...)
}

// runWatch does a round in each interval and prints it, until cmd's context is
// cancelled or printing fails. It prints an error only if the round before did not have
// it.
func (r *reresolver) runWatch(cmd *cobra.Command, cf *clientFlags, names []string, interval time.Duration) error {
	useDefaultGC()
	printed := make(map[string]bool)
	for {
		changes, errs := r.round(cmd.Context(), names)
		if cmd.Context().Err() != nil {
			return errReported
		}
		for _, c := range changes {
			if _, err := fmt.Fprintln(cmd.OutOrStdout(), c); err != nil {
				return err
			}
		}
		now := make(map[string]bool)
		for _, err := range errs {
			if now[err.Error()] = true; !printed[err.Error()] {
				cf.forCommand(cmd).explain(cmd.Context(), cmd.ErrOrStderr(), err)
			}
		}
		printed = now
		if !waits(cmd.Context(), interval) {
			return errReported
		}
	}
}

// waits waits for d and returns true, or false if ctx is cancelled.
func waits(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
