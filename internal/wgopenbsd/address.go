package wgopenbsd

import (
	"net/netip"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/internal/bsd"
)

// endpoint decodes the socket address of an endpoint.
func (l *Layout) endpoint(b []byte) (netip.AddrPort, error) {
	e := bsd.Sockaddr(b, l.inet6, host)
	if !e.IsValid() {
		return e, malformed("endpoint of family %d", b[1])
	}
	return e, nil
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
		b[0] = bsd.Inet
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
	case bsd.Inet:
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
