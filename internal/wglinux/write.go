//go:build linux

package wglinux

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Configure applies c in as few messages as possible.
func (d *device) Configure(ctx context.Context, c wgtypes.Config, progress wginternal.Progress) error {
	c, err := d.b.numbered(ctx, c)
	if err != nil {
		return err
	}
	x, f, err := d.begin(ctx)
	if err != nil {
		return err
	}
	defer x.end()
	w := &writer{d: d, x: x, family: f, limit: nlwire.MaxSet, progress: progress, all: len(c.Peers)}
	if f.amnezia != 0 {
		if c, err = w.prepare(c); err != nil {
			return err
		}
	}
	rest, removals := wginternal.SplitRemovals(c)
	if !rest.IsZero() || len(removals.Peers) == 0 {
		err := w.write(rest)
		if err != nil || len(removals.Peers) == 0 {
			return w.partial(err, removals)
		}
	}
	return w.remove(removals)
}

// writer sends the parts of a change and records what became of them.
type writer struct {
	d      *device
	x      *exchange
	family family
	limit  int // of a message; smaller after the kernel refused one as too long
	// amnezia is what a change of AmneziaWG's parameters needs.
	amnezia amneziaChange
	// sent is true after the first set.
	sent bool

	applied []wgtypes.Config // acknowledged
	unknown wgtypes.Config   // sent but not acknowledged
	notSent []wgtypes.Config // or refused as a whole

	progress  wginternal.Progress // may be nil
	done, all int                 // peers
}

// write sends c in parts. After an error or the end of the context, it adds the
// remaining parts to notSent.
func (w *writer) write(c wgtypes.Config) (err error) {
	for part, size := range nlwire.Split(c, w.limit, w.family.amnezia) {
		if err == nil {
			err = w.x.ctx.Err()
		}
		if err == nil {
			err = w.send(part, size)
		} else {
			w.notSent = append(w.notSent, w.asked(part))
		}
	}
	return err
}

// send sends one part. If it is too long for the socket, send splits it.
func (w *writer) send(part wgtypes.Config, size int) error {
	least := nlwire.MinSet(&part, w.family.amnezia)
	if size > max(w.limit, least) {
		return w.write(part)
	}
	err := w.checkLink()
	if err == nil {
		w.sent = true
		err = w.x.request(size, func(b []byte, h nlwire.Header) []byte {
			h.Type = w.family.number
			return nlwire.AppendSet(b, h, w.d.link.Index, &part, w.family.amnezia)
		})
	}
	// Split cannot halve a message of less than twice its smallest limit.
	if errors.Is(err, unix.EMSGSIZE) && size > 2*least {
		w.limit = size / 2
		return w.write(part)
	}
	if err != nil {
		w.notSent = append(w.notSent, w.asked(part))
		return w.explain(err)
	}
	if err := w.x.acknowledged(); err != nil {
		return w.refused(w.asked(part), err)
	}
	w.applied = append(w.applied, w.asked(part))
	w.report(len(part.Peers))
	return nil
}

// refused records a part that the kernel did not acknowledge, and returns the error.
func (w *writer) refused(part wgtypes.Config, err error) error {
	if isErrno(err, unix.EPERM) {
		w.notSent = append(w.notSent, part) // the kernel checks the privilege before it applies anything
		return w.explain(err)
	}
	w.unknown = part
	return w.afterRefusal(part, err)
}

// report adds peers to the progress. A peer that is sent in several messages is
// counted more than once.
func (w *writer) report(peers int) {
	if w.done = min(w.done+peers, w.all); w.progress != nil {
		w.progress(w.done, w.all)
	}
}

func (w *writer) explain(err error) error { return w.d.b.explain(w.x.explain(err)) }

// partial returns a *PartialError for err, or nil if err is nil. NotSent includes
// after, a change that was to be sent next. If the kernel refused everything for a
// missing privilege, partial returns err itself.
func (w *writer) partial(err error, after wgtypes.Config) error {
	if err == nil || isErrno(err, unix.EPERM) && len(w.applied) == 0 && w.unknown.IsZero() {
		return err
	}
	return &wginternal.PartialError{
		Applied: wginternal.Join(w.applied), Unknown: w.unknown, NotSent: wginternal.Join(append(w.notSent, after)), Err: err,
	}
}
