package wgctrl

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync/atomic"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// source is a backend that is being watched.
type source struct {
	*watcher
	backend wginternal.Backend
	devices []*watched // in the order of the listing

	subscribed bool        // a goroutine waits for notifications
	notified   atomic.Bool // that goroutine got a notification
	listing    bool        // a goroutine lists
	again      bool        // the listing may be out of date: list again
	poll       bool        // read all devices that the listing finds, not only new ones
	listed     bool        // at least once

	listErr, notifyErr error
	last               lastError
}

// complete reports whether all devices that the source had at the start were
// reported.
func (s *source) complete() bool {
	unread := func(d *watched) bool { return d.state == nil }
	return s.listed && !slices.ContainsFunc(s.devices, unread)
}

// subscribe starts to wait for notifications, if the backend has them and no
// goroutine waits already.
func (s *source) subscribe() {
	n, ok := s.backend.(wginternal.Notifier)
	if !ok || s.subscribed {
		return
	}
	s.subscribed = true
	s.running.Go(func() {
		err := n.Notify(s.tasks, func() {
			s.notified.Store(true)
			select {
			case s.woken <- struct{}{}:
			default: // the loop will look at all sources
			}
		})
		s.deliver(func() {
			s.subscribed = false // until the next poll
			s.notifyErr = opError(opWatch, s.ref(), err)
			s.emitErrors()
		})
	})
}

// wake lists if there was a notification. It also shows that notifications work.
func (s *source) wake() {
	if !s.notified.Swap(false) {
		return
	}
	if s.subscribed {
		s.notifyErr = nil
		s.emitErrors()
	}
	s.list()
}

// ref returns a reference to all devices of the source.
func (s *source) ref() wgtypes.DeviceRef { return wgtypes.DeviceRef{Kind: s.backend.Kind()} }

func (s *source) emitErrors() {
	s.emitError(&s.last, s.ref(), join(s.listErr, s.notifyErr))
}

// list lists the devices. If a listing is in progress, list starts another one
// after it.
func (s *source) list() {
	if s.listing {
		s.again = true
		return
	}
	s.listing, s.again = true, false
	s.do(func(ctx context.Context) func() {
		refs, err := s.backend.List(ctx)
		refs = s.named(ctx, refs)
		err = opError(opList, s.ref(), s.timeoutError(ctx, err))
		return func() {
			s.listing, s.listed = false, true
			s.listErr = err
			s.emitErrors()
			s.wasListed(refs, err == nil)
			if s.again {
				s.list()
			}
		}
	})
}

// named returns the devices of a listing that are to be watched. A name that is not in
// the listing may be another name of a device, such as an alternative name of a link
// (see ip-link(8)), which Open resolves.
func (s *source) named(ctx context.Context, refs []wgtypes.DeviceRef) []wgtypes.DeviceRef {
	if len(s.names) == 0 {
		return refs
	}
	var watched []wgtypes.DeviceRef
	for _, ref := range refs {
		if slices.Contains(s.names, ref.Name) {
			watched = append(watched, ref)
		}
	}
	for _, name := range s.names {
		if slices.ContainsFunc(refs, func(ref wgtypes.DeviceRef) bool { return ref.Name == name }) {
			continue
		}
		d, err := s.backend.Open(ctx, name)
		if err != nil {
			continue // the listing reports errors
		}
		if ref := d.Ref(); ref.Name != name {
			watched = append(watched, ref)
		}
		_ = d.Close() // only an opened connection
	}
	return watched
}

// wasListed compares a listing with the known devices. A device that is missing
// from an incomplete listing may still exist.
func (s *source) wasListed(refs []wgtypes.DeviceRef, complete bool) {
	found := s.found(refs)
	for _, d := range s.devices {
		switch {
		case d.listed:
		case complete:
			d.remove()
		default:
			found = append(found, d)
		}
	}
	s.devices = found
	for _, d := range found {
		d.rename()
		if s.poll || d.state == nil {
			d.enqueue()
		}
	}
	s.poll = false
	s.read()
}

// found returns the devices of a listing, known and new ones.
func (s *source) found(refs []wgtypes.DeviceRef) []*watched {
	known := make(map[wgtypes.DeviceRef]*watched, len(s.devices))
	for _, d := range s.devices {
		known[d.ref.Identity()] = d
		d.listed = false
	}
	var found []*watched
	for _, ref := range refs {
		if s.client.checkRef(ref) != nil {
			continue
		}
		d := known[ref.Identity()]
		if d == nil {
			d = &watched{source: s}
			known[ref.Identity()] = d
		}
		if !d.listed {
			d.listed, d.ref = true, ref
			found = append(found, d)
		}
	}
	return found
}

// watched is a device that is being watched.
type watched struct {
	source  *source
	ref     wgtypes.DeviceRef // as listed last
	listed  bool              // by the last listing
	removed bool
	busy    bool // it is in the queue or being read
	missing bool // the last reading did not find it

	state *wgtypes.Device // as reported last; nil if not yet reported
	at    time.Time       // when the state was read
	last  lastError

	unanswered wginternal.Unanswered
}

// rename reports the name of the last listing, if it is new.
func (d *watched) rename() {
	if d.state != nil && d.state.Name != d.ref.Name {
		renamed := *d.state
		renamed.Name = d.ref.Name
		d.become(&renamed, d.at) // the peers are as before
	}
}

func (d *watched) remove() {
	d.removed = true
	d.become(nil, d.source.at)
}

// become reports the changes to the next state, which was read at the time at. It
// is nil for a removed device.
func (d *watched) become(next *wgtypes.Device, at time.Time) {
	previous, before := d.state, d.at
	d.state, d.at = next, at
	for e := range wginternal.Changes(previous, next, before, at) {
		if !d.source.emit(e) {
			return
		}
		if d.unanswered.Apply(&e, next, before, at) {
			if !d.source.emit(wgtypes.Event{Kind: wgtypes.EventUnanswered, Device: e.Device, NewPeer: e.NewPeer}) {
				return
			}
		}
	}
}

func (d *watched) enqueue() {
	if !d.busy {
		d.busy = true
		d.source.queue = append(d.source.queue, d)
	}
}

// wasRead reports what the result of a reading changes.
func (d *watched) wasRead(dev *wgtypes.Device, err error) {
	now := d.source.at
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case d.removed:
	case err == nil:
		// The name is that of the last listing: the reading may be older.
		dev.Name, dev.Kind, dev.Index = d.ref.Name, d.ref.Kind, d.ref.Index
		d.source.emitError(&d.last, d.ref, nil)
		d.become(dev, now)
	case missing && !d.listed:
		d.vanish()
	case missing && !d.missing:
		// It was just removed or renamed. The next listing shows which.
		d.source.list()
	default:
		if d.state == nil {
			d.become(&wgtypes.Device{Name: d.ref.Name, Kind: d.ref.Kind, Index: d.ref.Index}, now)
		}
		d.source.emitError(&d.last, d.ref, err)
	}
	d.missing = missing
}

// vanish removes a device that neither a listing nor a reading found.
func (d *watched) vanish() {
	d.source.devices = slices.DeleteFunc(d.source.devices, func(o *watched) bool { return o == d })
	d.remove()
}
