package bsd

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// Address families. AF_INET6 depends on the system, and not on the one that runs this.
const (
	Inet         = 2
	Inet6FreeBSD = 28 // also of DragonFly BSD
	Inet6OpenBSD = 24 // also of NetBSD
)

// The sizes of struct sockaddr_in and sockaddr_in6.
const (
	SockaddrIn  = 16
	SockaddrIn6 = 28
)

// Offsets in both structs. They begin with their size and their family, one byte each.
const (
	portAt  = 2
	addr4At = 4
	addr6At = 8
	scopeAt = 24
)

// PutSockaddr stores the socket address of e in b, which is zero, and returns its size.
// The kernel uses an address as it is stored, so it must state its size. The address must
// not be IPv4-mapped, and its zone must be empty or a number. inet6 is AF_INET6.
func PutSockaddr(b []byte, e netip.AddrPort, inet6 byte) int {
	binary.BigEndian.PutUint16(b[portAt:], e.Port())
	if e.Addr().Is4() {
		b[0], b[1] = SockaddrIn, Inet
		*(*[4]byte)(b[addr4At:]) = e.Addr().As4()
		return SockaddrIn
	}
	b[0], b[1] = SockaddrIn6, inet6
	*(*[16]byte)(b[addr6At:]) = e.Addr().As16()
	if scope, ok := wginternal.ZoneNumber(e.Addr().Zone()); ok {
		order.PutUint32(b[scopeAt:], scope)
	}
	return SockaddrIn6
}

// Sockaddr decodes a socket address of at least SockaddrIn bytes. The scope of an IPv6
// address, whose byte order is that of the kernel, becomes a zone that is a number. The
// result is invalid for another family, or if the address is cut.
func Sockaddr(b []byte, inet6 byte, kernel binary.ByteOrder) netip.AddrPort {
	if len(b) < SockaddrIn {
		return netip.AddrPort{}
	}
	port := binary.BigEndian.Uint16(b[portAt:])
	switch {
	case b[1] == Inet:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[addr4At:])), port)
	case b[1] == inet6 && len(b) >= SockaddrIn6:
		addr := netip.AddrFrom16([16]byte(b[addr6At:]))
		if scope := [4]byte(b[scopeAt:]); scope != [4]byte{} && !addr.Is4In6() {
			addr = withScope(addr, scope, kernel)
		}
		return netip.AddrPortFrom(addr.Unmap(), port)
	}
	return netip.AddrPort{}
}

func withScope(addr netip.Addr, scope [4]byte, kernel binary.ByteOrder) netip.Addr {
	return addr.WithZone(strconv.FormatUint(uint64(kernel.Uint32(scope[:])), 10))
}
