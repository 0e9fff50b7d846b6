package uapi

import (
	"encoding/binary"
	"math"
	"net/netip"

	"github.com/wgctrl/wgctrl/internal/arena"
)

// Package netip parses strings only, and a device has many addresses. The parsers
// here parse the common forms from bytes, with the same results as netip. They
// leave all other forms to netip.
//
// They return the position after what they parsed, or 0 for another form.

// window is the beginning of a text. Shorter texts have zeros at the end. Positions
// in a window are masked, which saves the check of the bounds: the longest line,
// of an IPv6 prefix, has 55 bytes.
type window [64]byte

// windowOf returns the window of v. It copies a short v to short.
func windowOf(v []byte, short *window) *window {
	if len(v) >= len(short) {
		return (*window)(v)
	}
	copy(short[:], v)
	return short
}

// at returns the byte at a position.
func (w *window) at(i int) byte { return w[i&(len(w)-1)] }

// cutPrefix parses a prefix at a position and masks it.
func cutPrefix(w *window, at int) (p netip.Prefix, end int) {
	if ip, end := cutAddr4(w, at); end > 0 {
		bits, end := cutBits(w, end)
		if bits > 32 {
			return p, 0
		}
		ip &= ^uint32(0) << (32 - bits) // a shift by 32 yields 0
		return netip.PrefixFrom(addr4(ip), int(bits)), end
	}
	ip, end := cutAddr6(w, at)
	if end == 0 {
		return p, 0
	}
	bits, end := cutBits(w, end)
	if bits > 128 {
		return p, 0
	}
	p = netip.PrefixFrom(netip.AddrFrom16(ip), int(bits))
	if !arena.IsMasked(p) {
		p = p.Masked()
	}
	return p, end
}

// cutBits parses a slash and a number of at most three digits without leading
// zeros.
func cutBits(w *window, at int) (bits uint, end int) {
	digit := uint(w.at(at+1) - '0')
	if w.at(at) != '/' || digit > 9 {
		return 0, 0
	}
	bits, at = digit, at+2
	for range 2 {
		digit = uint(w.at(at) - '0')
		if digit > 9 || bits == 0 {
			break
		}
		bits, at = bits*10+digit, at+1
	}
	return bits, at
}

// cutAddr4 parses an IPv4 address. Its octets have no leading zeros.
func cutAddr4(w *window, at int) (ip uint32, end int) {
	for octet := 0; ; octet++ {
		n := uint32(w.at(at) - '0')
		if n > 9 {
			return 0, 0
		}
		at++
		if digit := uint32(w.at(at) - '0'); digit <= 9 && n > 0 {
			n, at = n*10+digit, at+1
			if digit := uint32(w.at(at) - '0'); digit <= 9 {
				n, at = n*10+digit, at+1
			}
		}
		if n > math.MaxUint8 {
			return 0, 0
		}
		ip = ip<<8 | n
		if octet == 3 {
			return ip, at
		}
		if w.at(at) != '.' {
			return 0, 0
		}
		at++
	}
}

func addr4(ip uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)})
}

// cutAddr6 parses an IPv6 address without an embedded IPv4 address or a zone.
func cutAddr6(w *window, at int) (ip [16]byte, end int) {
	const none = -1
	n, gap := 0, none // bytes of ip that were parsed, and at which of them the "::" is
	if w.at(at) == ':' && w.at(at+1) == ':' {
		gap, at = 0, at+2
	}
	for n < len(ip) {
		group, end := cutGroup(w, at)
		if end == at {
			if gap != n {
				return ip, 0 // without a group, or with a ':' at the end
			}
			break
		}
		binary.BigEndian.PutUint16(ip[n:], group)
		n, at = n+2, end
		if w.at(at) != ':' || n == len(ip) {
			break
		}
		if at++; w.at(at) == ':' {
			if gap != none {
				return ip, 0
			}
			gap, at = n, at+1
		}
	}
	switch {
	case gap == none && n < len(ip), gap != none && n == len(ip): // the gap replaces at least one group
		return ip, 0
	case gap != none && gap < n:
		moveToEnd(&ip, gap, n)
	}
	return ip, at
}

// cutGroup parses at most four hexadecimal digits.
func cutGroup(w *window, at int) (group uint16, end int) {
	for end = at; end < at+4; end++ {
		digit := hexDigits[w.at(end)]
		if digit > 0xf {
			break
		}
		group = group<<4 | uint16(digit)
	}
	return group, end
}

// moveToEnd moves the bytes from begin to end, which follow a gap, to the end of ip.
func moveToEnd(ip *[16]byte, begin, end int) {
	to := len(ip) - (end - begin)
	copy(ip[to:], ip[begin:end])
	clear(ip[begin:to])
}

// hexDigits has the values of hexadecimal digits, and more than 15 for other bytes.
var hexDigits = func() (digits [256]uint8) {
	for i := range digits {
		digits[i] = math.MaxUint8
	}
	for i := range 16 {
		digits["0123456789abcdef"[i]], digits["0123456789ABCDEF"[i]] = uint8(i), uint8(i)
	}
	return digits
}()

// cutEndpoint parses an IPv4 address, or an IPv6 address in brackets, and a port.
func cutEndpoint(w *window) (e netip.AddrPort, end int) {
	var a netip.Addr
	ip, at := cutAddr4(w, 0)
	if at > 0 {
		a = addr4(ip)
	} else if w.at(0) == '[' {
		var ip [16]byte
		if ip, at = cutAddr6(w, 1); at > 0 && w.at(at) == ']' {
			a, at = netip.AddrFrom16(ip), at+1
		}
	}
	if !a.IsValid() || w.at(at) != ':' {
		return e, 0
	}
	const maxDigits = 5
	port, begin := uint(0), at+1
	for at = begin; at-begin < maxDigits; at++ {
		digit := uint(w.at(at) - '0')
		if digit > 9 {
			break
		}
		port = port*10 + digit
	}
	if at == begin || port > math.MaxUint16 {
		return e, 0
	}
	return netip.AddrPortFrom(a, uint16(port)), at
}
