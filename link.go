package wgctrl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"runtime"
	"slices"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgkernel"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Link is the state of a kernel device's network interface, as [Client.Link] returns it.
type Link struct {
	// Index is the interface's index in the Client's network namespace.
	Index int
	// MTU is the largest packet that the interface takes, in bytes.
	MTU int
	// Up reports whether the interface is up, so that it sends and receives packets.
	Up bool
}

// LinkOptions are the properties of a link that [Client.CreateDevice] creates. With the zero value, the link has the
// kernel's default MTU of 1420 bytes, is down, and is in the Client's network namespace.
type LinkOptions struct {
	// MTU is in bytes. Zero means the kernel's default.
	MTU int
	// Up brings the link up, which opens its UDP sockets.
	Up bool
	// NetNS is a file descriptor of the network namespace for the new link. Nil means
	// the Client's. Another one needs CAP_NET_ADMIN in both namespaces. The UDP sockets
	// of the link stay in the Client's namespace: its encrypted packets leave from
	// there. Before Linux 6.15, no link of either namespace may have the same name.
	NetNS *int
}

// LinkChange says what [Client.SetLink] changes of a link. Nil fields stay as they are.
type LinkChange struct {
	// MTU is in bytes.
	MTU *int
	// Up brings the link up or down.
	Up *bool
}

// Link returns the state of a kernel device's interface. It needs no privilege.
//
// Errors ([*OpError]) wrap fs.ErrNotExist, [ErrNotWireGuard], errors.ErrUnsupported on
// Windows or if the Client has no backend for kernel devices, or fs.ErrInvalid for an
// invalid name. On Linux, the interface of a userspace device is not a kernel device: its
// error is ErrNotWireGuard.
func (c *Client) Link(ctx context.Context, name string) (link Link, err error) {
	err = c.withLinks(opLink, name, nil, func(l kernelLinks, index int) error {
		state, err := l.Link(ctx, name, index)
		link = Link(state)
		return err
	})
	return link, err
}

// CreateDevice creates a kernel device. If it fails, no device remains. On Linux it
// creates the device with all its options in one step. On the BSDs it sets them one
// after the other, and removes the device again if one fails.
//
// It creates a WireGuard device, unless the Client is a view of KindAmneziaKernel (see
// Only) or [WithBackends] names that kind before KindKernel:
//
//	amnezia := c.Only(wgtypes.DeviceRef{Kind: wgtypes.KindAmneziaKernel})
//	err := amnezia.CreateDevice(ctx, "awg0", wgctrl.LinkOptions{})
//
// Errors ([*OpError]) wrap fs.ErrExist if the name is in use, fs.ErrPermission
// without CAP_NET_ADMIN (on the BSDs, without root), errors.ErrUnsupported without the
// kernel module or on systems where devices cannot be created, such as Windows (see
// Capabilities.Links), and fs.ErrInvalid for an invalid name, MTU or file descriptor.
// On Linux a name with % is invalid, because the kernel would take it as a pattern. On
// OpenBSD and NetBSD only "wg" and a number is valid.
func (c *Client) CreateDevice(ctx context.Context, name string, o LinkOptions) error {
	err := checkMTU(&o.MTU)
	netNS := -1
	if o.NetNS != nil {
		netNS = *o.NetNS
		if netNS < 0 {
			err = invalidField("NetNS", "invalid file descriptor %d: must not be negative", netNS)
		}
	}
	return c.withLinks(opCreate, name, err, func(l kernelLinks, index int) error {
		if index != 0 {
			return wginternal.Tag(errors.ErrUnsupported, errors.New("a view of one device cannot create another"))
		}
		return l.Create(ctx, name, o.MTU, o.Up, netNS)
	})
}

// SetLink changes the MTU of a kernel device, or brings it up or down. It does not
// change interfaces that are not WireGuard devices.
//
// Errors ([*OpError]) wrap fs.ErrNotExist, [ErrNotWireGuard], fs.ErrPermission,
// errors.ErrUnsupported, fs.ErrInvalid for an invalid name or MTU, or a
// syscall.Errno, such as EADDRINUSE if the device comes up and its listen port is
// in use. The text of that error contains the port, if the device can be read.
func (c *Client) SetLink(ctx context.Context, name string, change LinkChange) error {
	return c.withLinks(opSetLink, name, checkMTU(change.MTU), func(l kernelLinks, index int) error {
		err := l.SetLink(ctx, name, index, change.MTU, change.Up)
		if errors.Is(err, errno.EADDRINUSE) {
			view := c.Only(wgtypes.DeviceRef{Kind: l.kind})
			view.progress = nil
			if d, readErr := view.Device(ctx, name); readErr == nil {
				err = withPort(d.ListenPort, err)
			}
		}
		return err
	})
}

// DeleteDevice removes a kernel device. It does not remove interfaces that are not
// WireGuard devices.
//
// Errors ([*OpError]) wrap fs.ErrNotExist, [ErrNotWireGuard], fs.ErrPermission,
// errors.ErrUnsupported, or fs.ErrInvalid for an invalid name.
func (c *Client) DeleteDevice(ctx context.Context, name string) error {
	return c.withLinks(opDelete, name, nil, func(l kernelLinks, index int) error { return l.Delete(ctx, name, index) })
}

// kernelLinks are the links of a backend for kernel devices.
type kernelLinks struct {
	wginternal.Links
	kind wgtypes.Kind
}

// withLinks calls do with the links of one backend after the other, if the arguments are
// valid, until one has the link. invalid is the error of the other arguments. index is
// that of a view's only device, or 0.
func (c *Client) withLinks(op, name string, invalid error, do func(l kernelLinks, index int) error) error {
	kind := c.linkKind()
	err := cmp.Or(c.check(), wginternal.CheckLinkName(name), invalid)
	switch {
	case err != nil:
	case len(c.links) == 0:
		err = c.errNoLinks()
	default:
		kind, err = c.findLink(op, name, do)
	}
	return opError(op, wgtypes.DeviceRef{Name: name, Kind: kind}, err)
}

// findLink calls do with the links of one backend after the other until one has the
// link. If none has it, the result is that of the first one, which alone creates links.
func (c *Client) findLink(op, name string, do func(l kernelLinks, index int) error) (kind wgtypes.Kind, err error) {
	index := c.index()
	for i, l := range c.links {
		tryErr := c.checkRef(wgtypes.DeviceRef{Name: name, Kind: l.kind, Index: index})
		if tryErr == nil {
			tryErr = do(l, index)
		}
		isMissing := errors.Is(tryErr, fs.ErrNotExist) || errors.Is(tryErr, ErrNotWireGuard)
		if i == 0 || !isMissing {
			kind, err = l.kind, tryErr
		}
		if !isMissing || op == opCreate {
			break
		}
	}
	return kind, err
}

// linkKind is the kind of the devices whose links the Client uses, if it has any.
func (c *Client) linkKind() wgtypes.Kind {
	if k := c.kind(); isKernel(k) {
		return k
	}
	return wgtypes.KindKernel
}

// errNoLinks returns the error of a Client that cannot use links.
func (c *Client) errNoLinks() error {
	if !wgkernel.Supported {
		_, err := wgkernel.New(wgkernel.Config{NetNS: -1})
		return err
	}
	hasKernel := func(b wginternal.Backend) bool { return isKernel(b.Kind()) }
	if slices.ContainsFunc(c.backends, hasKernel) {
		return wginternal.Tag(errors.ErrUnsupported, fmt.Errorf("network interfaces of kernel devices: not supported on %s", runtime.GOOS))
	}
	return wginternal.Tag(errors.ErrUnsupported, fmt.Errorf("this client has no backend for %v devices", c.linkKind()))
}

// checkMTU returns an error for an MTU that does not fit in a message. The kernel
// checks the limits of each driver.
func checkMTU(mtu *int) error {
	if mtu == nil || *mtu >= 0 && *mtu <= math.MaxInt32 {
		return nil
	}
	return invalidField("MTU", "invalid number of bytes %d: must be 0 to %d", *mtu, math.MaxInt32)
}

// invalidField returns the error of a field that does not belong to a peer.
func invalidField(field, format string, args ...any) error {
	return &wgtypes.FieldError{Index: -1, Field: field, Reason: fmt.Sprintf(format, args...)}
}
