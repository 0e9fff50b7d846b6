//go:build linux

package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Link returns the link with that name. The error wraps fs.ErrNotExist if there is none.
func (h *Host) Link(ctx context.Context, name string) (Link, error) {
	reply, err := h.query(ctx, unix.RTM_GETLINK, 0, &rtnetlink.LinkMessage{},
		netlink.Attribute{Type: unix.IFLA_IFNAME, Data: append([]byte(name), 0)})
	link, err := oneLink(reply, err)
	if err != nil {
		return Link{}, fmt.Errorf("look up link %q: %w", name, err)
	}
	return link, nil
}

// linkByIndex returns the link with that index.
func (h *Host) linkByIndex(ctx context.Context, index int) (Link, error) {
	reply, err := h.query(ctx, unix.RTM_GETLINK, 0, &rtnetlink.LinkMessage{Index: uint32(index)})
	link, err := oneLink(reply, err)
	if err != nil {
		return Link{}, fmt.Errorf("look up link %d: %w", index, err)
	}
	return link, nil
}

func oneLink(reply []netlink.Message, err error) (Link, error) {
	switch {
	case errors.Is(err, unix.ENODEV):
		return Link{}, notExist{err}
	case err != nil:
		return Link{}, err
	case len(reply) != 1:
		return Link{}, fmt.Errorf("received %d messages, want 1", len(reply))
	}
	return decodeLink(reply[0].Data)
}

// Links returns all links.
func (h *Host) Links(ctx context.Context) ([]Link, error) {
	reply, err := h.dump(ctx, unix.RTM_GETLINK, &rtnetlink.LinkMessage{})
	if err != nil {
		return nil, fmt.Errorf("list links: %w", err)
	}
	links := make([]Link, 0, len(reply))
	for _, m := range reply {
		link, err := decodeLink(m.Data)
		if err != nil {
			return nil, fmt.Errorf("list links: %w", err)
		}
		links = append(links, link)
	}
	return links, nil
}

// decodeLink decodes struct ifinfomsg and its attributes. It ignores attributes that
// newer kernels extend, such as statistics.
func decodeLink(b []byte) (Link, error) {
	if len(b) < unix.SizeofIfInfomsg {
		return Link{}, errShort
	}
	link := Link{
		Index: int(int32(native.Uint32(b[4:]))),
		Up:    native.Uint32(b[8:])&unix.IFF_UP != 0,
	}
	ad, err := netlink.NewAttributeDecoder(b[unix.SizeofIfInfomsg:])
	if err != nil {
		return Link{}, err
	}
	for ad.Next() {
		switch ad.Type() {
		case unix.IFLA_IFNAME:
			link.Name = ad.String()
		case unix.IFLA_MTU:
			link.MTU = int(ad.Uint32())
		case unix.IFLA_LINKINFO:
			ad.Nested(func(info *netlink.AttributeDecoder) error {
				for info.Next() {
					if info.Type() == unix.IFLA_INFO_KIND {
						link.Kind = info.String()
					}
				}
				return nil
			})
		}
	}
	return link, ad.Err()
}

// DeleteLink removes a link, and its addresses and routes with it.
func (h *Host) DeleteLink(ctx context.Context, index int) error {
	_, err := h.changeOne(ctx, unix.RTM_DELLINK, 0, &rtnetlink.LinkMessage{Index: uint32(index)})
	if err != nil && !errors.Is(err, unix.ENODEV) {
		return fmt.Errorf("delete link %d: %w", index, err)
	}
	return nil
}

// SetLink changes the MTU of a link, unless mtu is 0, and brings it up if up is true. It
// does both in one request.
func (h *Host) SetLink(ctx context.Context, index, mtu int, up bool) error {
	m := &rtnetlink.LinkMessage{Index: uint32(index)}
	if mtu != 0 {
		m.Attributes = &rtnetlink.LinkAttributes{MTU: uint32(mtu)}
	}
	if up {
		m.Flags, m.Change = unix.IFF_UP, unix.IFF_UP
	}
	_, err := h.changeOne(ctx, unix.RTM_NEWLINK, 0, m)
	switch {
	case errors.Is(err, unix.ENODEV):
		err = notExist{err}
	case err == nil:
		return nil
	}
	if mtu == 0 {
		return fmt.Errorf("bring up link %d: %w", index, err)
	}
	return fmt.Errorf("set the MTU of link %d to %d: %w", index, mtu, err)
}

// MoveLink moves a link to the network namespace of a file descriptor. The link is down
// afterwards, without addresses.
func (h *Host) MoveLink(ctx context.Context, index, fd int) error {
	_, err := h.changeOne(ctx, unix.RTM_NEWLINK, 0, &rtnetlink.LinkMessage{
		Index:      uint32(index),
		Attributes: &rtnetlink.LinkAttributes{NetNS: rtnetlink.NetNSForFD(uint32(fd))},
	})
	if errors.Is(err, unix.ENODEV) {
		err = notExist{err}
	}
	if err != nil {
		return fmt.Errorf("move link %d to another network namespace: %w", index, err)
	}
	return nil
}

// notExist is a kernel's error that also is fs.ErrNotExist.
type notExist struct{ error }

func (e notExist) Unwrap() []error { return []error{e.error, fs.ErrNotExist} }
