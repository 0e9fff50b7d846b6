package wgnetbsd

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// Socket addresses of NetBSD: u8 length, u8 family, then a port and an address in
// network byte order. These are NetBSD's numbers on every system.
const (
	afInet      = 2
	afInet6     = 24
	sockaddrIn  = 16
	sockaddrIn6 = 28
)

// appendEndpoint appends the socket address of a valid endpoint. The zone must be empty
// or a number.
func appendEndpoint(b []byte, e netip.AddrPort) []byte {
	if e.Addr().Is4() {
		a := e.Addr().As4()
		b = append(b, sockaddrIn, afInet)
		b = binary.BigEndian.AppendUint16(b, e.Port())
		b = append(b, a[:]...)
		return append(b, make([]byte, 8)...)
	}
	a := e.Addr().As16()
	b = append(b, sockaddrIn6, afInet6)
	b = binary.BigEndian.AppendUint16(b, e.Port())
	b = host.AppendUint32(b, 0) // flow label
	b = append(b, a[:]...)
	// It is 0 without a zone: ParseUint fails then.
	scope, _ := strconv.ParseUint(e.Addr().Zone(), 10, 32)
	return host.AppendUint32(b, uint32(scope))
}

// decodeEndpoint decodes a socket address. The scope becomes a zone that is a number. The
// result is invalid for another address family or size.
func decodeEndpoint(b []byte) netip.AddrPort {
	switch {
	case len(b) == sockaddrIn && b[1] == afInet:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:])), binary.BigEndian.Uint16(b[2:]))
	case len(b) == sockaddrIn6 && b[1] == afInet6:
		addr := netip.AddrFrom16([16]byte(b[8:])).Unmap()
		if scope := host.Uint32(b[24:]); scope != 0 && addr.Is6() {
			addr = addr.WithZone(strconv.FormatUint(uint64(scope), 10))
		}
		return netip.AddrPortFrom(addr, binary.BigEndian.Uint16(b[2:]))
	}
	return netip.AddrPort{}
}
