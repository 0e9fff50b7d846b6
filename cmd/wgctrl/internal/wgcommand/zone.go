package wgcommand

import (
	"net"
	"net/netip"
	"strconv"
)

// A zone is an interface, for wg by its number: it reads a name and prints one,
// as getaddrinfo(3) and getnameinfo(3) do.

// scoped returns an address that was read with the zone that wg gives to a
// device. That of a link-local address is an interface, by its name or its
// number; that of any other is a number.
func scoped(addr netip.Addr) (netip.Addr, error) {
	zone := addr.Zone()
	if zone == "" {
		return addr, nil
	}
	if isLinkLocal(addr) {
		if _, err := net.InterfaceByName(zone); err == nil {
			return addr, nil
		}
	}
	number, err := strconv.ParseUint(zone, 10, 32)
	switch {
	case err != nil:
		return addr, errUnknownName
	case number == 0:
		return addr.WithZone(""), nil
	}
	return withName(addr.WithZone(strconv.FormatUint(number, 10))), nil
}

// withName returns a link-local address whose zone is a number with the name of
// the interface, if there is one, and any other address as it is.
func withName(addr netip.Addr) netip.Addr {
	number, err := strconv.Atoi(addr.Zone())
	if err != nil || !isLinkLocal(addr) {
		return addr
	}
	link, err := net.InterfaceByIndex(number)
	if err != nil {
		return addr
	}
	return addr.WithZone(link.Name)
}

func isLinkLocal(addr netip.Addr) bool {
	return addr.IsLinkLocalUnicast() || addr.IsLinkLocalMulticast()
}
