package wgopenbsd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/bsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Config describes the system of a Backend.
type Config struct {
	bsd.System // its PointerLen is that of Arch
	OS         OS
	// Arch is the processor, as in GOARCH.
	Arch string
	// Release is kern.osrelease, such as "7.8".
	Release string
	// EUID returns the effective user ID of the process.
	EUID func() int
}

// pointerLen returns the size of a pointer.
func (c *Config) pointerLen() int {
	if c.Arch == "386" || c.Arch == "arm" {
		return 4
	}
	return 8
}

// linkCalls returns the ioctls for links.
func (c *Config) linkCalls() bsd.LinkCalls {
	if c.OS == DragonFly {
		return bsd.FreeBSD("dragonfly")
	}
	return bsd.OpenBSD()
}

// Backend reads and changes the devices of the kernel.
type Backend struct {
	*bsd.Kernel
	config  Config
	layouts []*Layout
	// layout is the layout of requests: that of the last reply with peers or, before
	// one was read, the most likely one. It is nil if unsupported is not.
	layout      atomic.Pointer[Layout]
	unsupported error // why devices cannot be read or changed, or nil
}

var (
	_ wginternal.Backend  = (*Backend)(nil)
	_ wginternal.Links    = (*Backend)(nil)
	_ wginternal.Notifier = (*Backend)(nil)
)

// NewWith returns a Backend of a system.
func NewWith(c Config) *Backend {
	b := &Backend{config: c}
	c.PointerLen = c.pointerLen()
	b.Kernel = bsd.NewKernel(c.System, c.linkCalls(), b.check)
	if b.layouts, b.unsupported = Layouts(c.OS, c.Arch, c.Release); b.unsupported == nil {
		b.layout.Store(b.layouts[0])
	}
	return b
}

// Capabilities reports that the backend supports everything except network namespaces.
// A firewall mark is a routing table on OpenBSD.
func (b *Backend) Capabilities() wginternal.Capabilities {
	return wginternal.Capabilities{Links: true, FirewallMark: true, PersistentKeepalive: true, UpdateOnly: true}
}

// List returns the members of the interface group "wg" that are WireGuard devices.
func (b *Backend) List(ctx context.Context) ([]wgtypes.DeviceRef, error) { return b.ListGroup(ctx) }

// Open returns the device with that name. The error wraps fs.ErrNotExist,
// ErrNotWireGuard if the interface is of another kind, fs.ErrInvalid, or
// errors.ErrUnsupported for a processor whose devices cannot be read or changed.
func (b *Backend) Open(ctx context.Context, name string) (wginternal.Device, error) {
	size, err := b.find(ctx, name)
	if err == nil {
		err = b.unsupported
	}
	if err != nil {
		return nil, err
	}
	interfaces := wginternal.Interfaces{Lookup: b.Interfaces}
	index, err := interfaces.Index(name)
	if err != nil {
		return nil, err
	}
	ref := wgtypes.DeviceRef{Name: name, Kind: wgtypes.KindKernel, Index: index}
	return &device{b: b, ref: ref, size: size}, nil
}

// check returns nil if name is a WireGuard device. The errors are those of find.
func (b *Backend) check(ctx context.Context, name string) error {
	_, err := b.find(ctx, name)
	return err
}

// find returns the size of the device's state. It asks for the state without room for
// it, which needs no privilege. The errors are those of Open, except for
// errors.ErrUnsupported.
func (b *Backend) find(ctx context.Context, name string) (size uint64, err error) {
	if err := wginternal.CheckName(name, wginternal.MaxNameUnix); err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	size, err = b.call(getDevice, name, nil)
	// Drivers refuse unknown requests with different errors, or accept them and do nothing.
	if err == nil && size == 0 || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EOPNOTSUPP) {
		err = notWireGuard(name)
	}
	return size, err
}

func notWireGuard(name string) error {
	return fmt.Errorf("interface %q: %w", name, wginternal.ErrNotWireGuard)
}

// The ioctls: n of _IOWR('i', n, struct wg_data_io).
const (
	setDevice = 210 // SIOCSWG
	getDevice = 211 // SIOCGWG
)

// call performs one of the ioctls with a struct wg_data_io: a name, the size of data and
// its address. It returns the size that the kernel stores.
func (b *Backend) call(n uint8, name string, data []byte) (size uint64, err error) {
	word := b.config.pointerLen()
	arg := make([]byte, bsd.NameLen+2*word)
	copy(arg, name)
	putWord(arg[bsd.NameLen:], word, uint64(len(data)))
	err = b.Ioctl(bsd.ReadWrite(n, len(arg)), arg, bsd.NameLen+word, data)
	return getWord(arg[bsd.NameLen:], word), b.explain(name, err)
}

// explain adds the meaning of an error of call, which is nil if err is nil.
func (b *Backend) explain(name string, err error) error {
	switch {
	case errors.Is(err, syscall.ENXIO):
		return wginternal.Tag(fs.ErrNotExist, fmt.Errorf("no interface %q in the kernel", name))
	case errors.Is(err, syscall.ENOTTY):
		return notWireGuard(name)
	case errors.Is(err, syscall.EPERM):
		return fmt.Errorf("%w (this needs root)", err)
	}
	return err
}
