package wgfreebsd

import (
	"context"
	"errors"
	"fmt"
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
	// Interfaces returns the system's network interfaces.
	Interfaces func() ([]wginternal.Interface, error)
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
	b.Links = &bsd.Links{Ioctl: b.ioctl, PointerLen: c.PointerLen, Calls: bsd.FreeBSD("freebsd"), Check: b.check, Interfaces: c.Interfaces}
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
	if b.closed.Load() {
		return net.ErrClosed
	}
	return b.config.Notifier.Notify(ctx, changed)
}

// List returns the members of the interface group "wg" that are WireGuard devices.
func (b *Backend) List(ctx context.Context) ([]wgtypes.DeviceRef, error) { return b.ListGroup(ctx) }

// Open returns the device with that name. The error wraps fs.ErrNotExist,
// ErrNotWireGuard if the interface is of another kind, or fs.ErrInvalid.
func (b *Backend) Open(ctx context.Context, name string) (wginternal.Device, error) {
	if err := wginternal.CheckName(name, wginternal.MaxNameUnix); err != nil {
		return nil, err
	}
	ref, err := b.Ref(ctx, name)
	if err != nil {
		return nil, err
	}
	return &device{b: b, ref: ref}, nil
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
