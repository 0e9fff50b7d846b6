package wgctrl

import (
	"context"
	"io"
	"iter"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A Reader reads a device peer by peer, in memory that one peer bounds. It has
// a connection of its own, so that the Client may be used while it is open, for
// the same device too. Close it.
//
// It belongs to one goroutine at a time.
type Reader struct {
	ref  wgtypes.DeviceRef
	r    wginternal.Reader
	dev  *wgtypes.Device
	done bool
}

// Read begins to read the device of that name, from the first backend that has
// it. The context holds for the Reader as long as it lives. Errors are as for
// Device.
func (c *Client) Read(ctx context.Context, name string) (*Reader, error) {
	d, err := c.open(ctx, opRead, name, wgtypes.KindUnknown)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	r, err := d.Read(ctx)
	if err != nil {
		return nil, opError(opRead, d.Ref(), err)
	}
	return &Reader{ref: d.Ref(), r: r, dev: r.Device()}, nil
}

// Device returns the device without its peers.
func (r *Reader) Device() *wgtypes.Device { return r.dev }

// Peers yields the peers. An error is the last that it yields. A device that
// changes while it is read ends with ErrInterrupted after its last peer, and
// what was yielded before is not a state that it was in: the Reader cannot
// take it back. (Only kernel devices do that; the others answer with a
// snapshot.)
//
// A loop that ends early may be followed by another one, which goes on.
func (r *Reader) Peers() iter.Seq2[wgtypes.Peer, error] {
	return func(yield func(wgtypes.Peer, error) bool) {
		var p wgtypes.Peer // one for all, since its address is taken
		for !r.done {
			p = wgtypes.Peer{}
			err := r.r.Next(&p)
			r.done = err != nil
			if err == io.EOF {
				return
			}
			if !yield(p, opError(opRead, r.ref, err)) {
				return
			}
		}
	}
}

// Close frees the Reader's connection. It may be called twice.
func (r *Reader) Close() error {
	r.done = true
	return r.r.Close()
}
