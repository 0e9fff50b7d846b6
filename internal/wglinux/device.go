//go:build linux

package wglinux

import (
	"context"
	"fmt"
	"io"
	"io/fs"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// device is a link of the family's kind. Requests select it by its index, which
// does not change when the link is renamed.
type device struct {
	b    *Backend
	link nlwire.Link
}

func (d *device) Ref() wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: d.link.Name, Kind: d.b.kind, Index: int(d.link.Index)}
}

func (d *device) Close() error { return nil }

// Read begins a dump.
func (d *device) Read(ctx context.Context) (wginternal.Reader, error) {
	if number := d.b.readFamily(); number != 0 {
		x, err := d.b.genl.begin(ctx)
		if err != nil {
			return nil, err
		}
		r, err := d.read(x, family{number: number})
		if err == nil || !isStale(err) {
			return r, err
		}
	}
	x, f, err := d.begin(ctx)
	if err != nil {
		return nil, err
	}
	return d.read(x, f)
}

// listed is a device that List found.
type listed struct{ d device }

// Read begins a dump. If another kind of link has got the index since, the device was
// removed.
func (l *listed) Read(ctx context.Context) (wginternal.Reader, error) {
	r, err := l.d.Read(ctx)
	if isErrno(err, unix.EOPNOTSUPP) {
		err = wginternal.Tag(fs.ErrNotExist, err)
	}
	return r, err
}

// read begins a dump over x, which the Reader ends.
func (d *device) read(x *exchange, f family) (wginternal.Reader, error) {
	err := x.get(f.number, d.link.Index)
	r := &reader{d: d, x: x, family: f.number, dec: nlwire.Decoder{Amnezia: f.amnezia}}
	if err != nil {
		r.fail(err)
	} else {
		r.receive()
	}
	if r.err == nil || r.err == io.EOF {
		if err := d.check(&r.dec); err != nil {
			r.err = err
		}
	}
	if r.err != nil && r.err != io.EOF {
		_ = r.Close()
		return nil, r.err
	}
	return r, nil
}

// get sends the request for a dump.
func (x *exchange) get(family uint16, index uint32) error {
	return x.request(smallRequest, func(b []byte, h nlwire.Header) []byte {
		h.Type = family
		return nlwire.AppendGet(b, h, index)
	})
}

// check returns an error if the first message of a dump describes another device.
func (d *device) check(dec *nlwire.Decoder) error {
	if got := dec.Device().Index; got != int(d.link.Index) {
		return fmt.Errorf("%w: reply describes device %d, want %d", nlwire.ErrMalformed, got, d.link.Index)
	}
	return nil
}

// reader reads a dump, message by message.
type reader struct {
	d      *device
	x      *exchange
	family uint16
	dec    nlwire.Decoder
	zones  map[string]string // names of the scopes seen so far
	err    error             // result of Next after the last peer
}

func (r *reader) Device() *wgtypes.Device {
	dev := r.dec.Device()
	dev.Kind = r.d.b.kind
	return &dev
}

func (r *reader) Next(p *wgtypes.Peer) error {
	// After an error the connection may have been reused, so do not decode.
	for r.err == nil {
		if r.dec.Next(p) {
			return r.resolveZone(p)
		}
		if err := r.dec.Err(); err != nil {
			r.fail(err)
		} else {
			r.receive()
		}
	}
	if r.err == io.EOF || r.err == wginternal.ErrInterrupted {
		if r.dec.End(p) {
			return r.resolveZone(p)
		}
	}
	return r.err
}

// resolveZone names the zone of p's endpoint. An error ends the dump.
func (r *reader) resolveZone(p *wgtypes.Peer) error {
	err := r.name(p)
	if err != nil {
		r.fail(err)
		err = r.err
	}
	return err
}

// receive receives a message and passes it to the decoder.
func (r *reader) receive() {
	payload, err := r.message()
	if err == nil {
		err = r.dec.Feed(payload)
	}
	if err != nil {
		r.fail(err)
	}
}

func (r *reader) message() ([]byte, error) { return r.x.message(r.family) }

// message returns the next message of a dump.
func (x *exchange) message(family uint16) ([]byte, error) {
	h, payload, err := x.next()
	if err == nil && h.Type != family {
		err = fmt.Errorf("%w: reply has type %d, not %d", nlwire.ErrMalformed, h.Type, family)
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
		if p := &peers[i]; !p.Endpoint.Addr().Is4() { // IPv4 has no zones
			err = r.name(p)
		}
	}
	if err == nil {
		err = io.EOF
	}
	if r.fail(err); r.err != io.EOF {
		return nil, r.err
	}
	if len(peers) == 0 {
		return nil, nil // as Collect does
	}
	return peers, nil
}

// fail records how the dump ended (io.EOF if it succeeded) and ends the exchange.
func (r *reader) fail(err error) {
	r.err = err
	if err != io.EOF {
		r.err = r.d.b.explain(r.x.explain(err))
	}
	_ = r.Close()
}

// Close ends the exchange. It closes the connection if the dump is not complete.
func (r *reader) Close() error {
	r.x.end()
	if r.err == nil {
		r.err = fs.ErrClosed
	}
	return nil
}
