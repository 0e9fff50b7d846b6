package uapi

import (
	"bytes"
	"math"
	"net/netip"
)

// Addresses are parsed in place, since a device has many of them and package
// netip takes strings. netip stays the judge: what the fast parsers do not take
// goes to it, and they take nothing that it would see otherwise.

const (
	wantPrefix   = "a prefix such as 192.0.2.0/24"
	wantEndpoint = "a numeric address and port such as 192.0.2.1:51820 or [2001:db8::1]:51820"
)

// appendEndpoint adds a line. A valid endpoint has no control bytes in its
// zone; those of another one become '?', so that none is ever a line of its own.
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

// parseEndpoint takes numeric addresses alone and returns an IPv4-mapped one as
// IPv4. The zone stays.
func parseEndpoint(v []byte) (netip.AddrPort, bool) {
	e, ok := fastEndpoint(v)
	if !ok {
		if bytes.ContainsFunc(v, func(r rune) bool { return r < 0x80 && isControl(byte(r)) }) {
			return netip.AddrPort{}, false
		}
		var err error
		if e, err = netip.ParseAddrPort(string(v)); err != nil {
			return netip.AddrPort{}, false
		}
	}
	return netip.AddrPortFrom(e.Addr().Unmap(), e.Port()), true
}

// isControl reports bytes that no name or zone may hold.
func isControl(c byte) bool { return c < 0x20 || c == 0x7f }

func fastEndpoint(v []byte) (netip.AddrPort, bool) {
	a, rest, ok := cutAddr4(v)
	if !ok && len(v) > 0 && v[0] == '[' {
		if end := bytes.IndexByte(v, ']'); end > 0 {
			a, ok = fastAddr6(v[1:end])
			rest = v[end+1:]
		}
	}
	if !ok || len(rest) == 0 || rest[0] != ':' {
		return netip.AddrPort{}, false
	}
	port, ok := parseUint(rest[1:], math.MaxUint16)
	return netip.AddrPortFrom(a, uint16(port)), ok
}

// appendPrefix adds a line. sign is "-" to remove, "" to add.
func appendPrefix(b []byte, key, sign string, p netip.Prefix) []byte {
	b = append(append(b, key...), '=')
	b = p.AppendTo(append(b, sign...))
	return append(b, '\n')
}

// parsePrefix returns the prefix masked. An IPv4-mapped one stays IPv6, as the
// devices see it.
func parsePrefix(v []byte) (netip.Prefix, bool) {
	p, ok := fastPrefix(v)
	if !ok {
		var err error
		if p, err = netip.ParsePrefix(string(v)); err != nil {
			return netip.Prefix{}, false
		}
	}
	return p.Masked(), true
}

func fastPrefix(v []byte) (netip.Prefix, bool) {
	a, rest, ok := cutAddr4(v)
	if !ok {
		if end := bytes.IndexByte(v, '/'); end >= 0 {
			a, ok = fastAddr6(v[:end])
			rest = v[end:]
		}
	}
	if !ok || len(rest) == 0 || rest[0] != '/' {
		return netip.Prefix{}, false
	}
	mask := rest[1:]
	if len(mask) > 1 && mask[0] == '0' {
		return netip.Prefix{}, false
	}
	bits, ok := parseUint(mask, uint64(a.BitLen()))
	return netip.PrefixFrom(a, int(bits)), ok
}

// cutAddr4 takes four decimal numbers and dots from the front of v, and returns
// what is behind.
func cutAddr4(v []byte) (a netip.Addr, rest []byte, ok bool) {
	var ip [4]byte
	at := 0
	for i := range ip {
		if i > 0 {
			if at == len(v) || v[at] != '.' {
				return a, nil, false
			}
			at++
		}
		start, n := at, uint(0)
		for at < len(v) && v[at]-'0' <= 9 && n <= math.MaxUint8 {
			n = n*10 + uint(v[at]-'0')
			at++
		}
		if at == start || n > math.MaxUint8 || at-start > 1 && v[start] == '0' {
			return a, nil, false
		}
		ip[i] = byte(n)
	}
	return netip.AddrFrom4(ip), v[at:], true
}

// fastAddr6 takes groups of hexadecimal digits and "::", but neither an
// embedded IPv4 address nor a zone.
func fastAddr6(v []byte) (netip.Addr, bool) {
	var ip [16]byte
	head, tail, gap := bytes.Cut(v, []byte("::"))
	n, ok := fastGroups(ip[:], head)
	if !ok || !gap {
		return netip.AddrFrom16(ip), ok && n == len(ip)
	}
	var right [16]byte
	m, ok := fastGroups(right[:], tail)
	// The gap stands for one group at least.
	if !ok || n+m > len(ip)-2 {
		return netip.Addr{}, false
	}
	copy(ip[len(ip)-m:], right[:m])
	return netip.AddrFrom16(ip), true
}

// fastGroups writes groups that are divided by ':' to ip, and returns the
// bytes written: none for an empty v.
func fastGroups(ip, v []byte) (n int, ok bool) {
	for len(v) > 0 {
		var group, digits uint
		for ; digits < uint(len(v)) && v[digits] != ':'; digits++ {
			d := hexDigit(v[digits])
			if d > 0xf || digits == 4 {
				return 0, false
			}
			group = group<<4 | d
		}
		if digits == 0 || n == len(ip) {
			return 0, false
		}
		ip[n], ip[n+1] = byte(group>>8), byte(group)
		n += 2
		v = v[digits:]
		if len(v) == 1 {
			return 0, false // a ':' that nothing follows
		}
		if len(v) > 0 {
			v = v[1:]
		}
	}
	return n, true
}

// hexDigit returns the value of a digit, and more than 15 for anything else.
func hexDigit(c byte) uint {
	switch {
	case '0' <= c && c <= '9':
		return uint(c - '0')
	case 'a' <= c && c <= 'f':
		return uint(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return uint(c-'A') + 10
	}
	return math.MaxUint8
}
