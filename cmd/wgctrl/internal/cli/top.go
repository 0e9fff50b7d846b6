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

const topLong = `top shows devices and peers as they are now, and goes on: what they receive and
send each second, a graph of that for each peer, and how long ago it shook hands.
A peer whose last handshake is older than three minutes has no session any more,
and stands out. ? shows the keys.

Peers have the names that comments give them in the files of --names, which must
exist and be readable if they are given: "# X" above [Peer] or below it, "[Peer] # X",
or "# Name = X" in the section. A device that cannot be
read is said, and the rest goes on.

Where standard output is no terminal, or with --count, it prints text: a snapshot
after the second reading, which rates need, and more of them with --count.`

const topExample = `  wgctrl top
  wgctrl top wg0 --interval 1s
  wgctrl top --names '/etc/wireguard/*.conf' --names ~/peers.conf
  wgctrl top --count 10 --interval 1m > snapshots.txt`

// topFlags are what top can be told.
type topFlags struct {
	interval time.Duration
	count    int
	names    []string
}

func newTop(p *places) *cobra.Command {
	var f topFlags
	cmd := &cobra.Command{
		Use:               "top [DEVICE...]",
		Short:             "Show devices and peers live, with rates",
		Long:              topLong,
		Example:           topExample,
		ValidArgsFunction: p.completeDevices,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkInterval(f.interval); err != nil {
				return err
			}
			if cmd.Flags().Changed("count") && f.count < 1 {
				return errors.New("--count is less than 1")
			}
			return p.run(cmd, func(c *wgctrl.Client) error { return runTop(cmd, p, c, f, args) })
		},
	}
	flags := cmd.Flags()
	flags.DurationVar(&f.interval, "interval", 2*time.Second, "`time` between two readings of a device")
	flags.IntVar(&f.count, "count", 1, "print this `number` of snapshots as text")
	flags.StringArrayVar(&f.names, "names", []string{"/etc/wireguard/*.conf"}, "`files` with names of peers, may be given several times")
	return cmd
}

func runTop(cmd *cobra.Command, p *places, c *wgctrl.Client, f topFlags, devices []string) error {
	usualCollection()
	names, err := peerNames(f.names)
	if err != nil && cmd.Flags().Changed("names") { // few may read the usual files
		return err
	}
	board := top.NewBoard(top.Options{Interval: f.interval, PeerName: names, Reason: reason})
	view := top.NewView(board)
	view.ASCII = !speaksUTF8(os.LookupEnv)
	view.Nothing = nothingYet(*p, devices)
	events := func(ctx context.Context) iter.Seq2[wgtypes.Event, error] {
		return c.Watch(ctx, wgctrl.WatchOptions{Interval: f.interval, Devices: devices})
	}
	if cmd.Flags().Changed("count") || !canDraw(cmd.OutOrStdout()) {
		s := snapshots{board: board, view: view, interval: f.interval, left: f.count, places: p, named: newAbsence(devices)}
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

// nothingYet says why there are no devices.
func nothingYet(p places, devices []string) []string {
	if len(devices) > 0 {
		return []string{"no such device: waiting for " + strings.Join(devices, ", ")}
	}
	var b strings.Builder
	writeNoneFound(&b, p)
	return strings.Split(strings.TrimSpace(b.String()), "\n")
}

// canDraw reports a terminal on which the cursor can be moved.
func canDraw(w io.Writer) bool { return isTerminal(w) && os.Getenv("TERM") != "dumb" }

// speaksUTF8 reports whether the terminal shows more than ASCII, going by the
// locale, where that says it.
func speaksUTF8(lookup func(string) (string, bool)) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value, _ := lookup(name); value != "" {
			value = strings.ToLower(value)
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return runtime.GOOS == "windows" || runtime.GOOS == "darwin"
}

// snapshots prints what a View has, now and then, as text.
type snapshots struct {
	board    *top.Board
	view     *top.View
	interval time.Duration
	left     int
	places   *places
	named    absence
}

// run prints snapshots. Nothing of it goes on after it.
func (s *snapshots) run(cmd *cobra.Command, events topui.Events) error {
	ctx, cancel := context.WithCancel(cmd.Context())
	feed := make(chan wgtypes.Event)
	result := make(chan error, 1)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	tasks.Go(func() {
		defer close(result) // follow may have taken it
		result <- topui.Feed(ctx, events, feed)
	})
	if err := s.follow(cmd, feed, result); err != nil {
		return err
	}
	cancel()
	if err := <-result; err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if s.board.HasUnreadable() || s.named.any() {
		return errReported // in the snapshot, or beside it
	}
	return nil
}

// follow prints each snapshot half an interval after the readings that it shows,
// of which the first is the second of all, until the events end.
func (s *snapshots) follow(cmd *cobra.Command, feed <-chan wgtypes.Event, result <-chan error) error {
	var due <-chan time.Time
	for s.left > 0 {
		select {
		case e := <-feed:
			s.board.Apply(e)
			s.named.saw(e)
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

// print prints one snapshot. It says which of the named devices are not there, or
// where one looked if none was named and there is none.
func (s *snapshots) print(cmd *cobra.Command) error {
	s.left--
	s.named.report(cmd.Context(), s.places, cmd.ErrOrStderr())
	s.view.Look(time.Now())
	text := s.view.AppendText(nil)
	if s.left > 0 {
		text = append(text, '\n')
	}
	if _, err := cmd.OutOrStdout().Write(text); err != nil {
		return err
	}
	if s.board.Empty() && len(s.named) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), strings.Join(s.view.Nothing, "\n"))
	}
	return nil
}
