package peerfile

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// The errors of Next.
var (
	// ErrNoNetwork: none of the addresses has a network with room for peers.
	ErrNoNetwork = errors.New("no network")
	// ErrFull: every address of a network is used.
	ErrFull = errors.New("no free address")
)

// FullError reports that every address of Network is used. If a single prefix
// uses all of them, it is Used; otherwise Used is the zero Prefix. The error
// wraps ErrFull.
type FullError struct{ Network, Used netip.Prefix }

func (e *FullError) Error() string { return fmt.Sprintf("%v in %s", ErrFull, e.Network) }
func (e *FullError) Unwrap() error { return ErrFull }

// networksOf returns the networks of a device with these addresses, without
// duplicates. A single address, such as 10.0.0.1/32, and a link-local address
// have no network.
func networksOf(addresses []netip.Prefix) (networks []netip.Prefix) {
	for _, a := range addresses {
		network := a.Masked()
		if !a.IsSingleIP() && !a.Addr().IsLinkLocalUnicast() && !slices.Contains(networks, network) {
			networks = append(networks, network)
		}
	}
	return networks
}

// Next returns the first free address of each of the networks of a device with
// these addresses. It skips the device's own addresses and those in used, the
// allowed IPs of the peers. It also skips the first address of a network, which
// names the network or, in IPv6, any router, and the last one of an IPv4 network,
// the broadcast address. Networks of two addresses have neither (RFC 3021, RFC 6164).
//
// The error wraps ErrNoNetwork, or is a *FullError.
func Next(addresses, used []netip.Prefix) (free []netip.Addr, err error) {
	networks := networksOf(addresses)
	if len(networks) == 0 {
		return nil, ErrNoNetwork
	}
	taken := make([]netip.Prefix, 0, len(used)+len(addresses)+len(networks))
	for _, p := range used {
		taken = append(taken, p.Masked())
	}
	for _, a := range addresses {
		taken = append(taken, single(a.Addr()))
	}
	for _, network := range networks {
		slices.SortFunc(taken, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
		addr, ok := firstFree(network, taken)
		if !ok {
			full := &FullError{Network: network}
			for _, p := range taken {
				if p.Bits() <= network.Bits() && p.Contains(network.Addr()) {
					full.Used = p
				}
			}
			return nil, full
		}
		free = append(free, addr)
		taken = append(taken, single(addr)) // networks may overlap
	}
	return free, nil
}

// firstFree returns the first address of network that none of taken contains. The
// prefixes of taken are masked and sorted by address.
func firstFree(network netip.Prefix, taken []netip.Prefix) (addr netip.Addr, ok bool) {
	addr, end := network.Addr(), last(network)
	if addr.Next() != end { // more than two addresses
		addr = addr.Next()
		if end.Is4() {
			end = end.Prev()
		}
	}
	for _, p := range taken {
		if p.Addr().BitLen() != addr.BitLen() || last(p).Less(addr) {
			continue
		}
		if addr.Less(p.Addr()) {
			break // and before all that follow
		}
		if addr = last(p).Next(); !addr.IsValid() { // p has the last address of all
			return addr, false
		}
	}
	return addr, !end.Less(addr)
}

// last returns the last address of a masked prefix.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(b)*8; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	addr, _ := netip.AddrFromSlice(b)
	return addr
}

// single returns the prefix that contains only addr.
func single(addr netip.Addr) netip.Prefix {
	return netip.PrefixFrom(addr.WithZone(""), addr.BitLen())
}
