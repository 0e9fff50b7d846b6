package wgfreebsd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"sync/atomic"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Config is what a Backend needs from its system.
type Config struct {
	Ioctl      bsd.Ioctl
	PointerLen int // of the process, in bytes: 4 or 8
	// InterfaceIndex returns the index of an interface, or 0 if it does not exist.
	InterfaceIndex func(name string) int
	// InterfaceName returns the name of an interface, or "" if it does not exist.
	InterfaceName func(index int) string
	// Notifier may be nil: then Notify returns immediately.
	Notifier *bsd.Notifier
}

// Backend reads and changes the devices of a kernel.
type Backend struct {
	*bsd.Links
	config Config
	layout layout
	closed atomic.Bool
	// removal says whether this kernel can remove single allowed IPs.
	removal atomic.Int32
}

var (
	_ wginternal.Backend  = (*Backend)(nil)
	_ wginternal.Links    = (*Backend)(nil)
	_ wginternal.Notifier = (*Backend)(nil)
)

// NewWith returns a Backend for the system that c describes.
func NewWith(c Config) *Backend {
	b := &Backend{config: c, layout: newLayout(c.PointerLen)}
	b.Links = &bsd.Links{Ioctl: b.ioctl, Calls: bsd.FreeBSD("freebsd"), Check: b.check, Index: c.InterfaceIndex}
	return b
}

// Kind returns KindKernel.
func (b *Backend) Kind() wgtypes.Kind { return wgtypes.KindKernel }

// Capabilities reports that the backend supports everything except network namespaces.
func (b *Backend) Capabilities() wginternal.Capabilities {
	return wginternal.Capabilities{Links: true, FirewallMark: true, PersistentKeepalive: true, UpdateOnly: true}
}

// Close makes all later operations return net.ErrClosed.
func (b *Backend) Close() error {
	b.closed.Store(true)
	return nil
}

// ioctl is the only way to the kernel.
func (b *Backend) ioctl(request uint32, arg []byte, pointer int, data []byte) error {
	if b.closed.Load() {
		return net.ErrClosed
	}
	return b.config.Ioctl(request, arg, pointer, data)
}

// Notify calls changed when interfaces are added, removed or renamed.
func (b *Backend) Notify(ctx context.Context, changed func()) error {
	switch {
	case b.closed.Load():
		return net.ErrClosed
	case b.config.Notifier == nil:
		return nil
	}
	return b.config.Notifier.Notify(ctx, changed)
}

// group is the group of all WireGuard interfaces. They stay in it when they are renamed.
const group = "wg"

// List returns the interfaces in the group "wg" that are WireGuard devices. Root can add
// other interfaces to the group.
func (b *Backend) List(ctx context.Context) ([]wgtypes.DeviceRef, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	names, err := bsd.GroupMembers(b.ioctl, b.config.PointerLen, group)
	if err != nil {
		return nil, err
	}
	var refs []wgtypes.DeviceRef
	for _, name := range names {
		err := b.check(ctx, name)
		switch {
		case err == nil:
			refs = append(refs, b.ref(name))
		case !errors.Is(err, wginternal.ErrNotWireGuard) && !errors.Is(err, fs.ErrNotExist):
			return refs, err
		}
	}
	return refs, nil
}

func (b *Backend) ref(name string) wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel, Index: b.config.InterfaceIndex(name)}
}

// Open returns the device with that name. The error wraps fs.ErrNotExist,
// ErrNotWireGuard if the interface is of another kind, or fs.ErrInvalid.
func (b *Backend) Open(ctx context.Context, name string) (wginternal.Device, error) {
	if err := wginternal.CheckName(name, wginternal.MaxNameUnix); err != nil {
		return nil, err
	}
	if err := b.check(ctx, name); err != nil {
		return nil, err
	}
	return &device{b: b, ref: b.ref(name)}, nil
}

// check returns nil if the interface is a WireGuard device. Otherwise the error wraps
// fs.ErrNotExist or ErrNotWireGuard.
func (b *Backend) check(ctx context.Context, name string) error {
	_, err := b.replyLen(ctx, name)
	if errors.Is(err, ErrMalformed) {
		// Another driver accepts the request and does something else.
		return fmt.Errorf("interface %q: %w", name, wginternal.ErrNotWireGuard)
	}
	return err
}
