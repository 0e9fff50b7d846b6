package nlwire

import (
	"net/netip"
	"strconv"
)

// The socket addresses that the kernel's endpoint attribute holds, with
// Linux's numbers on whatever system this runs.
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

// appendEndpoint appends e, which has no IPv4-mapped address and whose zone is
// empty or a number (any other zone is lost). NB: kernels ignore an endpoint of
// any other size or family without a word.
func appendEndpoint(b []byte, e netip.AddrPort) []byte {
	switch {
	case !e.IsValid():
		return b
	case e.Addr().Is4():
		b = appendAttr(b, attrEndpoint, sockaddrIn)
		s := b[len(b)-sockaddrIn:]
		a := e.Addr().As4()
		host.PutUint16(s, afInet)
		wire.PutUint16(s[2:], e.Port())
		copy(s[4:], a[:])
	default:
		b = appendAttr(b, attrEndpoint, sockaddrIn6)
		s := b[len(b)-sockaddrIn6:]
		a := e.Addr().As16()
		host.PutUint16(s, afInet6)
		wire.PutUint16(s[2:], e.Port())
		copy(s[8:], a[:])
		host.PutUint32(s[24:], scopeID(e.Addr().Zone()))
	}
	return b
}

// scopeID returns the number that zone is, 0 for none.
func scopeID(zone string) uint32 {
	id, err := strconv.ParseUint(zone, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(id)
}

// endpoint decodes the payload of an endpoint. A scope becomes a zone that is
// a number. The flow label, which no device sends with, is left out.
func (a *attrs) endpoint() netip.AddrPort {
	s := a.payload()
	switch {
	case len(s) == sockaddrIn && host.Uint16(s) == afInet:
		return endpoint4(s)
	case len(s) == sockaddrIn6 && host.Uint16(s) == afInet6:
		addr := netip.AddrFrom16([16]byte(s[8:]))
		if id := host.Uint32(s[24:]); id != 0 && !addr.Is4In6() {
			addr = addr.WithZone(strconv.FormatUint(uint64(id), 10))
		}
		return netip.AddrPortFrom(addr.Unmap(), wire.Uint16(s[2:]))
	}
	a.fail("an endpoint of %d bytes", len(s))
	return netip.AddrPort{}
}

// endpoint4 decodes struct sockaddr_in.
func endpoint4(s []byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(s[4:])), wire.Uint16(s[2:]))
}
