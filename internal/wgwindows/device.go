package wgwindows

import (
	"context"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// device is an adapter. The path of its device interface belongs to no other adapter,
// also not to a later one with the same name.
type device struct {
	b       *Backend
	adapter Adapter
	removes bool // the driver can remove single allowed IPs
}

func (d *device) Ref() wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: d.adapter.Name, Kind: wgtypes.KindKernel}
}

func (d *device) Close() error { return nil }

// Read reads the whole state.
func (d *device) Read(ctx context.Context) (wginternal.Reader, error) {
	h, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	return d.read(ctx, h)
}

func (d *device) read(ctx context.Context, h Handle) (wginternal.Reader, error) {
	reply, err := d.get(ctx, h)
	if err != nil {
		return nil, err
	}
	wipe := func() { clear(reply[:cap(reply)]) }
	dec, err := NewDecoder(reply)
	if err != nil {
		wipe()
		return nil, err
	}
	dev := dec.Device()
	dev.Name, dev.Kind = d.adapter.Name, wgtypes.KindKernel
	interfaces := wginternal.Interfaces{Lookup: d.b.config.Interfaces}
	return wginternal.NewSnapshotReader(dev, interfaces.NameZones(dec.Next), wipe), nil
}

const (
	firstReply = 1 << 14 // size of the first buffer
	maxReply   = 1 << 30
	maxReads   = 16 // of a device that keeps growing
)

// get requests the state. The caller must clear the reply up to its capacity, because it
// has keys.
func (d *device) get(ctx context.Context, h Handle) ([]byte, error) {
	size := uint32(firstReply)
	for range maxReads {
		if err := d.b.check(ctx); err != nil {
			return nil, err
		}
		reply := make([]byte, size)
		n, err := h.Control(ioctlGet, reply)
		if err == nil && n <= size {
			return reply[:n], nil
		}
		clear(reply) // also a part of the state has keys
		switch {
		case err == nil:
			return nil, malformed("%d bytes in a buffer of %d", n, size)
		case !isErrno(err, ErrMoreData):
			return nil, d.explain(err)
		case n <= size || n > maxReply:
			return nil, malformed("needs %d bytes after a buffer of %d, want at most %d", n, size, maxReply)
		}
		size = n + n/8 // the device may grow meanwhile
	}
	return nil, wginternal.ErrInterrupted
}

// Configure applies c in one request, unless the driver cannot remove single allowed IPs
// and c has some.
func (d *device) Configure(ctx context.Context, c wgtypes.Config, progress wginternal.Progress) error {
	interfaces := wginternal.Interfaces{Lookup: d.b.config.Interfaces}
	c, err := interfaces.NumberZones(c)
	if err != nil {
		return err
	}
	h, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer h.Close()
	w := &writer{d: d, h: h}
	rest, removals := c, wgtypes.Config{}
	if !d.removes {
		rest, removals = wginternal.SplitRemovals(c)
	}
	var parts []wginternal.Part
	if !rest.IsZero() || len(removals.Peers) == 0 {
		parts = append(parts, wginternal.Part{Change: rest, Send: w.send})
	}
	if len(removals.Peers) > 0 {
		parts = append(parts, wginternal.Part{Change: removals, Send: w.remove})
	}
	return wginternal.SendParts(ctx, parts, func(error) bool { return !w.changed }, progress)
}

// writer sends the requests of a change.
type writer struct {
	d *device
	h Handle
	// changed is true if a request of the current part may have been applied.
	changed bool
}

// send sends c in one request.
func (w *writer) send(ctx context.Context, c wgtypes.Config) error {
	if err := w.d.b.check(ctx); err != nil {
		return err
	}
	request := AppendSet(make([]byte, 0, SetSize(&c)), &c)
	defer clear(request)
	_, err := w.h.Control(ioctlSet, request)
	// The privilege is checked, and other drivers refuse the request, before
	// anything is applied.
	if !isErrno(err, ErrAccessDenied, ErrInvalidFunction, ErrNotSupported) {
		w.changed = true
	}
	if err != nil {
		return w.d.explain(err)
	}
	return nil
}
