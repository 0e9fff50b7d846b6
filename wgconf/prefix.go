package wgconf

import (
	"net/netip"
	"strings"
)

// Files have many prefixes, most of them in a few forms. These functions read those forms
// from the start of a text, in one pass. They return the number of bytes that they read,
// or 0 for anything else, which package netip may still accept.

// scanPrefix reads an address and, if one follows, its prefix length.
func scanPrefix(s string) (p netip.Prefix, n int) {
	var addr netip.Addr
	if v4, end := scanIPv4(s); end > 0 {
		addr, n = netip.AddrFrom4(v4), end
	} else if v6, end := scanIPv6(s); end > 0 {
		addr, n = netip.AddrFrom16(v6), end
	} else {
		return p, 0
	}
	bits := addr.BitLen()
	if n < len(s) && s[n] == '/' {
		start, value := n+1, 0
		for n = start; n < len(s) && isDigit(s[n]) && value <= bits; n++ {
			value = 10*value + int(s[n]-'0')
		}
		if n == start || value > bits {
			return p, 0
		}
		bits = value
	}
	return netip.PrefixFrom(addr, bits), n
}

// parseAddr is netip.ParseAddr, but faster for IPv4.
func parseAddr(s string) (netip.Addr, error) {
	if v4, n := scanIPv4(s); n > 0 && n == len(s) {
		return netip.AddrFrom4(v4), nil
	}
	return netip.ParseAddr(s)
}

// scanIPv4 reads four decimal numbers without leading zeros.
func scanIPv4(s string) (a [4]byte, n int) {
	i, value, digits := 0, uint(0), 0
	for ; n < len(s); n++ {
		if digit := uint(s[n] - '0'); digit <= 9 {
			if value = 10*value + digit; value > 255 || digits > 0 && value < 10 {
				return a, 0
			}
			digits++
			continue
		}
		if s[n] != '.' || i == 3 || digits == 0 {
			break
		}
		a[i] = byte(value)
		i, value, digits = i+1, 0, 0
	}
	if i < 3 || digits == 0 {
		return a, 0
	}
	a[3] = byte(value)
	return a, n
}

// hexDigits has the values of hexadecimal digits, plus 1.
var hexDigits = [256]uint8{
	'0': 1, '1': 2, '2': 3, '3': 4, '4': 5, '5': 6, '6': 7, '7': 8, '8': 9, '9': 10,
	'a': 11, 'b': 12, 'c': 13, 'd': 14, 'e': 15, 'f': 16, 'A': 11, 'B': 12, 'C': 13, 'D': 14, 'E': 15, 'F': 16,
}

// scanIPv6 reads hexadecimal groups, with or without "::", and without an IPv4 address.
func scanIPv6(s string) (a [16]byte, n int) {
	size, gap := 0, -1 // of a; gap is where "::" is
	if strings.HasPrefix(s, "::") {
		gap, n = 0, 2
	}
	for {
		start, value := n, uint(0)
		for ; n < len(s) && n < start+4 && hexDigits[s[n]] > 0; n++ {
			value = value<<4 | uint(hexDigits[s[n]]-1)
		}
		if n == start {
			if size != gap { // the text ends with ":", or is empty
				return a, 0
			}
			break
		}
		a[size], a[size+1] = byte(value>>8), byte(value)
		size += 2
		if n == len(s) || s[n] != ':' || size == len(a) {
			break
		}
		if n++; n < len(s) && s[n] == ':' {
			if gap >= 0 {
				return a, 0
			}
			gap, n = size, n+1
		}
	}
	switch {
	case size < len(a) && gap >= 0:
		moved := copy(a[len(a)-(size-gap):], a[gap:size])
		clear(a[gap : len(a)-moved])
	case size < len(a), gap >= 0:
		return a, 0
	}
	return a, n
}
