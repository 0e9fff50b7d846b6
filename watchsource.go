package wgctrl

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// source is a backend that is being watched.
type source struct {
	*watcher
	backend wginternal.Backend
	devices []*watched // in the order of the listing

	announcing bool        // a goroutine waits for announcements
	announced  atomic.Bool // it has heard something
	listing    bool        // a goroutine lists
	again      bool        // and what it finds may be out of date
	poll       bool        // read all that the listing finds, not the new ones alone
	listed     bool        // once at least

	listErr, announceErr error
	told                 trouble
}

// seen reports whether all that the source had in the beginning was told.
func (s *source) seen() bool {
	unread := func(d *watched) bool { return d.state == nil }
	return s.listed && !slices.ContainsFunc(s.devices, unread)
}

// announce waits for announcements, if the backend makes some and nobody does.
func (s *source) announce() {
	n, ok := s.backend.(wginternal.Notifier)
	if !ok || s.announcing {
		return
	}
	s.announcing = true
	s.running.Go(func() {
		err := n.Notify(s.tasks, func() {
			s.announced.Store(true)
			select {
			case s.woken <- struct{}{}:
			default: // it is awake, or about to be
			}
		})
		if err == nil {
			return // there is nothing to wait for
		}
		s.deliver(func() {
			s.announcing = false // until the next poll
			s.announceErr = opError(opWatch, s.ref(), err)
			s.tellTrouble()
		})
	})
}

// wake lists if there was an announcement, which says that they work.
func (s *source) wake() {
	if !s.announced.Swap(false) {
		return
	}
	if s.announcing {
		s.announceErr = nil
		s.tellTrouble()
	}
	s.list()
}

// ref stands for all the devices of the source.
func (s *source) ref() wgtypes.DeviceRef { return wgtypes.DeviceRef{Kind: s.backend.Kind()} }

func (s *source) tellTrouble() {
	s.tell(&s.told, s.ref(), errors.Join(s.listErr, s.announceErr))
}

// list lists the devices; once more afterwards if it is under way.
func (s *source) list() {
	if s.listing {
		s.again = true
		return
	}
	s.listing, s.again = true, false
	s.do(func(ctx context.Context) func() {
		refs, err := s.backend.List(ctx)
		err = opError(opList, s.ref(), s.late(ctx, err))
		return func() {
			s.listing, s.listed = false, true
			s.listErr = err
			s.tellTrouble()
			s.wasListed(refs, err == nil)
			if s.again {
				s.list()
			}
		}
	})
}

// wasListed compares a listing with what was known. If it is not complete, what
// is missing may be there all the same.
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

// found returns the devices of a listing, those that were known and new ones.
func (s *source) found(refs []wgtypes.DeviceRef) []*watched {
	known := make(map[wgtypes.DeviceRef]*watched, len(s.devices))
	for _, d := range s.devices {
		known[identity(d.ref)] = d
		d.listed = false
	}
	var found []*watched
	for _, ref := range refs {
		if len(s.names) > 0 && !slices.Contains(s.names, ref.Name) || s.client.checkRef(ref) != nil {
			continue
		}
		d := known[identity(ref)]
		if d == nil {
			d = &watched{source: s}
			known[identity(ref)] = d
		}
		if !d.listed {
			d.listed, d.ref = true, ref
			found = append(found, d)
		}
	}
	return found
}
