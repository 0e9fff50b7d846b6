package wgctrl

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

const (
	// defaultInterval is the interval if the caller sets none.
	defaultInterval = 5 * time.Second
	// minTimeout is the shortest timeout of a reading, because a large device takes
	// long to read even if the interval is short. It is longer than the default
	// reply timeout, so that a silent daemon always fails with the same error.
	minTimeout = 10 * time.Second
)

// WatchOptions configures [Client.Watch]. The zero value watches all devices.
type WatchOptions struct {
	// Interval is the time between two polls of each device. Zero means 5
	// seconds; a negative value is invalid. Systems do not notify about changes
	// within a device, so that they are reported at the next poll.
	Interval time.Duration
	// Devices are the names of the devices to watch, in every backend, or
	// alternative names of Linux interfaces. The devices need not exist yet. If
	// Devices is empty, all devices are watched. A device that is renamed to a name
	// in Devices is reported as added, and one that is renamed to another name as
	// removed.
	Devices []string
}

// Watch yields the changes of devices and peers. It starts with the current
// state: an EventDeviceAdded for each device, followed by an EventPeerAdded for
// each of its peers and an EventConnected for each peer that has a session. One
// EventReady ends the current state.
//
// Added, removed and renamed devices are reported immediately where the system
// notifies (kernel devices except on Windows, Unix sockets); everything else is
// reported at the next poll. This includes EventDisconnected, which follows when a poll
// finds no handshake within the last 180 seconds, and EventUnanswered, which follows
// when polls find for 20 seconds that a peer should have answered.
//
// Watch reads devices concurrently, so a device that does not answer does not
// delay others. A reading fails if it takes longer than the Interval, or than 10
// seconds if the Interval is shorter. A device or backend that cannot be read,
// listed or watched is reported as EventUnreadable, again whenever the error
// changes, and as EventReadable when it can be read again. A device that was never
// read is added with only its name, kind and index. The events of one device are in
// order.
//
// A slow consumer loses no state: changes that happen between two iterations are
// merged into the net change. Watch keeps the last state of each device in memory,
// including its keys. The goroutines that Watch starts end before the loop ends,
// which may have to wait for a call to a device of this process (see [WithDevice]),
// because such a call cannot be interrupted. Each loop over the result starts a new
// watch.
//
// If ctx is cancelled, the loop ends without an error. Otherwise it ends with an
// [*OpError] that wraps context.DeadlineExceeded after the deadline of ctx,
// net.ErrClosed after Close, or fs.ErrInvalid for invalid options.
func (c *Client) Watch(ctx context.Context, o WatchOptions) iter.Seq2[wgtypes.Event, error] {
	return func(yield func(wgtypes.Event, error) bool) {
		err := c.checkWatch(o)
		stopped := false
		if err == nil {
			stopped, err = c.watch(ctx, o, func(e wgtypes.Event) bool { return yield(e, nil) })
		}
		if !stopped && err != context.Canceled {
			yield(wgtypes.Event{}, &OpError{Op: opWatch, Kind: c.kind(), Err: err})
		}
	}
}

// checkWatch returns a *wgtypes.FieldError for an invalid option.
func (c *Client) checkWatch(o WatchOptions) error {
	if o.Interval < 0 {
		return invalidField("Interval", "invalid interval %v: must not be negative", o.Interval)
	}
	for _, name := range o.Devices {
		if err := c.checkName(name); err != nil {
			return err
		}
	}
	return nil
}

// watcher is a loop over a Watch. Its fields belong to the goroutine of the loop.
// The loop starts other goroutines, which wait for notifications, list and read.
// They deliver a function for each result, which the loop calls.
type watcher struct {
	client   *Client
	ctx      context.Context // the caller's
	interval time.Duration
	timeout  time.Duration // of a task
	names    []string      // empty for all
	yield    func(wgtypes.Event) bool

	tasks   context.Context // of the goroutines
	running sync.WaitGroup
	results chan result
	woken   chan struct{} // a source was notified

	sources []*source
	queue   []*watched // to be read
	reading int

	at      time.Time // of the current result
	ready   bool
	stopped bool // the caller wants no more events
}

// result is the result of a task.
type result struct {
	at    time.Time
	apply func()
}

// watch yields events until the caller stops the loop or an error occurs. stopped
// reports whether the caller stopped.
func (c *Client) watch(ctx context.Context, o WatchOptions, yield func(wgtypes.Event) bool) (stopped bool, err error) {
	tasks, cancel := context.WithCancel(ctx)
	w := &watcher{
		client: c, ctx: ctx, yield: yield, tasks: tasks, results: make(chan result), woken: make(chan struct{}, 1),
		interval: o.Interval, names: o.Devices, at: time.Now(),
	}
	if w.interval == 0 {
		w.interval = defaultInterval
	}
	w.timeout = max(w.interval, minTimeout)
	for _, b := range c.backends {
		w.sources = append(w.sources, &source{watcher: w, backend: b})
	}
	defer w.running.Wait()
	defer cancel()
	err = w.loop()
	return w.stopped, err
}

// loop returns nil when the caller wants no more events.
func (w *watcher) loop() error {
	if err := w.ended(); err != nil {
		return err
	}
	w.poll()
	next := time.NewTimer(w.interval)
	defer next.Stop()
	for {
		w.emitReady()
		if w.stopped {
			return nil
		}
		select {
		case <-w.ctx.Done():
		case <-w.client.life.closed:
		case <-w.woken:
			w.at = time.Now()
			for _, s := range w.sources {
				s.wake()
			}
		case r := <-w.results:
			w.at = r.at
			r.apply()
		case <-next.C:
			w.at = time.Now()
			w.poll()
			next.Reset(w.interval)
		}
		if err := w.ended(); err != nil && !w.stopped {
			return err
		}
	}
}

// poll lists all devices and reads them.
func (w *watcher) poll() {
	for _, s := range w.sources {
		s.subscribe()
		s.poll = true
		s.list()
	}
}

// ended returns the error that ends the loop, if there is one.
func (w *watcher) ended() error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	return w.client.check()
}

// emit yields an event and reports whether the caller wants more. It yields
// nothing after the end.
func (w *watcher) emit(e wgtypes.Event) bool {
	if w.stopped || w.ended() != nil {
		return false
	}
	e.Time = w.at.UTC() // also without the monotonic clock
	w.stopped = !w.yield(e)
	return !w.stopped
}

// lastError is the text of the error that was reported last, or "" for none.
type lastError string

// emitError yields an event if the error differs from the one reported last.
// Errors with equal texts are the same error to the caller.
func (w *watcher) emitError(last *lastError, ref wgtypes.DeviceRef, err error) {
	e := wgtypes.Event{Kind: wgtypes.EventReadable, Device: ref}
	var now lastError
	if err != nil {
		e.Kind, e.Err, now = wgtypes.EventUnreadable, err, lastError(err.Error())
	}
	if now != *last {
		*last = now
		w.emit(e)
	}
}

// emitReady yields the EventReady, once every source has reported its devices.
func (w *watcher) emitReady() {
	pending := func(s *source) bool { return !s.complete() }
	if !w.ready && !slices.ContainsFunc(w.sources, pending) {
		w.ready = true
		w.emit(wgtypes.Event{Kind: wgtypes.EventReady})
	}
}

// do runs a task on a goroutine, with the timeout. The loop calls the function
// that the task returns.
func (w *watcher) do(task func(ctx context.Context) (apply func())) {
	w.running.Go(func() {
		ctx, cancel := context.WithTimeout(w.tasks, w.timeout)
		defer cancel()
		w.deliver(task(ctx))
	})
}

// deliver waits until the loop takes apply.
func (w *watcher) deliver(apply func()) {
	select {
	case w.results <- result{time.Now(), apply}:
	case <-w.tasks.Done():
	}
}

// timeoutError replaces the error of a task that timed out, because the errors that
// a timeout causes differ each time.
func (w *watcher) timeoutError(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("no answer within %v: %w", w.timeout, ctx.Err())
}

// read reads the devices of the queue, at most maxReads at a time.
func (w *watcher) read() {
	for w.reading < maxReads && len(w.queue) > 0 {
		d := w.queue[0]
		w.queue = w.queue[1:]
		w.reading++
		ref := d.ref
		w.do(func(ctx context.Context) func() {
			dev, err := readRef(ctx, d.source.backend, ref, nil)
			err = opError(opRead, ref, w.timeoutError(ctx, err))
			return func() {
				w.reading--
				d.busy = false
				d.wasRead(dev, err)
				w.read()
			}
		})
	}
}
