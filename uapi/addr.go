package uapi

import (
	"bytes"
	"encoding/binary"
	"math"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/internal/arena"
)

// Package netip parses strings only, and a device has many addresses. The fast
// parsers here parse the common forms from bytes, with the same results as netip.
// They leave all other forms to netip.

const (
	wantPrefix   = "a prefix such as 192.0.2.0/24"
	wantEndpoint = "a numeric address and port such as 192.0.2.1:51820 or [2001:db8::1]:51820"
)

// appendEndpoint appends a line. It replaces control bytes in an invalid zone by
// '?', so that a zone cannot add a line.
func appendEndpoint(b []byte, key string, e netip.AddrPort) []byte {
	b = append(append(b, key...), '=')
	start := len(b)
	b = e.AppendTo(b)
	for i := start; i < len(b); i++ {
		if isControl(b[i]) {
			b[i] = '?'
		}
	}
	return append(b, '\n')
}

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
	if i > 1 && host[0] == '[' && host[i-1] == ']' {
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
	return bytes.ContainsFunc(v, func(r rune) bool { return r < 0x80 && isControl(byte(r)) })
}

// isControl reports whether c is a control byte, which names and zones must not
// contain.
func isControl(c byte) bool { return c < 0x20 || c == 0x7f }

func fastEndpoint(v []byte) (netip.AddrPort, bool) {
	var a netip.Addr
	ip, rest, ok := cutAddr4(v)
	if ok {
		a = addr4(ip)
	} else if len(v) > 0 && v[0] == '[' {
		var ip [16]byte
		if ip, rest, ok = cutAddr6(v[1:]); ok && len(rest) > 0 && rest[0] == ']' {
			a, rest = netip.AddrFrom16(ip), rest[1:]
		}
	}
	if !a.IsValid() || len(rest) == 0 || rest[0] != ':' {
		return netip.AddrPort{}, false
	}
	port, ok := parseUint(rest[1:], math.MaxUint16)
	return netip.AddrPortFrom(a, uint16(port)), ok
}

// appendPrefix appends a line. sign is "-" to remove p and "" to add it.
func appendPrefix(b []byte, key, sign string, p netip.Prefix) []byte {
	b = append(append(b, key...), '=')
	b = p.AppendTo(append(b, sign...))
	return append(b, '\n')
}

// parsePrefix returns the masked prefix. An IPv4-mapped prefix stays IPv6, as in
// the devices.
func parsePrefix(v []byte) (netip.Prefix, bool) {
	if p, rest, ok := cutPrefix(v); ok && len(rest) == 0 {
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

// cutPrefix parses a prefix at the start of v. It returns the masked prefix and
// the rest of v. ok is false for rare forms, which netip parses.
func cutPrefix(v []byte) (p netip.Prefix, rest []byte, ok bool) {
	if ip, rest, ok := cutAddr4(v); ok {
		bits, rest, ok := cutBits(rest)
		if !ok || bits > 32 {
			return p, nil, false
		}
		ip &= ^uint32(0) << (32 - bits) // a shift by 32 yields 0
		return netip.PrefixFrom(addr4(ip), int(bits)), rest, true
	}
	ip, rest, ok := cutAddr6(v)
	if !ok {
		return p, nil, false
	}
	bits, rest, ok := cutBits(rest)
	if !ok || bits > 128 {
		return p, nil, false
	}
	p = netip.PrefixFrom(netip.AddrFrom16(ip), int(bits))
	if !arena.IsMasked(p) {
		p = p.Masked()
	}
	return p, rest, true
}

// cutBits parses a slash and a number at the start of v and returns the rest.
func cutBits(v []byte) (bits uint, rest []byte, ok bool) {
	if len(v) == 0 || v[0] != '/' {
		return 0, nil, false
	}
	var short [4]byte
	b := v[1:]
	if len(b) < len(short) {
		copy(short[:], b)
		b = short[:]
	}
	n, digits := number3(binary.LittleEndian.Uint32(b))
	return uint(n), v[1+digits:], digits > 0
}

// cutAddr4 parses an IPv4 address at the start of v and returns the rest.
func cutAddr4(v []byte) (ip uint32, rest []byte, ok bool) {
	const longest = 16 // characters, including the one after the address
	b := v
	if len(b) < longest {
		var short [longest]byte
		copy(short[:], v)
		b = short[:]
	}
	at := 0
	for octet := 0; ; octet++ {
		c := binary.LittleEndian.Uint32(b[at:longest])
		n, digits := number3(c)
		if digits == 0 || n > math.MaxUint8 {
			return 0, nil, false
		}
		ip, at = ip<<8|n, at+digits
		if octet == 3 {
			return ip, v[at:], true
		}
		if byte(c>>(8*digits)) != '.' {
			return 0, nil, false
		}
		at++
	}
}

// number3 parses a number of at most three digits in four characters, of which the
// first is in the lowest byte of c. It returns the number and its number of
// digits, which is 0 without a digit or with a leading zero.
func number3(c uint32) (n uint32, digits int) {
	c ^= 0x30303030 // digits become their values
	c0, c1, c2 := c&0xff, c>>8&0xff, c>>16&0xff
	switch {
	case c0 > 9:
		return 0, 0
	case c1 > 9:
		return c0, 1
	case c0 == 0:
		return 0, 0
	case c2 > 9:
		return c0*10 + c1, 2
	}
	return c0*100 + c1*10 + c2, 3
}

func addr4(ip uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)})
}

// cutAddr6 parses an IPv6 address at the start of v and returns the rest. It does
// not parse embedded IPv4 addresses and zones.
func cutAddr6(v []byte) (ip [16]byte, rest []byte, ok bool) {
	n, at := 0, 0 // bytes of ip, and of v
	gap := -1     // where in ip the "::" is
	if len(v) >= 2 && v[0] == ':' && v[1] == ':' {
		gap, at = 0, 2
	}
	for n < len(ip) {
		start, group := at, uint(0)
		for at < len(v) && hexDigit(v[at]) <= 0xf && at-start < 4 {
			group = group<<4 | hexDigit(v[at])
			at++
		}
		if at == start {
			if gap != n {
				return ip, nil, false // no group, or a ':' at the end
			}
			break
		}
		ip[n], ip[n+1] = byte(group>>8), byte(group)
		n += 2
		if at == len(v) || v[at] != ':' || n == len(ip) {
			break
		}
		if at++; at < len(v) && v[at] == ':' {
			if gap >= 0 {
				return ip, nil, false
			}
			gap = n
			at++
		}
	}
	if gap < 0 {
		return ip, v[at:], n == len(ip)
	}
	copy(ip[len(ip)-(n-gap):], ip[gap:n])
	clear(ip[gap : len(ip)-(n-gap)])
	// The gap replaces at least one group.
	return ip, v[at:], n < len(ip)
}

// hexDigit returns the value of a hexadecimal digit, or more than 15.
func hexDigit(c byte) uint { return uint(hexDigits[c]) }

var hexDigits = func() (digits [256]uint8) {
	for i := range digits {
		digits[i] = math.MaxUint8
	}
	for i := range 16 {
		digits["0123456789abcdef"[i]], digits["0123456789ABCDEF"[i]] = uint8(i), uint8(i)
	}
	return digits
}()
