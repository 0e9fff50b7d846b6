package wgfreebsd

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Backend reads and changes the devices of a kernel.
type Backend struct {
	*bsd.Kernel
	layout layout
	// removal says whether this kernel can remove single allowed IPs.
	removal atomic.Int32
}

var (
	_ wginternal.Backend  = (*Backend)(nil)
	_ wginternal.Links    = (*Backend)(nil)
	_ wginternal.Notifier = (*Backend)(nil)
)

// NewWith returns a Backend for a system.
func NewWith(s bsd.System) *Backend {
	b := &Backend{layout: newLayout(s.PointerLen)}
	b.Kernel = bsd.NewKernel(s, bsd.FreeBSD("freebsd"), b.check)
	return b
}

// Capabilities reports that the backend supports everything except network namespaces.
func (b *Backend) Capabilities() wginternal.Capabilities {
	return wginternal.Capabilities{Links: true, FirewallMark: true, PersistentKeepalive: true, UpdateOnly: true}
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
