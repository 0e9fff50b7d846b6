//go:build linux

package host

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

var native = binary.NativeEndian

// errShort is the error of a message that the kernel cut off.
var errShort = errors.New("message of the kernel is too short")

// Addresses returns the addresses of a link, those of IPv4 first.
func (h *Host) Addresses(ctx context.Context, index int) ([]netip.Prefix, error) {
	reply, err := h.dump(ctx, unix.RTM_GETADDR, &rtnetlink.AddressMessage{Index: uint32(index)})
	if errors.Is(err, unix.ENODEV) {
		err = notExist{err}
	}
	if err != nil {
		return nil, fmt.Errorf("list addresses of link %d: %w", index, err)
	}
	var list []netip.Prefix
	for _, m := range reply {
		var a rtnetlink.AddressMessage
		if err := a.UnmarshalBinary(m.Data); err != nil {
			return nil, fmt.Errorf("list addresses of link %d: %w", index, err)
		}
		if int(a.Index) != index || a.Attributes == nil {
			continue
		}
		ip := a.Attributes.Local // Address is the other end of a point-to-point link
		if ip == nil {
			ip = a.Attributes.Address
		}
		if addr, ok := netip.AddrFromSlice(ip); ok {
			list = append(list, netip.PrefixFrom(addr, int(a.PrefixLength)))
		}
	}
	return list, nil
}

// AddAddress adds an address to a link. Errors wrap fs.ErrExist or fs.ErrNotExist.
func (h *Host) AddAddress(ctx context.Context, index int, a netip.Prefix) error {
	err := h.changeAddress(ctx, unix.RTM_NEWADDR, netlink.Create|netlink.Excl, index, a)
	if errors.Is(err, unix.ENODEV) {
		err = notExist{err}
	}
	if err != nil {
		return fmt.Errorf("add address %s to link %d: %w", a, index, err)
	}
	return nil
}

// RemoveAddress removes an address from a link.
func (h *Host) RemoveAddress(ctx context.Context, index int, a netip.Prefix) error {
	err := h.changeAddress(ctx, unix.RTM_DELADDR, 0, index, a)
	if err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) && !errors.Is(err, unix.ENODEV) {
		return fmt.Errorf("remove address %s from link %d: %w", a, index, err)
	}
	return nil
}

func (h *Host) changeAddress(ctx context.Context, typ int, flags netlink.HeaderFlags, index int, a netip.Prefix) error {
	ip := a.Addr().AsSlice()
	_, err := h.changeOne(ctx, typ, flags,
		&rtnetlink.AddressMessage{
			Family:       family(a.Addr().Is6()),
			PrefixLength: uint8(a.Bits()),
			Index:        uint32(index),
		},
		netlink.Attribute{Type: unix.IFA_LOCAL, Data: ip},
		netlink.Attribute{Type: unix.IFA_ADDRESS, Data: ip})
	return err
}

// family returns the number of an address family.
func family(ipv6 bool) uint8 {
	if ipv6 {
		return unix.AF_INET6
	}
	return unix.AF_INET
}
