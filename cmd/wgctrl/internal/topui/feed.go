package topui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/wgctrl/wgctrl/wgtypes"
)

const (
	// framesPerSecond is how often the screen is drawn at most.
	framesPerSecond = 20
	// settle is how long events are collected into a batch, as those of one
	// reading follow each other quickly.
	settle = 20 * time.Millisecond
	// maxBatch is the largest number of events in a batch.
	maxBatch = 1 << 15
)

// Messages to the model.
type (
	batch []wgtypes.Event
	tick  struct{}
	ended struct{ err error } // of the events
)

// Feed sends events until they end or ctx ends, and returns the reason. A slow
// receiver slows down the events, as Watch expects.
func Feed(ctx context.Context, events Events, to chan<- wgtypes.Event) error {
	for e, err := range events(ctx) {
		if err != nil {
			return err
		}
		select {
		case to <- e:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err() // a Watch ends without an error when it is cancelled
}

// pump sends events, several at a time, and a tick each second.
func pump(ctx context.Context, events <-chan wgtypes.Event, send func(tea.Msg)) {
	seconds := time.NewTicker(time.Second)
	defer seconds.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-seconds.C:
			send(tick{})
		case e := <-events:
			send(gather(ctx, e, events))
		}
	}
}

// gather returns an event and those that follow it closely.
func gather(ctx context.Context, first wgtypes.Event, events <-chan wgtypes.Event) batch {
	gathered := batch{first}
	settled := time.NewTimer(settle)
	defer settled.Stop()
	for len(gathered) < maxBatch {
		select {
		case e := <-events:
			gathered = append(gathered, e)
		case <-settled.C:
			return gathered
		case <-ctx.Done():
			return gathered
		}
	}
	return gathered
}
