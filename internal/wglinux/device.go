//go:build linux

package wglinux

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// device is a link that is known to be the family's. Requests select it by
// its index, which survives renaming and is not taken over by a link that gets
// its name.
type device struct {
	b    *Backend
	link nlwire.Link
}

func (d *device) Ref() wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: d.link.Name, Kind: wgtypes.KindKernel, Index: int(d.link.Index)}
}

func (d *device) Close() error { return nil }

// begin takes a connection to the family. The family's number is asked for
// each time: it changes when the module is loaded again, and may by then be
// another family's, for which our numbers would mean something else.
func (d *device) begin(ctx context.Context) (x *exchange, family uint16, err error) {
	x, err = d.b.genl.begin(ctx)
	if err != nil {
		return nil, 0, err
	}
	family, err = x.t.Family(d.b.family)
	if err == nil {
		return x, family, nil
	}
	// What is left of the answer is not known.
	x.pending = true
	err = x.explain(err)
	x.end()
	if errors.Is(err, fs.ErrNotExist) {
		err = wginternal.Tag(errors.ErrUnsupported,
			fmt.Errorf("the kernel has no netlink family %q: is its module loaded?", d.b.family))
	}
	return nil, 0, err
}

// Read begins a dump.
func (d *device) Read(ctx context.Context) (wginternal.Reader, error) {
	x, family, err := d.begin(ctx)
	if err != nil {
		return nil, err
	}
	err = x.request(smallRequest, func(b []byte, h nlwire.Header) []byte {
		h.Type = family
		return nlwire.AppendGet(b, h, d.link.Index)
	})
	r := &reader{d: d, x: x, family: family}
	if err != nil {
		r.fail(err)
	} else {
		r.feed()
	}
	if r.err == nil || r.err == io.EOF {
		if got := r.dec.Device().Index; got != int(d.link.Index) {
			r.err = fmt.Errorf("%w: it is of device %d in place of %d", nlwire.ErrMalformed, got, d.link.Index)
		}
	}
	if r.err != nil && r.err != io.EOF {
		_ = r.Close()
		return nil, r.err
	}
	return r, nil
}

// reader reads a dump, message by message.
type reader struct {
	d      *device
	x      *exchange
	family uint16
	dec    nlwire.Decoder
	zones  map[string]string // names of the scopes seen so far
	err    error             // what Next returns after the last peer
}

func (r *reader) Device() *wgtypes.Device {
	dev := r.dec.Device()
	dev.Kind = wgtypes.KindKernel
	return &dev
}

func (r *reader) Next(p *wgtypes.Peer) error {
	// NB: once there is an error, what the decoder points to is not ours.
	for r.err == nil {
		if r.dec.Next(p) {
			return r.give(p)
		}
		if err := r.dec.Err(); err != nil {
			r.fail(err)
		} else {
			r.feed()
		}
	}
	if r.err == io.EOF || r.err == wginternal.ErrInterrupted {
		if r.dec.End(p) {
			return r.give(p)
		}
	}
	return r.err
}

// give makes p what the caller gets.
func (r *reader) give(p *wgtypes.Peer) error {
	err := r.name(p)
	if err != nil {
		r.fail(err)
		err = r.err
	}
	return err
}

// feed receives a message.
func (r *reader) feed() {
	payload, err := r.message()
	if err == nil {
		err = r.dec.Feed(payload)
	}
	if err != nil {
		r.fail(err)
	}
}

func (r *reader) message() ([]byte, error) {
	h, payload, err := r.x.next()
	if err == nil && h.Type != r.family {
		err = fmt.Errorf("%w: it has type %d in place of %d", nlwire.ErrMalformed, h.Type, r.family)
	}
	return payload, err
}

// Rest receives the whole answer before it decodes any of it, so that it can
// allocate lists of the right size: growing lists costs more than decoding. It
// also makes the dump shorter, and so less often interrupted.
func (r *reader) Rest(progress wginternal.Progress) (peers []wgtypes.Peer, err error) {
	if r.err != nil {
		return nil, r.err
	}
	r.x.keep()
	var messages [][]byte
	for err == nil {
		var payload []byte
		if payload, err = r.message(); err == nil {
			messages = append(messages, payload)
		}
	}
	if err == io.EOF {
		peers, err = r.dec.Rest(messages, progress)
	}
	for i := 0; err == nil && i < len(peers); i++ {
		err = r.name(&peers[i])
	}
	if err == nil {
		err = io.EOF
	}
	if r.fail(err); r.err != io.EOF {
		return nil, r.err
	}
	if len(peers) == 0 {
		return nil, nil // as if they had been collected one by one
	}
	return peers, nil
}

// fail notes how the dump ended, well or not, and gives the connection back.
func (r *reader) fail(err error) {
	r.err = err
	if err != io.EOF {
		r.err = r.d.b.explain(r.x.explain(err))
	}
	_ = r.Close()
}

// Close ends the exchange; in the middle of a dump that drops the connection.
func (r *reader) Close() error {
	r.x.end()
	if r.err == nil {
		r.err = fs.ErrClosed
	}
	return nil
}
