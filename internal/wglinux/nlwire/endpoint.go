package nlwire

import (
	"net/netip"
	"slices"
	"strconv"
)

// The socket addresses in the kernel's endpoint attribute. These are Linux's numbers,
// so that the package works the same on every system.
const (
	afInet       = 2
	afInet6      = 10
	sockaddrIn   = 16
	sockaddrIn6  = 28
	attrEndpoint = peerEndpoint
)

func endpointSize(e netip.AddrPort) int {
	switch {
	case !e.IsValid():
		return 0
	case e.Addr().Is4():
		return attrSize(sockaddrIn)
	default:
		return attrSize(sockaddrIn6)
	}
}

// appendEndpoint appends e, or nothing if e is not valid. The address must not be
// IPv4-mapped, and its zone must be empty or a number; other zones are lost. Kernels
// silently ignore an endpoint with another size or family.
func appendEndpoint(b []byte, e netip.AddrPort) []byte {
	switch {
	case !e.IsValid():
		return b
	case e.Addr().Is4():
		const size = attrHeader + sockaddrIn
		start := len(b)
		b = slices.Grow(b, size)[:start+size]
		to := (*[size]byte)(b[start:])
		*to = [size]byte{}
		host.PutUint32(to[:], headEndpoint4)
		host.PutUint16(to[4:], afInet)
		wire.PutUint16(to[6:], e.Port())
		*(*[4]byte)(to[8:]) = e.Addr().As4()
		return b
	default:
		a := e.Addr().As16()
		b = host.AppendUint16(appendAttrHeader(b, attrEndpoint, sockaddrIn6), afInet6)
		b = wire.AppendUint16(b, e.Port())
		b = host.AppendUint32(b, 0) // flow label
		b = append(b, a[:]...)
		return host.AppendUint32(b, scopeID(e.Addr().Zone()))
	}
}

// scopeID returns zone as a number, or 0 if it is not one.
func scopeID(zone string) uint32 {
	id, err := strconv.ParseUint(zone, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(id)
}

// endpoint decodes an endpoint. The scope becomes a zone that is a number. The flow
// label is ignored, because the kernel does not send with it. The result is invalid for
// another address family.
func (a *attrs) endpoint() netip.AddrPort {
	s := a.payload()
	switch {
	case len(s) >= sockaddrIn && host.Uint16(s) == afInet:
		return endpoint4(s)
	case len(s) >= sockaddrIn6 && host.Uint16(s) == afInet6:
		addr := netip.AddrFrom16([16]byte(s[8:]))
		if id := host.Uint32(s[24:]); id != 0 && !addr.Is4In6() {
			addr = addr.WithZone(strconv.FormatUint(uint64(id), 10))
		}
		return netip.AddrPortFrom(addr.Unmap(), wire.Uint16(s[2:]))
	}
	return netip.AddrPort{}
}

// endpoint4 decodes struct sockaddr_in.
func endpoint4(s []byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(s[4:])), wire.Uint16(s[2:]))
}
