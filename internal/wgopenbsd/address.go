package wgopenbsd

import (
	"net/netip"
	"strconv"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// Address families. AF_INET6 differs between the systems and is in the Layout.
const inet = 2

// Socket addresses. Each begins with its size and its family, one byte each, and the
// port in network byte order.
const (
	sockaddrIn  = 16
	sockaddrIn6 = 28
	portAt      = 2
	addr4At     = 4
	addr6At     = 8
	scopeAt     = 24
)

// putEndpoint writes e to the zeros in b. The address must not be IPv4-mapped, and its
// zone must be empty or a number.
func (l *Layout) putEndpoint(b []byte, e netip.AddrPort) {
	wire.PutUint16(b[portAt:], e.Port())
	if e.Addr().Is4() {
		b[0], b[1] = sockaddrIn, inet
		a := e.Addr().As4()
		copy(b[addr4At:], a[:])
		return
	}
	b[0], b[1] = sockaddrIn6, l.inet6
	a := e.Addr().As16()
	copy(b[addr6At:], a[:])
	if scope, ok := wginternal.ZoneNumber(e.Addr().Zone()); ok {
		host.PutUint32(b[scopeAt:], scope)
	}
}

// endpoint decodes an endpoint. The scope becomes a zone that is a number.
func (l *Layout) endpoint(b []byte) (netip.AddrPort, error) {
	port := wire.Uint16(b[portAt:])
	switch b[1] {
	case inet:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[addr4At:])), port), nil
	case l.inet6:
		addr := netip.AddrFrom16([16]byte(b[addr6At:]))
		if scope := host.Uint32(b[scopeAt:]); scope != 0 && !addr.Is4In6() {
			addr = addr.WithZone(strconv.FormatUint(uint64(scope), 10))
		}
		return netip.AddrPortFrom(addr.Unmap(), port), nil
	}
	return netip.AddrPort{}, malformed("endpoint of family %d", b[1])
}

// struct wg_aip_io begins with a_af, one byte. It is the same on all systems.
const (
	allowedBits = 4 // int
	allowedAddr = 8 // 4 or 16 bytes
	allowedSize = 24
)

// putAllowedIP writes p, which must be valid, to the zeros in b.
func (l *Layout) putAllowedIP(b []byte, p netip.Prefix) {
	host.PutUint32(b[allowedBits:], uint32(p.Bits()))
	if p.Addr().Is4() {
		b[0] = inet
		*(*[4]byte)(b[allowedAddr:]) = p.Addr().As4()
	} else {
		b[0] = l.inet6
		*(*[16]byte)(b[allowedAddr:]) = p.Addr().As16()
	}
}

// allowedIP decodes an allowed IP. The kernel keeps host bits, which the result does not
// have.
func (l *Layout) allowedIP(b []byte) (netip.Prefix, error) {
	var addr netip.Addr
	switch b[0] {
	case inet:
		addr = netip.AddrFrom4([4]byte(b[allowedAddr:]))
	case l.inet6:
		addr = netip.AddrFrom16([16]byte(b[allowedAddr:]))
	default:
		return netip.Prefix{}, malformed("allowed IP of family %d", b[0])
	}
	bits := host.Uint32(b[allowedBits:])
	if bits > uint32(addr.BitLen()) {
		return netip.Prefix{}, malformed("allowed IP %v with %d bits", addr, bits)
	}
	p := netip.PrefixFrom(addr, int(bits))
	if !arena.IsMasked(p) {
		p = p.Masked()
	}
	return p, nil
}
