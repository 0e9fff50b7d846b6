package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/top"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/topui"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const topLong = `top shows devices and peers live: the bytes that they receive and send per second, a
graph of both for each peer, and the time since the last handshake. A peer whose last
handshake is older than three minutes has no session and is highlighted. Press ? for
the keys.

DEVICE is the name of a device to show; without one, top shows all devices. top takes
the names of peers from comments in the files of --names: "[Peer] # X", "# X" below
[Peer], "# Name = X" in the section, or "# X" above [Peer] after an empty line. Files
given with --names must exist. Devices that cannot be read are shown with the error;
the others stay live.

If standard output is not a terminal, if TERM is dumb, or with --count, top prints a
snapshot as text after the second reading, because rates need two. --count sets the
number of snapshots. top then exits with 1 if a device cannot be read or a named one is
missing.`

const topExample = `  wgctrl top
  wgctrl top wg0 --interval 5
  wgctrl top --units bits
  wgctrl top --names '/etc/wireguard/*.conf' --names ~/peers.conf
  wgctrl top --count 10 --interval 1m > snapshots.txt`

// topFlags are the flags of top.
type topFlags struct {
	interval time.Duration
	count    int
	names    []string
	units    top.Units
}

func newTop(cf *clientFlags) *cobra.Command {
	var f topFlags
	cmd := &cobra.Command{
		Use:               "top [DEVICE...]",
		Short:             "Show devices and peers live, with rates",
		Long:              topLong,
		Example:           topExample,
		Annotations:       undoes(),
		Args:              allDevices,
		ValidArgsFunction: cf.completeDevices,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkInterval(f.interval); err != nil {
				return err
			}
			if cmd.Flags().Changed("count") && f.count < 1 {
				return fmt.Errorf("invalid --count %d: must be at least 1", f.count)
			}
			return cf.run(cmd, func(c *wgctrl.Client) error { return runTop(cmd, cf, c, f, args) })
		},
	}
	flags := cmd.Flags()
	f.interval = 2 * time.Second
	flags.Var((*durationFlag)(&f.interval), "interval", "time between two readings of a device")
	flags.IntVar(&f.count, "count", 1, "print this number of snapshots as text and exit (default 1 if standard output is not a terminal or TERM is dumb)")
	flags.Lookup("count").DefValue = "" // the usage has it
	namesVar(flags, &f.names)
	flags.Var(&f.units, "units", "units of traffic: bytes (KiB), decimal-bytes (kB), bits (kb) or binary-bits (Kib); counters are in bytes")
	nameArgument(flags, "interval", "time")
	nameArgument(flags, "count", "number")
	nameArgument(flags, "units", "name")
	registerCompletion(cmd, "interval", noCompletion)
	registerCompletion(cmd, "count", noCompletion)
	registerCompletion(cmd, "units", cobra.FixedCompletions(top.UnitNames, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func runTop(cmd *cobra.Command, cf *clientFlags, c *wgctrl.Client, f topFlags, devices []string) error {
	useDefaultGC()
	names, err := peerNames(f.names)
	if err != nil && cmd.Flags().Changed("names") { // the default files may be unreadable
		return err
	}
	board := top.NewBoard(top.Options{Interval: f.interval, PeerName: names, Reason: reason})
	view := top.NewView(board)
	view.ASCII = !localeIsUTF8(os.LookupEnv)
	view.Units = f.units
	view.Nothing = emptyScreen(*cf, devices)
	events := func(ctx context.Context) iter.Seq2[wgtypes.Event, error] {
		return c.Watch(ctx, wgctrl.WatchOptions{Interval: f.interval, Devices: devices})
	}
	if cmd.Flags().Changed("count") || !isScreen(cmd.OutOrStdout()) {
		s := snapshots{board: board, view: view, interval: f.interval, left: f.count, cf: cf, missing: newMissingDevices(devices)}
		return s.run(cmd, events)
	}
	o := topui.Options{Board: board, View: view, Events: events, Out: fileOf(cmd.OutOrStdout())}
	if in, ok := cmd.InOrStdin().(*os.File); ok && isTerminal(in) {
		o.In = in
	}
	err = topui.Run(cmd.Context(), o)
	if errors.Is(err, topui.ErrInterrupted) {
		return errInterrupted
	}
	return unlessInterrupted(cmd.Context(), err)
}

// emptyScreen returns the lines that say why there are no devices.
func emptyScreen(cf clientFlags, devices []string) []string {
	if len(devices) > 0 {
		return []string{"no such device: waiting for " + strings.Join(devices, ", ")}
	}
	var b strings.Builder
	writeNoDevices(&b, cf)
	return strings.Split(strings.TrimSpace(b.String()), "\n")
}

// isScreen reports whether w is a terminal with a movable cursor.
func isScreen(w io.Writer) bool { return isTerminal(w) && os.Getenv("TERM") != "dumb" }

// localeIsUTF8 reports whether the locale says that the terminal shows UTF-8.
// Without a locale it depends on the system.
func localeIsUTF8(lookup func(string) (string, bool)) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value, _ := lookup(name); value != "" {
			value = strings.ToLower(value)
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return runtime.GOOS == "windows" || runtime.GOOS == "darwin"
}

// snapshots prints a View as text at intervals.
type snapshots struct {
	board    *top.Board
	view     *top.View
	interval time.Duration
	left     int
	cf       *clientFlags
	missing  missingDevices
}

// run prints the snapshots. Its goroutines have ended when it returns.
func (s *snapshots) run(cmd *cobra.Command, events topui.Events) error {
	ctx, cancel := context.WithCancel(cmd.Context())
	feed := make(chan wgtypes.Event)
	result := make(chan error, 1)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	tasks.Go(func() {
		defer close(result) // follow may have received the error
		result <- topui.Feed(ctx, events, feed)
	})
	if err := s.follow(cmd, feed, result); err != nil {
		return err
	}
	cancel()
	if err := <-result; err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if s.board.HasUnreadable() || s.missing.any() {
		return errReported // by the snapshot or report
	}
	return nil
}

// follow applies events and prints snapshots until all are printed or the events
// end. It prints each snapshot half an interval after a reading, beginning with
// the second reading.
func (s *snapshots) follow(cmd *cobra.Command, feed <-chan wgtypes.Event, result <-chan error) error {
	var due <-chan time.Time
	for s.left > 0 {
		select {
		case e := <-feed:
			s.board.Apply(e)
			s.missing.apply(e)
			if e.Kind == wgtypes.EventReady {
				due = time.After(s.interval * 3 / 2)
			}
		case <-due:
			if err := s.print(cmd); err != nil {
				return err
			}
			due = time.After(s.interval)
		case err := <-result:
			return unlessInterrupted(cmd.Context(), err)
		}
	}
	return nil
}

// print prints one snapshot. It reports missing devices or, if none was named and
// none exists, where the command looked.
func (s *snapshots) print(cmd *cobra.Command) error {
	s.left--
	s.missing.report(cmd.Context(), s.cf, cmd.ErrOrStderr(), "")
	s.view.Update(time.Now())
	text := s.view.AppendText(nil)
	if s.left > 0 {
		text = append(text, '\n')
	}
	if _, err := cmd.OutOrStdout().Write(text); err != nil {
		return err
	}
	if s.board.Empty() && len(s.missing) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), strings.Join(s.view.Nothing, "\n"))
	}
	return nil
}
