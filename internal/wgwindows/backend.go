package wgwindows

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync/atomic"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Config has what a Backend needs of the machine.
type Config struct {
	System     System
	Interfaces func() ([]wginternal.Interface, error)
}

// Backend reads and changes the adapters of the driver.
type Backend struct {
	config Config
	closed atomic.Bool
}

var _ wginternal.Backend = (*Backend)(nil)

// NewWith returns a Backend of the machine that c describes.
func NewWith(c Config) *Backend { return &Backend{config: c} }

// Kind returns KindKernel.
func (b *Backend) Kind() wgtypes.Kind { return wgtypes.KindKernel }

// Capabilities reports everything except firewall marks, links and namespaces.
func (b *Backend) Capabilities() wginternal.Capabilities {
	return wginternal.Capabilities{PersistentKeepalive: true, UpdateOnly: true}
}

// Close makes later calls return net.ErrClosed. It does not interrupt a request.
func (b *Backend) Close() error {
	b.closed.Store(true)
	return nil
}

// check returns the error of ctx, or net.ErrClosed after Close.
func (b *Backend) check(ctx context.Context) error {
	if b.closed.Load() {
		return fmt.Errorf("the backend: %w", net.ErrClosed)
	}
	return ctx.Err()
}

// List returns the adapters that have started.
func (b *Backend) List(ctx context.Context) ([]wgtypes.DeviceRef, error) {
	adapters, err := b.adapters(ctx)
	var refs []wgtypes.DeviceRef
	for _, a := range adapters {
		if a.Path != "" && a.Name != "" {
			refs = append(refs, wgtypes.DeviceRef{Name: a.Name, Kind: wgtypes.KindKernel})
		}
	}
	return refs, err
}

func (b *Backend) adapters(ctx context.Context) ([]Adapter, error) {
	if err := b.check(ctx); err != nil {
		return nil, err
	}
	adapters, err := b.config.System.Adapters()
	if err != nil {
		return nil, fmt.Errorf("list WireGuard adapters: %w", err)
	}
	return adapters, nil
}

// Open returns the adapter with exactly that name. If it has not started yet, Open waits
// for it for half a second. The error wraps fs.ErrNotExist, ErrNotWireGuard if another
// network connection has the name, or fs.ErrInvalid.
func (b *Backend) Open(ctx context.Context, name string) (wginternal.Device, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		adapters, err := b.adapters(ctx)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(adapters, func(a Adapter) bool { return a.Name == name })
		if i < 0 {
			return nil, b.missing(name)
		}
		if a := adapters[i]; a.Path != "" {
			return &device{b: b, adapter: a, removes: removesAllowedIPs(adapters)}, nil
		}
		if attempt == maxAttempts {
			return nil, notExist(fmt.Errorf("WireGuard adapter %q has not started", name))
		}
		if err := pause(ctx); err != nil {
			return nil, err
		}
	}
}
