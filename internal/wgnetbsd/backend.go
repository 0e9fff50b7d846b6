package wgnetbsd

import (
	"context"
	"fmt"
	"io/fs"
	"sync/atomic"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Backend reads and changes the devices of a NetBSD kernel.
type Backend struct {
	*bsd.Kernel
	ifdrv  ifdrv
	buffer atomic.Int64 // the size of the last buffer that was large enough, see minBuffer
}

var (
	_ wginternal.Backend  = (*Backend)(nil)
	_ wginternal.Links    = (*Backend)(nil)
	_ wginternal.Notifier = (*Backend)(nil)
)

// NewWith returns a Backend for a system.
func NewWith(s bsd.System) *Backend {
	b := &Backend{ifdrv: ifdrvOf(s.PointerLen)}
	b.Kernel = bsd.NewKernel(s, bsd.NetBSD(), b.check)
	return b
}

// Capabilities reports the limits of the kernel. UpdateOnly is true because Configure
// itself checks whether a peer exists.
func (b *Backend) Capabilities() wginternal.Capabilities {
	return wginternal.Capabilities{Links: true, UpdateOnly: true, MaxAllowedIPs: maxAllowedIPs}
}

// List returns the interfaces that have the name of a WireGuard device: wg and a
// number. NetBSD does not rename interfaces, so the name is enough.
func (b *Backend) List(ctx context.Context) ([]wgtypes.DeviceRef, error) {
	interfaces, err := b.interfaces(ctx)
	if err != nil {
		return nil, err
	}
	var refs []wgtypes.DeviceRef
	for _, i := range interfaces {
		if isDevice(i.Name) {
			refs = append(refs, wgtypes.DeviceRef{Name: i.Name, Kind: wgtypes.KindKernel, Index: i.Index})
		}
	}
	return refs, nil
}

// Open returns the device with that name. The error wraps fs.ErrNotExist,
// ErrNotWireGuard if the interface has the name of another driver, or fs.ErrInvalid. Open
// does not ask the driver: others give other meanings to the same ioctl.
func (b *Backend) Open(ctx context.Context, name string) (wginternal.Device, error) {
	index, err := b.find(ctx, name)
	if err != nil {
		return nil, err
	}
	return &device{b: b, ref: wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel, Index: index}}, nil
}

// find returns the index of the device with that name. The errors are those of Open.
func (b *Backend) find(ctx context.Context, name string) (int, error) {
	if err := wginternal.CheckName(name, wginternal.MaxNameUnix); err != nil {
		return 0, err
	}
	interfaces, err := b.interfaces(ctx)
	if err != nil {
		return 0, err
	}
	for _, i := range interfaces {
		switch {
		case i.Name != name:
		case !isDevice(name):
			return 0, fmt.Errorf("interface %q: %w", name, wginternal.ErrNotWireGuard)
		default:
			return i.Index, nil
		}
	}
	return 0, wginternal.Tag(fs.ErrNotExist, fmt.Errorf("no interface %q in the kernel", name))
}

// check returns nil if name is a WireGuard device. The errors are those of Open.
func (b *Backend) check(ctx context.Context, name string) error {
	_, err := b.find(ctx, name)
	return err
}

// interfaces returns the interfaces of the system, unless the Backend is closed.
func (b *Backend) interfaces(ctx context.Context) ([]wginternal.Interface, error) {
	if err := b.Err(ctx); err != nil {
		return nil, err
	}
	list, err := b.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	return list, nil
}

// isDevice reports whether name is that of a WireGuard device.
func isDevice(name string) bool {
	_, ok := bsd.Unit(name)
	return ok
}
