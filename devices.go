package wgctrl

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// List finds the devices without reading them, which needs no privilege. Kernel
// devices come first, then userspace devices, then devices of this process. One
// name may occur once for each kind: see Only.
//
// It returns the devices that it found and the joined errors (*OpError) of the
// backends that failed.
func (c *Client) List(ctx context.Context) ([]wgtypes.DeviceRef, error) {
	if err := c.check(); err != nil {
		return nil, &OpError{Op: opList, Err: err}
	}
	var refs []wgtypes.DeviceRef
	var errs []error
	for _, b := range c.backends {
		found, err := c.listIn(ctx, b)
		refs = append(refs, found...)
		errs = append(errs, err)
	}
	return refs, errors.Join(errs...)
}

// listIn lists the devices of a backend that the Client contains.
func (c *Client) listIn(ctx context.Context, b wginternal.Backend) ([]wgtypes.DeviceRef, error) {
	found, err := b.List(ctx)
	refs := found[:0]
	for _, ref := range found {
		if c.checkRef(ref) == nil {
			refs = append(refs, ref)
		}
	}
	return refs, opError(opList, wgtypes.DeviceRef{Kind: b.Kind()}, err)
}

// Devices reads every device that List finds. A device that vanished meanwhile
// is left out.
//
// It returns the devices that it could read and the joined errors (*OpError) of
// the others. Without privileges it returns the caller's userspace devices and,
// for each kernel device, an error that wraps fs.ErrPermission.
func (c *Client) Devices(ctx context.Context) ([]*wgtypes.Device, error) {
	refs, err := c.List(ctx)
	errs := []error{err}
	var devices []*wgtypes.Device
	for _, ref := range refs {
		d, err := c.Only(ref).Device(ctx, ref.Name)
		switch {
		case err == nil:
			devices = append(devices, d)
		case !errors.Is(err, fs.ErrNotExist):
			errs = append(errs, err)
		}
	}
	return devices, errors.Join(errs...)
}

// Device returns the device with the given name. If several backends have one,
// the first in WithBackends order wins. Device reads again if the device changes
// while it is read, up to 16 times.
//
// Errors (*OpError) wrap fs.ErrNotExist, ErrNotWireGuard, fs.ErrPermission,
// errors.ErrUnsupported, ErrInterrupted, fs.ErrInvalid for an invalid name, the
// context's error, or a syscall.Errno of the backend.
func (c *Client) Device(ctx context.Context, name string) (*wgtypes.Device, error) {
	d, err := c.open(ctx, opRead, name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	dev, err := wginternal.ReadDevice(ctx, d)
	return dev, opError(opRead, d.Ref(), err)
}

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
	d, err := c.open(ctx, opRead, name)
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
