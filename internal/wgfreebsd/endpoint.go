package wgfreebsd

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
)

// Socket addresses of FreeBSD (netinet/in.h, netinet6/in6.h): u8 length, u8 family,
// port, and then the IPv4 address, or u32 flow information, the IPv6 address and the u32
// scope. The numbers do not depend on the system that runs this.
const (
	afInet      = 2
	afInet6     = 28
	sockaddrIn  = 16
	sockaddrIn6 = 28

	portAt  = 2
	addr4At = 4
	addr6At = 8
	scopeAt = 24
)

func endpointLen(e netip.AddrPort) int {
	switch {
	case !e.IsValid():
		return 0
	case e.Addr().Is4():
		return nvlist.PairLen(peerEndpoint, sockaddrIn)
	}
	return nvlist.PairLen(peerEndpoint, sockaddrIn6)
}

// appendEndpoint appends e, or nothing if e is not valid. The address must not be
// IPv4-mapped, and its zone must be empty or a number. The kernel stores what it gets,
// and a socket refuses an address that does not state its length.
func appendEndpoint(b []byte, e netip.AddrPort) []byte {
	if !e.IsValid() {
		return b
	}
	var sockaddr [sockaddrIn6]byte
	binary.BigEndian.PutUint16(sockaddr[portAt:], e.Port())
	if e.Addr().Is4() {
		sockaddr[0], sockaddr[1] = sockaddrIn, afInet
		*(*[4]byte)(sockaddr[addr4At:]) = e.Addr().As4()
		return nvlist.AppendBinary(b, peerEndpoint, sockaddr[:sockaddrIn])
	}
	sockaddr[0], sockaddr[1] = sockaddrIn6, afInet6
	*(*[16]byte)(sockaddr[addr6At:]) = e.Addr().As16()
	binary.LittleEndian.PutUint32(sockaddr[scopeAt:], scopeID(e.Addr().Zone()))
	return nvlist.AppendBinary(b, peerEndpoint, sockaddr[:])
}

// scopeID returns zone as a number, or 0 if it is not one.
func scopeID(zone string) uint32 {
	id, err := strconv.ParseUint(zone, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(id)
}

// endpoint decodes a socket address. A scope becomes a zone that is a number. The
// result is invalid for another address family.
func endpoint(s []byte, order binary.ByteOrder) netip.AddrPort {
	switch {
	case len(s) >= sockaddrIn && s[1] == afInet:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(s[addr4At:])), binary.BigEndian.Uint16(s[portAt:]))
	case len(s) >= sockaddrIn6 && s[1] == afInet6:
		addr := netip.AddrFrom16([16]byte(s[addr6At:]))
		if id := order.Uint32(s[scopeAt:]); id != 0 && !addr.Is4In6() {
			addr = addr.WithZone(strconv.FormatUint(uint64(id), 10))
		}
		return netip.AddrPortFrom(addr.Unmap(), binary.BigEndian.Uint16(s[portAt:]))
	}
	return netip.AddrPort{}
}
