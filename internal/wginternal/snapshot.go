package wginternal

import (
	"io/fs"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// NewSnapshotReader returns a Reader of a device whose state was received as a whole.
// next stores the next peer in p, which is zero, and returns io.EOF after the last
// one; the Reader does not call it again after an error. The Reader calls wipe once,
// when it is closed.
func NewSnapshotReader(dev wgtypes.Device, next func(p *wgtypes.Peer) error, wipe func()) Reader {
	return &snapshotReader{dev: dev, next: next, wipe: wipe}
}

type snapshotReader struct {
	dev    wgtypes.Device
	next   func(p *wgtypes.Peer) error
	wipe   func()
	err    error // of Next, after the last peer
	closed bool
}

func (r *snapshotReader) Device() *wgtypes.Device {
	dev := r.dev
	return &dev
}

func (r *snapshotReader) Next(p *wgtypes.Peer) error {
	if r.err == nil {
		r.err = r.next(p)
	}
	return r.err
}

func (r *snapshotReader) Rest(progress Progress) ([]wgtypes.Peer, error) {
	return Collect(r.Next, progress)
}

func (r *snapshotReader) Close() error {
	if !r.closed {
		r.closed = true
		r.wipe()
	}
	if r.err == nil {
		r.err = fs.ErrClosed
	}
	return nil
}
