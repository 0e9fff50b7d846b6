//go:build linux

package wglinux

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

// Create creates a link. An mtu or a netNS of 0 is the default. What fails
// after the creation removes the link again.
func (b *Backend) Create(ctx context.Context, name string, mtu int, up bool, netNS int) error {
	var change nlwire.LinkChange
	if mtu != 0 {
		change.MTU = mtuOf(&mtu)
	}
	if up && netNS == 0 {
		change.Up = &up
	}
	err := b.changeLink(ctx, b.route, func(buf []byte, h nlwire.Header) []byte {
		return nlwire.AppendNewLink(buf, h, name, b.family, change)
	})
	switch {
	case isErrno(err, unix.EOPNOTSUPP):
		return wginternal.Tag(errors.ErrUnsupported,
			fmt.Errorf("%w: is the kernel's module %q there?", err, b.family))
	case err != nil || netNS == 0:
		return err
	}
	return b.move(ctx, name, up, netNS)
}

// move takes a new link to another namespace, where it may come up.
func (b *Backend) move(ctx context.Context, name string, up bool, netNS int) error {
	ns, err := newNamespace(netNS)
	if err == nil {
		defer ns.close()
		err = b.setLink(ctx, b.route, name, nlwire.LinkChange{NetNS: ns.fd})
	}
	if err != nil {
		return errors.Join(err, b.Delete(context.WithoutCancel(ctx), name))
	}
	if !up {
		return nil
	}
	there := newPool(func() (transport, error) { return ns.dial(unix.NETLINK_ROUTE) })
	defer there.close()
	err = b.setLink(ctx, there, name, nlwire.LinkChange{Up: &up})
	if err != nil {
		return errors.Join(err, b.deleteLink(context.WithoutCancel(ctx), there, name))
	}
	return nil
}

// SetLink changes the link of that name, if it is the family's.
func (b *Backend) SetLink(ctx context.Context, name string, mtu *int, up *bool) error {
	return b.setLink(ctx, b.route, name, nlwire.LinkChange{MTU: mtuOf(mtu), Up: up})
}

// mtuOf converts an MTU, which the caller has checked.
func mtuOf(mtu *int) *uint32 {
	if mtu == nil {
		return nil
	}
	n := uint32(*mtu)
	return &n
}

func (b *Backend) setLink(ctx context.Context, route *pool, name string, change nlwire.LinkChange) error {
	link, err := b.find(ctx, route, name)
	if err != nil {
		return err
	}
	return b.changeLink(ctx, route, func(buf []byte, h nlwire.Header) []byte {
		return nlwire.AppendSetLink(buf, h, link.Index, change)
	})
}

// Delete removes the link of that name, if it is the family's.
func (b *Backend) Delete(ctx context.Context, name string) error {
	return b.deleteLink(ctx, b.route, name)
}

func (b *Backend) deleteLink(ctx context.Context, route *pool, name string) error {
	link, err := b.find(ctx, route, name)
	if err != nil {
		return err
	}
	return b.changeLink(ctx, route, func(buf []byte, h nlwire.Header) []byte {
		return nlwire.AppendDelLink(buf, h, link.Index)
	})
}

// changeLink sends a request that is only acknowledged.
func (b *Backend) changeLink(ctx context.Context, route *pool, encode func([]byte, nlwire.Header) []byte) error {
	x, err := route.begin(ctx)
	if err != nil {
		return err
	}
	defer x.end()
	err = x.request(smallRequest, encode)
	if err == nil {
		err = x.acknowledged()
	}
	return b.explain(x.explain(err))
}
