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
	p, rest, ok := cutPrefix(v)
	if !ok || len(rest) > 0 {
		var err error
		if p, err = netip.ParsePrefix(string(v)); err != nil {
			return netip.Prefix{}, false
		}
	}
	return p.Masked(), true
}

// maxPrefixLen is the length of an IPv6 prefix with all of its digits.
const maxPrefixLen = len("0000:0000:0000:0000:0000:0000:0000:0000/128")

// cutPrefix takes a prefix from the front of v, and returns what is behind. It
// leaves what is seldom to netip.
func cutPrefix(v []byte) (p netip.Prefix, rest []byte, ok bool) {
	a, rest, ok := cutAddr4(v)
	if !ok {
		end := bytes.IndexByte(v[:min(len(v), maxPrefixLen)], '/')
		if end < 0 {
			return p, nil, false
		}
		if a, ok = fastAddr6(v[:end]); !ok {
			return p, nil, false
		}
		rest = v[end:]
	}
	bits, rest, ok := cutBits(rest)
	if !ok || bits > a.BitLen() {
		return p, nil, false
	}
	return netip.PrefixFrom(a, bits), rest, true
}

// cutBits takes a slash and a number of at most three digits.
func cutBits(v []byte) (bits int, rest []byte, ok bool) {
	if len(v) < 2 || v[0] != '/' {
		return 0, nil, false
	}
	at := 1
	for at < min(len(v), 4) && v[at]-'0' <= 9 {
		bits = bits*10 + int(v[at]-'0')
		at++
	}
	return bits, v[at:], at > 1 && (v[1] != '0' || at == 2)
}

// cutAddr4 takes four decimal numbers and dots from the front of v, and returns
// what is behind.
func cutAddr4(v []byte) (a netip.Addr, rest []byte, ok bool) {
	var ip, n uint32
	digits, dots := 0, 0
	end := len(v)
	for i, c := range v {
		if d := uint32(c) - '0'; d <= 9 {
			n = n*10 + d
			digits++
			if n > math.MaxUint8 || digits > 1 && n < 10 { // too much, or a zero in front
				return a, nil, false
			}
			continue
		}
		if dots == 3 {
			end = i
			break
		}
		if c != '.' || digits == 0 {
			return a, nil, false
		}
		ip = ip<<8 | n
		n, digits, dots = 0, 0, dots+1
	}
	ip = ip<<8 | n
	return addr4(ip), v[end:], dots == 3 && digits > 0
}

func addr4(ip uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)})
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
