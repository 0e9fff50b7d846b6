package wgctrl

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const (
	// defaultInterval is how often devices are read if the caller does not say.
	defaultInterval = 5 * time.Second
	// minPatience is how long an answer is waited for at least: a large device
	// takes a while to read, whatever the interval is.
	minPatience = 5 * time.Second
)

// WatchOptions says what Watch watches. The zero value is the default.
type WatchOptions struct {
	// Interval is the time between two readings of each device; 0 is 5 seconds.
	// Nothing announces what changes within a device, so that it is seen at the
	// next reading.
	Interval time.Duration
	// Devices are the names of the devices to watch, whether they exist yet or
	// not, in every backend; none is all. A device that is renamed from one of
	// them to another name is removed, in the other direction it is added.
	Devices []string
}

// Watch yields what changes about devices and peers. It begins with what is
// there: an EventDeviceAdded for each device, followed by an EventPeerAdded for
// each of its peers; then comes one EventReady.
//
// That devices come, go or are renamed is seen at once, where the system tells
// (links of the Linux kernel, Unix sockets), and otherwise at the next reading,
// as is all else. Each device is read on its own, so that one that does not
// answer holds up no other; after the Interval, or 5 seconds if that is longer,
// it counts as unreadable. What cannot be read, listed or watched is an
// EventUnreadable, once until the reason changes or an EventReadable ends it; a
// device that was never read is added by its name alone. Events of one device
// are in order. Between two readings much can happen, of which the events tell
// the outcome.
//
// A loop may take its time: while it does not ask for the next event, nothing
// piles up, and then it is told what has become of everything by then. Watch
// keeps one state of each device in memory, with its keys. The goroutines that
// it starts end before the loop does; a device of this process (see WithDevice)
// is asked on them, and cannot be interrupted. Each loop over the result begins
// anew.
//
// An error is the last thing that it yields, an *OpError: the context's end,
// net.ErrClosed after Close, or an fs.ErrInvalid for malformed options.
func (c *Client) Watch(ctx context.Context, o WatchOptions) iter.Seq2[wgtypes.Event, error] {
	return func(yield func(wgtypes.Event, error) bool) {
		err := o.check()
		stopped := false
		if err == nil {
			stopped, err = c.watch(ctx, o, func(e wgtypes.Event) bool { return yield(e, nil) })
		}
		if !stopped {
			yield(wgtypes.Event{}, &OpError{Op: opWatch, Err: err})
		}
	}
}

// check returns a *wgtypes.FieldError for an option that means nothing.
func (o WatchOptions) check() error {
	if o.Interval < 0 {
		return &wgtypes.FieldError{Index: -1, Field: "Interval", Reason: fmt.Sprintf("%v is negative", o.Interval)}
	}
	for _, name := range o.Devices {
		if err := wginternal.CheckName(name, wginternal.MaxNameAny); err != nil {
			return err
		}
	}
	return nil
}
