package cli

import (
	"context"
	"sync/atomic"
)

// traffic is round trips, one after the other, while something else is done.
type traffic struct {
	trips   atomic.Int64
	arrived chan struct{} // tells await to look at trips
	ended   chan struct{} // closed after err was set
	err     error
	quit    atomic.Bool
}

func startTraffic(ctx context.Context, a, b *end) *traffic {
	t := &traffic{arrived: make(chan struct{}, 1), ended: make(chan struct{})}
	go func() {
		defer close(t.ended)
		t.err = t.run(ctx, a, b)
	}()
	return t
}

// run goes on until quit is set, and ends after a whole round trip.
func (t *traffic) run(ctx context.Context, a, b *end) error {
	for i := 0; !t.quit.Load(); i++ {
		if err := roundTrip(ctx, a, b, i); err != nil {
			return err
		}
		t.trips.Add(1)
		select {
		case t.arrived <- struct{}{}:
		default:
		}
	}
	return nil
}

// await returns after n more round trips, or with what ended them.
func (t *traffic) await(ctx context.Context, n int64) error {
	for enough := t.trips.Load() + n; t.trips.Load() < enough; {
		select {
		case <-t.arrived:
		case <-t.ended:
			return t.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// stop ends the traffic and returns what went wrong with it. It may be called
// twice.
func (t *traffic) stop() error {
	t.quit.Store(true)
	<-t.ended
	return t.err
}
