package wgtest_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/wgctrl/wgctrl/wgtest"
)

// lossyCarrier sends to another one in memory. It drops the first datagrams.
type lossyCarrier struct {
	other    *lossyCarrier
	drops    int
	err      error // of Send
	received chan []byte
}

func (c *lossyCarrier) Send(_ context.Context, _ netip.Addr, payload []byte) error {
	if c.drops > 0 {
		c.drops--
		return c.err
	}
	c.other.received <- bytes.Clone(payload)
	return c.err
}

func (c *lossyCarrier) Receive(ctx context.Context) ([]byte, error) {
	select {
	case payload := <-c.received:
		return payload, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// lossyEnds returns two ends. a and b drop their first datagrams.
func lossyEnds(a, b int) (endA, endB *wgtest.End, carrierA *lossyCarrier) {
	ca := &lossyCarrier{drops: a, received: make(chan []byte, 100)}
	cb := &lossyCarrier{drops: b, received: make(chan []byte, 100), other: ca}
	ca.other = cb
	return &wgtest.End{Carrier: ca}, &wgtest.End{Carrier: cb}, ca
}

func TestRoundTripCountsLosses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b, _ := lossyEnds(2, 3)
		if lost, err := wgtest.RoundTrip(t.Context(), a, b); lost != 5 || err != nil {
			t.Errorf("RoundTrip() = %d, %v, want 5 lost datagrams and no error", lost, err)
		}
		if lost, err := wgtest.RoundTrip(t.Context(), a, b); lost != 0 || err != nil {
			t.Errorf("RoundTrip() = %d, %v, want none lost and no error", lost, err)
		}
	})
}

// TestRoundTripIgnoresOthers has a late datagram of another call.
func TestRoundTripIgnoresOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b, ca := lossyEnds(1, 0)
		ca.other.received <- []byte("late")
		if lost, err := wgtest.RoundTrip(t.Context(), a, b); lost != 1 || err != nil {
			t.Errorf("RoundTrip() = %d, %v, want 1 lost datagram and no error", lost, err)
		}
	})
}

func TestRoundTripErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reason := errors.New("reason")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(reason)
		a, b, ca := lossyEnds(1, 0)
		if lost, err := wgtest.RoundTrip(ctx, a, b); lost != 0 || !errors.Is(err, reason) {
			t.Errorf("RoundTrip() with a canceled context = %d, %v, want 0, %v", lost, err, reason)
		}
		ca.err = reason
		if lost, err := wgtest.RoundTrip(t.Context(), a, b); lost != 0 || !errors.Is(err, reason) {
			t.Errorf("RoundTrip() when Send fails = %d, %v, want 0, %v", lost, err, reason)
		}
		ca.err = nil
		a, b, _ = lossyEnds(0, 1<<30) // the second direction loses everything
		ctx, stop := context.WithTimeout(t.Context(), 1<<30)
		defer stop()
		if lost, err := wgtest.RoundTrip(ctx, a, b); lost < 1 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("RoundTrip() = %d, %v, want at least 1 lost datagram and %v", lost, err, context.DeadlineExceeded)
		}
	})
}
