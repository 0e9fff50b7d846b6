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

// Create creates a link. An mtu of 0 is the kernel's choice; a netNS of -1 leaves
// the link in the Backend's namespace. If it fails after the link was created, it
// removes the link.
func (b *Backend) Create(ctx context.Context, name string, mtu int, up bool, netNS int) error {
	var change nlwire.LinkChange
	if mtu != 0 {
		change.MTU = mtuOf(&mtu)
	}
	if netNS >= 0 {
		return b.createIn(ctx, name, change, up, netNS)
	}
	if up {
		change.Up = &up
	}
	return b.create(ctx, name, change)
}

func (b *Backend) create(ctx context.Context, name string, change nlwire.LinkChange) error {
	if strings.Contains(name, "%") {
		return &wgtypes.FieldError{
			Index: -1, Field: "name", Reason: fmt.Sprintf("%q has a %%, which the kernel would take for a pattern", name),
		}
	}
	err := b.changeLink(ctx, func(buf []byte, h nlwire.Header) []byte {
		return nlwire.AppendNewLink(buf, h, name, b.family, change)
	})
	if isErrno(err, unix.EOPNOTSUPP) {
		return wginternal.Tag(errors.ErrUnsupported,
			fmt.Errorf("%w (is the kernel module %q installed?)", err, b.family))
	}
	return err
}

// createIn creates a link, whose sockets stay in the Backend's namespace, and
// moves it to another namespace.
func (b *Backend) createIn(ctx context.Context, name string, change nlwire.LinkChange, up bool, netNS int) error {
	there, err := New(Config{NetNS: netNS, Family: b.family})
	if err != nil {
		return err
	}
	defer there.Close()
	return b.createAndMove(ctx, there, name, change, up)
}

// createAndMove creates a link and moves it to the namespace of there. It
// addresses the link by its index, because another process may rename it and give
// its name to another link.
func (b *Backend) createAndMove(ctx context.Context, there *Backend, name string, change nlwire.LinkChange, up bool) error {
	if up {
		// A caller that may not enter the other namespace could not remove the
		// link there.
		x, err := there.route.begin(ctx)
		if err != nil {
			return err
		}
		x.end()
	}
	if err := b.create(ctx, name, change); err != nil {
		return err
	}
	cleanUp := context.WithoutCancel(ctx)
	link, err := b.find(cleanUp, name)
	if err != nil {
		return fmt.Errorf("find the new link: %w", err)
	}
	if err := b.setIndex(ctx, link.Index, nlwire.LinkChange{NetNS: there.ns.fd}); err != nil {
		return errors.Join(err, b.deleteIndex(cleanUp, link.Index))
	}
	if !up {
		return nil
	}
	// The kernel changes the index if the other namespace has a link with it.
	if link, err = there.find(cleanUp, name); err != nil {
		return fmt.Errorf("find the moved link: %w", err)
	}
	if err := there.setIndex(ctx, link.Index, nlwire.LinkChange{Up: &up}); err != nil {
		return errors.Join(err, there.deleteIndex(cleanUp, link.Index))
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
	return b.setIndex(ctx, link.Index, change)
}

func (b *Backend) setIndex(ctx context.Context, index uint32, change nlwire.LinkChange) error {
	return b.changeLink(ctx, func(buf []byte, h nlwire.Header) []byte {
		return nlwire.AppendSetLink(buf, h, index, change)
	})
}

// Delete removes the link with that name. If index is not 0, the link must also have
// that index.
func (b *Backend) Delete(ctx context.Context, name string, index int) error {
	link, err := b.findIndex(ctx, name, index)
	if err != nil {
		return err
	}
	return b.deleteIndex(ctx, link.Index)
}

func (b *Backend) deleteIndex(ctx context.Context, index uint32) error {
	return b.changeLink(ctx, func(buf []byte, h nlwire.Header) []byte {
		return nlwire.AppendDelLink(buf, h, index)
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
