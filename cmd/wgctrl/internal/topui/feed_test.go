package topui

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// series returns Events that yield these kinds and then err, unless it is nil.
func series(err error, kinds ...wgtypes.EventKind) Events {
	return func(context.Context) iter.Seq2[wgtypes.Event, error] {
		return func(yield func(wgtypes.Event, error) bool) {
			for _, k := range kinds {
				if !yield(wgtypes.Event{Kind: k}, nil) {
					return
				}
			}
			if err != nil {
				yield(wgtypes.Event{}, err)
			}
		}
	}
}

// TestFeed checks that Feed sends all events and returns why they ended.
func TestFeed(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	kinds := []wgtypes.EventKind{wgtypes.EventDeviceAdded, wgtypes.EventPeerAdded, wgtypes.EventReady}
	for _, want := range []error{nil, broken} {
		to := make(chan wgtypes.Event, len(kinds))
		if err := Feed(t.Context(), series(want, kinds...), to); err != want {
			t.Errorf("Feed = %v, want %v", err, want)
		}
		close(to)
		var got []wgtypes.EventKind
		for e := range to {
			got = append(got, e.Kind)
		}
		if !slices.Equal(got, kinds) {
			t.Errorf("Feed sends %v, want %v", got, kinds)
		}
	}
}

// TestFeedCancelled checks that Feed ends while nobody receives.
func TestFeedCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Feed(ctx, series(nil, wgtypes.EventReady), make(chan wgtypes.Event)); err != context.Canceled {
		t.Errorf("Feed = %v, want %v", err, context.Canceled)
	}
	if err := Feed(ctx, series(nil), nil); err != context.Canceled {
		t.Errorf("Feed without events = %v, want %v", err, context.Canceled)
	}
}

// TestPump checks that events which follow each other closely come in one batch, in
// order, and that there is a tick each second.
func TestPump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		events := make(chan wgtypes.Event)
		var sent []tea.Msg
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			pump(ctx, events, func(m tea.Msg) { sent = append(sent, m) })
		}()
		events <- wgtypes.Event{Kind: wgtypes.EventDeviceAdded}
		time.Sleep(settle / 2)
		events <- wgtypes.Event{Kind: wgtypes.EventPeerAdded}
		time.Sleep(settle)
		events <- wgtypes.Event{Kind: wgtypes.EventReady}
		time.Sleep(2500 * time.Millisecond)
		cancel()
		<-ended
		var got [][]wgtypes.EventKind
		ticks := 0
		for _, m := range sent {
			switch m := m.(type) {
			case tick:
				ticks++
			case batch:
				var kinds []wgtypes.EventKind
				for _, e := range m {
					kinds = append(kinds, e.Kind)
				}
				got = append(got, kinds)
			}
		}
		want := [][]wgtypes.EventKind{{wgtypes.EventDeviceAdded, wgtypes.EventPeerAdded}, {wgtypes.EventReady}}
		if !slices.EqualFunc(got, want, slices.Equal) || ticks != 2 {
			t.Errorf("pump sends the batches %v and %d ticks, want %v and 2", got, ticks, want)
		}
	})
}

// TestGatherLimit checks that an endless series of events gives batches of limited
// size.
func TestGatherLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		events := make(chan wgtypes.Event)
		go func() {
			for {
				select {
				case events <- wgtypes.Event{}:
				case <-ctx.Done():
					return
				}
			}
		}()
		if got := len(gather(ctx, wgtypes.Event{}, events)); got != maxBatch {
			t.Errorf("gather returns %d events, want %d", got, maxBatch)
		}
		cancel()
		if got := gather(ctx, wgtypes.Event{Kind: wgtypes.EventReady}, nil); len(got) != 1 || got[0].Kind != wgtypes.EventReady {
			t.Errorf("gather after the end = %v, want the first event", got)
		}
	})
}
