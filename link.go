package wgctrl

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// linkBackend changes the links of kernel devices.
type linkBackend interface {
	Create(ctx context.Context, name string, mtu int, up bool, netNS int) error
	// SetLink and Delete require that the link has this index, unless it is 0.
	SetLink(ctx context.Context, name string, index int, mtu *int, up *bool) error
	Delete(ctx context.Context, name string, index int) error
}

// LinkOptions are the properties of a new link. The zero value is the
// kernel's default: MTU 1420, down, in the Client's namespace.
type LinkOptions struct {
	// MTU is in bytes; 0 is the kernel's choice.
	MTU int
	// Up brings the link up, which opens its UDP sockets.
	Up bool
	// NetNS is a file descriptor of the network namespace into which the new
	// link is moved; 0 leaves it in the Client's. Its UDP sockets stay in the
	// Client's namespace, so that its encrypted packets leave from there. With Up
	// this needs CAP_SYS_ADMIN, to enter the other namespace.
	NetNS int
}

// LinkChange says what to change of a link; nil fields stay as they are.
type LinkChange struct {
	// MTU is in bytes.
	MTU *int
	// Up brings the link up or down.
	Up *bool
}

// CreateDevice creates a kernel device. What fails after the creation removes
// the link again.
//
// The *OpError is an fs.ErrExist when the name is taken, an fs.ErrPermission
// without CAP_NET_ADMIN, an errors.ErrUnsupported without the kernel's module or
// on a system whose kernel devices are not supported, an fs.ErrInvalid for a bad
// name, MTU or descriptor. A name with a % is bad here: the kernel would make
// wg0 of wg%d.
func (c *Client) CreateDevice(ctx context.Context, name string, o LinkOptions) error {
	err := checkMTU(&o.MTU)
	if o.NetNS < 0 {
		err = &wgtypes.FieldError{Index: -1, Field: "NetNS", Reason: fmt.Sprintf("%d is no file descriptor", o.NetNS)}
	}
	return c.changeLink(opCreate, name, err, func(l linkBackend, index int) error {
		if index != 0 {
			return wginternal.Tag(errors.ErrUnsupported, errors.New("a view of one device cannot create another"))
		}
		return l.Create(ctx, name, o.MTU, o.Up, o.NetNS)
	})
}

// SetLink changes the MTU of a kernel device, or brings it up or down. It
// refuses a link of another kind.
//
// The *OpError is an fs.ErrNotExist, ErrNotWireGuard, fs.ErrPermission,
// errors.ErrUnsupported, an fs.ErrInvalid for a bad name or MTU, or a
// syscall.Errno, such as EADDRINUSE when bringing up finds the listen port taken.
func (c *Client) SetLink(ctx context.Context, name string, change LinkChange) error {
	return c.changeLink(opSetLink, name, checkMTU(change.MTU), func(l linkBackend, index int) error {
		return l.SetLink(ctx, name, index, change.MTU, change.Up)
	})
}

// DeleteDevice removes a kernel device. It refuses a link of another kind.
//
// The *OpError is an fs.ErrNotExist, ErrNotWireGuard, fs.ErrPermission or
// errors.ErrUnsupported.
func (c *Client) DeleteDevice(ctx context.Context, name string) error {
	return c.changeLink(opDelete, name, nil, func(l linkBackend, index int) error { return l.Delete(ctx, name, index) })
}

// changeLink calls change, unless the arguments or the Client's state forbid it.
// index is that of the only device of a view, or 0.
func (c *Client) changeLink(op, name string, invalid error, change func(l linkBackend, index int) error) error {
	err := c.check()
	if err == nil {
		err = wginternal.CheckName(name, wginternal.MaxNameUnix)
	}
	if err == nil {
		err = invalid
	}
	if err == nil && c.links == nil {
		err = errNoLinks
	}
	if err == nil {
		index := c.index()
		if err = c.checkRef(wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel, Index: index}); err == nil {
			err = change(c.links, index)
		}
	}
	return opError(op, wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel}, err)
}

// checkMTU leaves the bound of each driver to the kernel, and refuses what has
// no place in a message.
func checkMTU(mtu *int) error {
	if mtu == nil || *mtu >= 0 && *mtu <= math.MaxInt32 {
		return nil
	}
	return &wgtypes.FieldError{Index: -1, Field: "MTU", Reason: fmt.Sprintf("%d is not within 0 to %d", *mtu, math.MaxInt32)}
}
