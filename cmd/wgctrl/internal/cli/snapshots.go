package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/top"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/topui"
	"github.com/wgctrl/wgctrl/wgtypes"
)

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
	if s.board.Troubled() || s.named.any() {
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
