//go:build linux

package wglinux

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Link returns the state of the link with that name. If index is not 0, the link must
// also have that index.
func (b *Backend) Link(ctx context.Context, name string, index int) (wginternal.Link, error) {
	link, err := b.findIndex(ctx, name, index)
	if err != nil {
		return wginternal.Link{}, err
	}
	return wginternal.Link{Index: int(link.Index), MTU: int(link.MTU), Up: link.Up}, nil
}

// Create creates a link in one request, so that it is there as a whole or not at all.
// An mtu of 0 is the kernel's choice. The link is created in the namespace of the file
// descriptor netNS, or in the Backend's if netNS is -1; its sockets are always in the
// Backend's.
func (b *Backend) Create(ctx context.Context, name string, mtu int, up bool, netNS int) error {
	if err := checkNewName(name); err != nil {
		return err
	}
	var change nlwire.LinkChange
	if netNS >= 0 {
		there, err := newNamespace(netNS)
		if err != nil {
			return err
		}
		defer there.close()
		change.NetNS = there.fd
	}
	if mtu != 0 {
		change.MTU = mtuOf(&mtu)
	}
	if up {
		change.Up = &up
	}
	err := b.changeLink(ctx, func(buf []byte, h nlwire.Header) []byte {
		return nlwire.AppendNewLink(buf, h, name, b.family, change)
	})
	switch {
	case isErrno(err, unix.EOPNOTSUPP):
		return wginternal.Tag(errors.ErrUnsupported,
			fmt.Errorf("%w (is the kernel module %q installed?)", err, b.family))
	case isErrno(err, unix.EPERM) && change.NetNS != 0:
		return fmt.Errorf("%w; it is also needed in the network namespace of the new link", err)
	}
	return err
}

// checkNewName returns a *wgtypes.FieldError for a name that Create refuses.
func checkNewName(name string) error {
	if err := wginternal.CheckName(name, wginternal.MaxNameUnix); err != nil {
		return err
	}
	if strings.Contains(name, "%") {
		return &wgtypes.FieldError{
			Index: -1, Field: "name", Reason: fmt.Sprintf("%q has a %%, which the kernel would take for a pattern", name),
		}
	}
	return nil
}

// SetLink changes the link with that name. If index is not 0, the link must also have
// that index.
func (b *Backend) SetLink(ctx context.Context, name string, index int, mtu *int, up *bool) error {
	return b.setLink(ctx, name, index, nlwire.LinkChange{MTU: mtuOf(mtu), Up: up})
}

// mtuOf converts an MTU that the caller has validated.
func mtuOf(mtu *int) *uint32 {
	if mtu == nil {
		return nil
	}
	n := uint32(*mtu)
	return &n
}

func (b *Backend) setLink(ctx context.Context, name string, index int, change nlwire.LinkChange) error {
	link, err := b.findIndex(ctx, name, index)
	if err != nil {
		return err
	}
	return b.changeLink(ctx, func(buf []byte, h nlwire.Header) []byte {
		return nlwire.AppendSetLink(buf, h, link.Index, change)
	})
}

// Delete removes the link with that name. If index is not 0, the link must also have
// that index.
func (b *Backend) Delete(ctx context.Context, name string, index int) error {
	link, err := b.findIndex(ctx, name, index)
	if err != nil {
		return err
	}
	return b.changeLink(ctx, func(buf []byte, h nlwire.Header) []byte {
		return nlwire.AppendDelLink(buf, h, link.Index)
	})
}

// findIndex is find, but fails if index is not 0 and the link has another index.
func (b *Backend) findIndex(ctx context.Context, name string, index int) (nlwire.Link, error) {
	link, err := b.find(ctx, name)
	if err == nil && index != 0 && index != int(link.Index) {
		err = wginternal.Tag(fs.ErrNotExist, fmt.Errorf("%q was replaced: its index is %d, not %d", name, link.Index, index))
	}
	return link, err
}

// changeLink sends a request and waits for its acknowledgement.
//
// It checks ctx only before it sends. The kernel replies before Send returns, and
// without the reply the caller would not know whether the link was changed.
func (b *Backend) changeLink(ctx context.Context, encode func([]byte, nlwire.Header) []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x, err := b.route.begin(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	defer x.end()
	err = x.request(smallRequest, encode)
	if err == nil {
		err = x.acknowledged()
	}
	if isErrno(err, unix.EINVAL) { // the kernel refuses the name or the MTU
		return wginternal.Tag(fs.ErrInvalid, err)
	}
	return b.explain(x.explain(err))
}
