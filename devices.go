package wgctrl

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const (
	// maxReads is how many devices of a backend Devices or Watch reads at a time. Each
	// takes a file descriptor.
	maxReads = 32
	// maxKernelReads is the same for Devices and the kernel, which answers without
	// waiting, and one caller at a time (Linux takes the RTNL lock). The second one
	// decodes meanwhile, on another processor: on one processor they would only take
	// turns.
	maxKernelReads = 4
)

// List finds the devices without reading them, which needs no privilege. They are
// in the order of [WithBackends]: by default, kernel devices come first, then userspace
// devices, then devices of this process. One name may occur once for each kind: see
// [Client.Only].
//
// It returns the devices that it found by the end of ctx and the joined errors
// ([*OpError]) of the backends that failed. They wrap [ErrInterrupted] if the links of
// the kernel changed during each of several attempts. If ctx has ended before the call, it
// returns only one error.
func (c *Client) List(ctx context.Context) ([]wgtypes.DeviceRef, error) {
	var refs []wgtypes.DeviceRef
	var errs []error
	for _, l := range c.listAll(ctx, func(context.Context, *listing) {}) {
		refs = append(refs, l.refs...)
		errs = append(errs, l.err)
	}
	return refs, errors.Join(errs...)
}

// listing is the result of listing and reading the devices of one backend.
type listing struct {
	backend wginternal.Backend
	refs    []wgtypes.DeviceRef
	err     error
	devices []*wgtypes.Device // one for each ref; nil if it was not read
	errs    []error           // one for each ref
}

// listAll lists the devices of the backends concurrently and calls then(ctx, l) for
// each listing l, on its goroutine. The result is in the order of the backends.
func (c *Client) listAll(ctx context.Context, then func(context.Context, *listing)) []*listing {
	if err := cmp.Or(c.check(), ctx.Err()); err != nil {
		return []*listing{{err: &OpError{Op: opList, Kind: c.kind(), Err: err}}}
	}
	var all []*listing
	var running sync.WaitGroup
	for _, b := range c.backends {
		l := &listing{backend: b}
		all = append(all, l)
		if absenter, ok := b.(wginternal.Absenter); ok && absenter.Absent() {
			continue // a goroutine would cost more
		}
		running.Go(func() {
			l.refs, l.err = c.listIn(ctx, b)
			then(ctx, l)
		})
	}
	running.Wait()
	return all
}

// listIn lists the devices of a backend that the Client contains.
func (c *Client) listIn(ctx context.Context, b wginternal.Backend) ([]wgtypes.DeviceRef, error) {
	refs, err := b.List(ctx)
	refs = slices.DeleteFunc(refs, func(ref wgtypes.DeviceRef) bool { return c.checkRef(ref) != nil })
	return refs, opError(opList, wgtypes.DeviceRef{Kind: b.Kind()}, err)
}

// Devices reads every device that [Client.List] finds. It reads several devices concurrently,
// of userspace devices up to 32, and returns them in the order of List. It omits devices
// that are removed while they are read. The caller owns the result.
//
// It returns the devices that it could read by the end of ctx and the joined
// errors ([*OpError]) of the others, so that a daemon that does not answer affects
// only its own device. Without privileges it returns the caller's userspace
// devices and, for each kernel device and each userspace device of another user, an
// error that wraps fs.ErrPermission. FreeBSD, DragonFly BSD and NetBSD instead return
// kernel devices without their secrets, and no error. Older releases of NetBSD may
// return the secrets, too.
func (c *Client) Devices(ctx context.Context) ([]*wgtypes.Device, error) {
	listings := c.listAll(ctx, c.readAll)
	var devices []*wgtypes.Device
	var errs []error
	for _, l := range listings {
		errs = append(errs, l.err)
		for _, d := range l.devices {
			if d != nil {
				devices = append(devices, d)
			}
		}
	}
	for _, l := range listings {
		errs = append(errs, l.errs...)
	}
	return devices, errors.Join(errs...)
}

// readAll reads the devices of a listing. Its goroutines read one device after the
// other, because a new one for each device would have to grow its stack each time.
func (c *Client) readAll(ctx context.Context, l *listing) {
	l.devices = make([]*wgtypes.Device, len(l.refs))
	l.errs = make([]error, len(l.refs))
	most := maxReads
	if isKernel(l.backend.Kind()) {
		most = min(maxKernelReads, runtime.GOMAXPROCS(0))
	}
	var next atomic.Int64
	var running sync.WaitGroup
	for range min(most, len(l.refs)) {
		running.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(l.refs) {
					return
				}
				err := ctx.Err()
				if err == nil {
					l.devices[i], err = c.readListed(ctx, l.backend, l.refs[i])
				}
				l.errs[i] = opError(opRead, l.refs[i], err)
			}
		})
	}
	running.Wait()
}

// readListed reads a device that was listed. It returns nil without an error if the
// device was removed since, so that another listing does not find it.
func (c *Client) readListed(ctx context.Context, b wginternal.Backend, ref wgtypes.DeviceRef) (*wgtypes.Device, error) {
	dev, err := readRef(ctx, b, ref, c.progressOf(opRead, ref))
	if !errors.Is(err, fs.ErrNotExist) {
		return dev, err
	}
	refs, listErr := b.List(ctx)
	same := func(other wgtypes.DeviceRef) bool { return other.Identity() == ref.Identity() }
	i := slices.IndexFunc(refs, same)
	switch {
	case i >= 0 && refs[i].Name != ref.Name: // it was renamed
		return readRef(ctx, b, refs[i], c.progressOf(opRead, refs[i]))
	case i < 0 && listErr == nil:
		return nil, nil
	}
	return nil, err
}

// readRef reads a device that was listed, if it still has its name.
func readRef(ctx context.Context, b wginternal.Backend, ref wgtypes.DeviceRef, progress wginternal.Progress) (*wgtypes.Device, error) {
	if o, ok := b.(wginternal.RefOpener); ok {
		dev, err := wginternal.ReadDevice(ctx, o.OpenRef(ref), progress)
		if err == nil && dev.Name != ref.Name {
			return nil, missing("%q was renamed to %q", ref.Name, dev.Name)
		}
		return dev, err
	}
	d, err := b.Open(ctx, ref.Name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if got := d.Ref().Index; got != ref.Index {
		return nil, missing("%q was replaced: its index is %d, not %d", ref.Name, got, ref.Index)
	}
	return wginternal.ReadDevice(ctx, d, progress)
}

// Device returns the device with the given name. If several backends have one,
// the first in [WithBackends] order wins. If the device changes while it is read,
// Device reads it again, at most 16 times in all. NetBSD does not report such a
// change, so that a part of it may be missing. The caller owns the result.
//
// Errors ([*OpError]) wrap fs.ErrNotExist, [ErrNotWireGuard], fs.ErrPermission,
// errors.ErrUnsupported, [ErrInterrupted], fs.ErrInvalid for an invalid name, the
// context's error, os.ErrDeadlineExceeded if a userspace device does not reply (see
// [WithReplyTimeout]), or a syscall.Errno of the backend.
func (c *Client) Device(ctx context.Context, name string) (*wgtypes.Device, error) {
	d, err := c.open(ctx, opRead, name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	dev, err := wginternal.ReadDevice(ctx, d, c.progressOf(opRead, d.Ref()))
	return dev, opError(opRead, d.Ref(), err)
}

// A DeviceStream reads a device peer by peer: see [Client.StreamDevice]. It holds one peer in memory at a
// time. Of a kernel device (except on Linux), of a device of this process, and of a
// userspace device that the Client uses meanwhile, it also holds the whole reply.
//
// It has a connection of its own, so that the Client may be used while it is open,
// also for the same device. Close it.
//
// It must not be used by several goroutines at once.
type DeviceStream struct {
	ref  wgtypes.DeviceRef
	r    wginternal.Reader
	dev  *wgtypes.Device
	done bool
}

// StreamDevice starts reading the device with the given name, in the first
// backend that has it. ctx applies until the stream is closed. Errors are those
// of [Client.Device].
func (c *Client) StreamDevice(ctx context.Context, name string) (*DeviceStream, error) {
	d, err := c.open(ctx, opRead, name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	r, err := d.Read(ctx)
	if err != nil {
		return nil, opError(opRead, d.Ref(), err)
	}
	return &DeviceStream{ref: d.Ref(), r: r, dev: r.Device()}, nil
}

// Device returns the device without its peers, the same one at each call.
func (s *DeviceStream) Device() *wgtypes.Device { return s.dev }

// Peers yields the peers, each with a nil error. The caller may keep and modify them. If
// reading fails, it yields the error last, with a zero Peer.
//
// The error ([*OpError]) wraps [ErrInterrupted] if a kernel device changed while it was read.
// It comes after the last peer; the peers yielded before are then not a
// consistent state. Userspace devices and devices of this process send a
// snapshot. On NetBSD no error reports such a change.
//
// A second loop continues where the first one ended.
func (s *DeviceStream) Peers() iter.Seq2[wgtypes.Peer, error] {
	return func(yield func(wgtypes.Peer, error) bool) {
		var p wgtypes.Peer // outside of the loop, to be allocated once
		for !s.done {
			p = wgtypes.Peer{}
			err := s.r.Next(&p)
			s.done = err != nil
			if err == io.EOF {
				return
			}
			if err != nil {
				p = wgtypes.Peer{}
			}
			if !yield(p, opError(opRead, s.ref, err)) {
				return
			}
		}
	}
}

// Close closes the connection. Peers yields nothing afterwards, not even an error. A
// second Close does nothing.
func (s *DeviceStream) Close() error {
	s.done = true
	return s.r.Close()
}
