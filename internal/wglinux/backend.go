//go:build linux

package wglinux

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Config selects the devices of a Backend.
type Config struct {
	// NetNS is a file descriptor of the network namespace, which New duplicates; -1
	// means the namespace of the calling thread.
	NetNS int
	// Family is the name of the generic netlink family and the kind of its links.
	// Empty means "wireguard" or, for KindAmneziaKernel, "amneziawg".
	Family string
	// Kind is the kind of the devices. Zero means KindKernel.
	Kind wgtypes.Kind
}

// Backend reads and changes the kernel devices of one network namespace.
type Backend struct {
	ns     *namespace
	family string
	kind   wgtypes.Kind
	genl   *pool
	route  *pool
	// subscribe opens a socket that receives notifications about links.
	subscribe func() (transport, error)
	// moduleMissing reports whether the kernel lacks the module of the family, and
	// therefore has no links of its kind. It costs less than listing links.
	moduleMissing func() bool

	lastFamily atomic.Uint32 // see readFamily
	// keepsPrefixes is true if this kernel cannot remove single allowed IPs.
	keepsPrefixes atomic.Bool
}

var (
	_ wginternal.Backend = (*Backend)(nil)
	_ wginternal.Links   = (*Backend)(nil)

	_ wginternal.Absenter  = (*Backend)(nil)
	_ wginternal.RefOpener = (*Backend)(nil)
)

// New returns a Backend. It opens no socket. The error wraps fs.ErrInvalid if c.NetNS
// is not a network namespace.
func New(c Config) (*Backend, error) {
	ns, err := newNamespace(c.NetNS)
	if err != nil {
		return nil, err
	}
	b := newBackend(c,
		func() (transport, error) { return ns.dial(unix.NETLINK_GENERIC, 0) },
		func() (transport, error) { return ns.dial(unix.NETLINK_ROUTE, 0) },
	)
	b.ns = ns
	b.subscribe = func() (transport, error) { return ns.dial(unix.NETLINK_ROUTE, unix.RTMGRP_LINK) }
	b.keepsPrefixes.Store(olderThanMainline(release()))
	if b.isAmnezia() {
		b.moduleMissing = func() bool { return isModuleMissing(modules, b.family) }
	}
	return b, nil
}

// newBackend returns a Backend that dials its transports with genl and route. It does
// not use c.NetNS.
func newBackend(c Config, genl, route func() (transport, error)) *Backend {
	c.Kind = cmp.Or(c.Kind, wgtypes.KindKernel)
	if c.Family == "" {
		c.Family = nlwire.Family
		if c.Kind == wgtypes.KindAmneziaKernel {
			c.Family = nlwire.AmneziaFamily
		}
	}
	return &Backend{
		ns: &namespace{fd: -1}, family: c.Family, kind: c.Kind, genl: newPool(genl), route: newPool(route),
		moduleMissing: func() bool { return false },
	}
}

// Kind returns the kind of Config.
func (b *Backend) Kind() wgtypes.Kind { return b.kind }

// Absent reports whether the module for the family is missing.
func (b *Backend) Absent() bool { return b.moduleMissing() }

// Capabilities reports that the backend supports everything, except for the parameters
// of AmneziaWG if it is not the backend of its family.
func (b *Backend) Capabilities() wginternal.Capabilities {
	return wginternal.Capabilities{
		Links: true, NetNS: true, FirewallMark: true, PersistentKeepalive: true, UpdateOnly: true, Amnezia: b.isAmnezia(),
	}
}

// isAmnezia reports whether the devices are those of AmneziaWG's module.
func (b *Backend) isAmnezia() bool { return b.family == nlwire.AmneziaFamily }

// Close closes every connection. Operations in progress return net.ErrClosed.
func (b *Backend) Close() error {
	return errors.Join(b.genl.close(), b.route.close(), b.ns.close())
}

// maxListings is the largest number of attempts to list links while other processes
// add and remove some.
const maxListings = 16

// List returns the links of the family's kind.
func (b *Backend) List(ctx context.Context) ([]wgtypes.DeviceRef, error) {
	if b.moduleMissing() {
		return nil, ctx.Err()
	}
	for attempt := 1; ; attempt++ {
		refs, err := b.list(ctx)
		if !errors.Is(err, wginternal.ErrInterrupted) || attempt == maxListings {
			return refs, err
		}
	}
}

func (b *Backend) list(ctx context.Context) ([]wgtypes.DeviceRef, error) {
	x, err := b.route.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer x.end()
	err = x.request(smallRequest, func(buf []byte, h nlwire.Header) []byte {
		return nlwire.AppendListLinks(buf, h, b.family)
	})
	var refs []wgtypes.DeviceRef
	for err == nil {
		var link nlwire.Link
		if link, err = x.link(); err == nil && link.Kind == b.family {
			refs = append(refs, wgtypes.DeviceRef{Name: link.Name, Kind: b.kind, Index: int(link.Index)})
		}
	}
	if err == io.EOF {
		return refs, nil
	}
	return refs, x.explain(err)
}

// smallRequest is the buffer size for every request except sets.
const smallRequest = 256

// link returns the next link of a reply.
func (x *exchange) link() (nlwire.Link, error) {
	h, payload, err := x.next()
	if err != nil {
		return nlwire.Link{}, err
	}
	return nlwire.DecodeLink(h, payload)
}

// Open returns the device with that name. The error wraps fs.ErrNotExist,
// ErrNotWireGuard if the link is not of the family's kind, or fs.ErrInvalid.
func (b *Backend) Open(ctx context.Context, name string) (wginternal.Device, error) {
	link, err := b.find(ctx, name)
	if err != nil {
		return nil, err
	}
	return &device{b: b, link: link}, nil
}

// OpenRef returns a device that List found. Its index is enough to read it.
func (b *Backend) OpenRef(ref wgtypes.DeviceRef) wginternal.Source {
	return &listed{device{b: b, link: nlwire.Link{Name: ref.Name, Index: uint32(ref.Index)}}}
}

// find returns the link with that name. The errors are those of Open.
func (b *Backend) find(ctx context.Context, name string) (nlwire.Link, error) {
	if err := wginternal.CheckLinkName(name); err != nil {
		return nlwire.Link{}, err
	}
	missing := func() error {
		return wginternal.Tag(fs.ErrNotExist, fmt.Errorf("no link %q%s", name, b.ns.where()))
	}
	if b.moduleMissing() {
		return nlwire.Link{}, cmp.Or(ctx.Err(), missing())
	}
	link, err := b.getLink(ctx, 0, name)
	switch {
	case isErrno(err, unix.ENODEV):
		return link, missing()
	case err != nil:
		return link, b.explain(err)
	case link.Kind == "":
		return link, fmt.Errorf("link %q: %w", name, wginternal.ErrNotWireGuard)
	case link.Kind != b.family:
		return link, fmt.Errorf("link %q is of kind %q: %w", name, link.Kind, wginternal.ErrNotWireGuard)
	}
	return link, nil
}

// getLink returns the link with that index or, if index is 0, with that name. It may
// be of any kind.
func (b *Backend) getLink(ctx context.Context, index uint32, name string) (nlwire.Link, error) {
	x, err := b.route.begin(ctx)
	if err != nil {
		return nlwire.Link{}, err
	}
	defer x.end()
	err = x.request(smallRequest, func(buf []byte, h nlwire.Header) []byte {
		return nlwire.AppendGetLink(buf, h, index, name)
	})
	if err != nil {
		return nlwire.Link{}, x.explain(err)
	}
	link, err := x.link()
	// One link is the whole reply.
	x.pending = x.pending && err != nil
	if err == io.EOF {
		err = fmt.Errorf("%w: acknowledgement without a link", nlwire.ErrMalformed)
	}
	return link, x.explain(err)
}

// explain adds advice to errors of the kernel, and fs.ErrNotExist to ENODEV.
func (b *Backend) explain(err error) error {
	switch {
	case isErrno(err, unix.EPERM):
		return fmt.Errorf("%w (this needs CAP_NET_ADMIN%s)", err, b.ns.where())
	case isErrno(err, unix.ENODEV):
		return wginternal.Tag(fs.ErrNotExist, err)
	}
	return err
}
