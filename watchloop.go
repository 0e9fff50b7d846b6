package wgctrl

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// watcher is a loop over a Watch. All of it belongs to the goroutine of the
// loop; others, which it starts, wait for notifications, list and read, and
// leave what is to be done with their results to the loop.
type watcher struct {
	client   *Client
	ctx      context.Context // the caller's
	closed   <-chan struct{} // the Client
	interval time.Duration
	patience time.Duration
	names    []string // nil for all
	yield    func(wgtypes.Event) bool

	tasks   context.Context // of the goroutines
	running sync.WaitGroup
	results chan result
	woken   chan struct{} // a source has something in its announced

	sources []*source
	queue   []*watched // to be read
	reading int

	at      time.Time // of the result at hand
	ready   bool
	stopped bool // the caller wants no more
}

// result is what came of a task. apply puts it in its place, in the loop.
type result struct {
	at    time.Time
	apply func()
}

// watch yields events until the caller wants no more, which it reports, or
// something ends it.
func (c *Client) watch(ctx context.Context, o WatchOptions, yield func(wgtypes.Event) bool) (stopped bool, err error) {
	tasks, cancel := context.WithCancel(ctx)
	w := &watcher{
		client: c, ctx: ctx, closed: c.life.closed, yield: yield, tasks: tasks, results: make(chan result), woken: make(chan struct{}, 1),
		interval: o.Interval, names: o.Devices, at: time.Now(),
	}
	if w.interval == 0 {
		w.interval = defaultInterval
	}
	w.patience = max(w.interval, minPatience)
	for _, b := range c.backends {
		w.sources = append(w.sources, &source{watcher: w, backend: b})
	}
	defer w.running.Wait()
	defer cancel()
	err = w.loop()
	return w.stopped, err
}

// loop returns nil when the caller wants no more.
func (w *watcher) loop() error {
	if err := w.ended(); err != nil {
		return err
	}
	w.poll()
	next := time.NewTimer(w.interval)
	defer next.Stop()
	for {
		w.tellReady()
		if w.stopped {
			return nil
		}
		select {
		case <-w.ctx.Done():
		case <-w.closed:
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

// poll looks at everything.
func (w *watcher) poll() {
	for _, s := range w.sources {
		s.announce()
		s.poll = true
		s.list()
	}
}

// ended returns what ends the loop, if something does.
func (w *watcher) ended() error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	return w.client.check()
}

// emit yields an event and reports whether more are wanted. What happens when
// the end has come is told no more.
func (w *watcher) emit(e wgtypes.Event) bool {
	if w.stopped || w.ended() != nil {
		return false
	}
	e.Time = w.at.Round(0).UTC() // without the monotonic clock
	w.stopped = !w.yield(e)
	return !w.stopped
}

// emitChanges yields what leads from one state of a device to the next.
func (w *watcher) emitChanges(previous, next *wgtypes.Device) {
	for e := range wginternal.Changes(previous, next) {
		if !w.emit(e) {
			return
		}
	}
}

// trouble is what stands in the way, as it was told last.
type trouble string

// tell yields what has become of a trouble, if that is something else than
// before. Equal texts are one reason: it is what the caller sees of it.
func (w *watcher) tell(t *trouble, ref wgtypes.DeviceRef, err error) {
	e := wgtypes.Event{Kind: wgtypes.EventReadable, Device: ref}
	var now trouble
	if err != nil {
		e.Kind, e.Err, now = wgtypes.EventUnreadable, err, trouble(err.Error())
	}
	if now != *t {
		*t = now
		w.emit(e)
	}
}

// tellReady yields the EventReady, once everything has been looked at.
func (w *watcher) tellReady() {
	unseen := func(s *source) bool { return !s.seen() }
	if !w.ready && !slices.ContainsFunc(w.sources, unseen) {
		w.ready = true
		w.emit(wgtypes.Event{Kind: wgtypes.EventReady})
	}
}

// do runs a task on a goroutine, with a bounded time, and then what it returns
// in the loop.
func (w *watcher) do(task func(ctx context.Context) (apply func())) {
	w.running.Go(func() {
		ctx, cancel := context.WithTimeout(w.tasks, w.patience)
		defer cancel()
		w.deliver(task(ctx))
	})
}

// deliver leaves apply to the loop, whenever that is ready for it.
func (w *watcher) deliver(apply func()) {
	select {
	case w.results <- result{time.Now(), apply}:
	case <-w.tasks.Done():
	}
}

// late returns the end of the bounded time in place of what it did to a task,
// which is not the same each time.
func (w *watcher) late(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("no answer within %v: %w", w.patience, ctx.Err())
}

// read reads the devices of the queue, so many at a time.
func (w *watcher) read() {
	for w.reading < maxReads && len(w.queue) > 0 {
		d := w.queue[0]
		w.queue = w.queue[1:]
		w.reading++
		ref := d.ref
		w.do(func(ctx context.Context) func() {
			dev, err := readRef(ctx, d.source.backend, ref)
			err = opError(opRead, ref, w.late(ctx, err))
			return func() {
				w.reading--
				d.busy = false
				d.wasRead(dev, err)
				w.read()
			}
		})
	}
}
