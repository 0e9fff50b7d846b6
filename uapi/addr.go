package uapi

import (
	"bytes"
	"math"
	"net/netip"
	"slices"
)

const (
	wantPrefix   = "a prefix such as 192.0.2.0/24"
	wantEndpoint = "a numeric address and port such as 192.0.2.1:51820 or [2001:db8::1]:51820"
)

// parseEndpoint parses a numeric address and a port. It converts an IPv4-mapped
// address to IPv4 and keeps the zone.
func parseEndpoint(v []byte) (netip.AddrPort, bool) {
	e, ok := fastEndpoint(v)
	if !ok {
		var err error
		if e, err = netip.ParseAddrPort(string(v)); err != nil || hasControl(v) {
			return netip.AddrPort{}, false
		}
	}
	return netip.AddrPortFrom(e.Addr().Unmap(), e.Port()), true
}

// parseReplyEndpoint also parses forms that wg(8) accepts in replies: an IPv6
// address without brackets, and an IPv4 address with brackets.
func parseReplyEndpoint(v []byte) (netip.AddrPort, bool) {
	if e, ok := parseEndpoint(v); ok {
		return e, true
	}
	i := max(bytes.LastIndexByte(v, ':'), 0)
	host := v[:i]
	if bytes.HasPrefix(host, []byte{'['}) && bytes.HasSuffix(host, []byte{']'}) {
		host = host[1 : i-1]
	}
	a, err := netip.ParseAddr(string(host))
	if err != nil || hasControl(v) {
		return netip.AddrPort{}, false
	}
	port, ok := parseUint(v[i+1:], math.MaxUint16)
	return netip.AddrPortFrom(a.Unmap(), uint16(port)), ok
}

func hasControl(v []byte) bool {
	return slices.ContainsFunc(v, isControl)
}

// isControl reports whether c is a control byte, which names and zones must not
// contain.
func isControl(c byte) bool { return c < 0x20 || c == 0x7f }

// fastEndpoint parses the common forms of an endpoint.
func fastEndpoint(v []byte) (netip.AddrPort, bool) {
	e, n := cutEndpoint(v)
	return e, n > 0 && n == len(v)
}

// parsePrefix returns the masked prefix. An IPv4-mapped prefix stays IPv6, as in
// the devices.
func parsePrefix(v []byte) (netip.Prefix, bool) {
	if p, n := cutPrefix(v, 0); n > 0 && n == len(v) {
		return p, true
	}
	p, err := netip.ParsePrefix(string(v))
	return p.Masked(), err == nil
}

// parseReplyPrefix also parses a length with leading zeros, as wg(8) does in replies.
func parseReplyPrefix(v []byte) (netip.Prefix, bool) {
	if p, ok := parsePrefix(v); ok {
		return p, true
	}
	addr, bits, _ := bytes.Cut(v, []byte{'/'})
	short := bytes.TrimLeft(bits, "0")
	if len(short) == 0 && len(bits) > 0 {
		short = bits[:1]
	}
	return parsePrefix(slices.Concat(addr, []byte{'/'}, short))
}
