package wgopenbsd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// device is a device of the kernel. Requests select it by its name.
type device struct {
	b    *Backend
	ref  wgtypes.DeviceRef
	size uint64 // of its state when it was opened, in bytes
}

func (d *device) Ref() wgtypes.DeviceRef { return d.ref }

func (d *device) Close() error { return nil }

// Read reads the whole device. OpenBSD returns a device without keys and peers to other
// users than root, which looks like one without settings, so the error wraps
// fs.ErrPermission. DragonFly BSD omits only the private and preshared keys.
func (d *device) Read(ctx context.Context) (wginternal.Reader, error) {
	if d.b.config.OS == OpenBSD && d.b.config.EUID() != 0 {
		return nil, fmt.Errorf("%w (this needs root)", fs.ErrPermission)
	}
	reply, err := d.get(ctx)
	if err != nil {
		return nil, err
	}
	dec, err := NewDecoder(reply, d.b.candidates()...)
	if err != nil {
		clear(reply)
		return nil, err
	}
	d.b.layout.Store(dec.Layout()) // a reply without peers has that of requests
	dev := dec.Device()
	dev.Name, dev.Index, dev.Kind = d.ref.Name, d.ref.Index, d.ref.Kind
	interfaces := wginternal.Interfaces{Lookup: d.b.Interfaces}
	return wginternal.NewSnapshotReader(dev, interfaces.NameZones(dec.Next), func() { clear(reply) }), nil
}

// candidates returns the layouts that a reply can have, that of requests first.
func (b *Backend) candidates() []*Layout {
	list := []*Layout{b.layout.Load()}
	for _, l := range b.layouts {
		if l != list[0] {
			list = append(list, l)
		}
	}
	return list
}

const (
	// maxReads is how often a device is read that grows meanwhile.
	maxReads = 16
	// maxReply is the largest size of a reply, in bytes. It is more than that of the
	// largest number of peers, 1<<20, with ten allowed IPs each.
	maxReply = 1 << 29
)

// get returns the reply to SIOCGWG. If the buffer is too small, the kernel stores nothing
// in it and reports the size that it needs.
func (d *device) get(ctx context.Context) ([]byte, error) {
	size := d.size
	for range maxReads {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if size > maxReply {
			return nil, malformed("%d bytes, want at most %d", size, maxReply)
		}
		reply := make([]byte, size)
		need, err := d.b.call(getDevice, d.ref.Name, reply)
		switch {
		case err != nil:
			clear(reply)
			return nil, err
		case need <= size:
			return reply[:need], nil
		}
		clear(reply)
		if size = need; size <= maxReply {
			size += size / 8 // for what is added meanwhile
		}
	}
	return nil, wginternal.ErrInterrupted
}

// Configure applies c with as few requests as possible.
func (d *device) Configure(ctx context.Context, c wgtypes.Config, progress wginternal.Progress) error {
	interfaces := wginternal.Interfaces{Lookup: d.b.Interfaces}
	c, err := interfaces.NumberZones(c)
	if err != nil {
		return err
	}
	if err := d.b.checkMark(c); err != nil {
		return err
	}
	w := &writer{d: d}
	rest, removals := wginternal.SplitRemovals(c)
	var parts []wginternal.Part
	if !rest.IsZero() || len(removals.Peers) == 0 {
		for _, change := range d.b.requests(rest) {
			parts = append(parts, wginternal.Part{Change: change, Send: w.send})
		}
	}
	if len(removals.Peers) > 0 {
		parts = append(parts, wginternal.Part{Change: removals, Send: w.remove})
	}
	return wginternal.SendParts(ctx, parts, w.refused, progress)
}

// checkMark returns an errors.ErrUnsupported for a firewall mark that the kernel cannot
// store.
func (b *Backend) checkMark(c wgtypes.Config) error {
	maxMark := b.layout.Load().maxMark
	if c.FirewallMark == nil || *c.FirewallMark <= maxMark {
		return nil
	}
	return wginternal.Tag(errors.ErrUnsupported,
		fmt.Errorf("firewall mark %d: not supported on OpenBSD, where it is a routing table of at most %d", *c.FirewallMark, maxMark))
}
