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
// They begin at a position in a text and return the position after what they
// parsed, or 0 for another form.

// cutPrefix parses a prefix and masks it.
func cutPrefix(text []byte, at int) (p netip.Prefix, end int) {
	if ip, end := cutAddr4(text, at); end > 0 {
		bits, end := cutBits(text, end)
		if bits > 32 {
			return p, 0
		}
		ip &= ^uint32(0) << (32 - bits) // a shift by 32 yields 0
		return netip.PrefixFrom(addr4(ip), int(bits)), end
	}
	ip, end := cutAddr6(text, at)
	if end == 0 {
		return p, 0
	}
	bits, end := cutBits(text, end)
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
func cutBits(text []byte, at int) (bits uint, end int) {
	if at >= len(text) || text[at] != '/' {
		return 0, 0
	}
	if bits = digit(text, at+1); bits > 9 {
		return 0, 0
	}
	at += 2
	if next := digit(text, at); next <= 9 && bits > 0 {
		bits, at = bits*10+next, at+1
		if next = digit(text, at); next <= 9 {
			bits, at = bits*10+next, at+1
		}
	}
	return bits, at
}

// digit returns the value of the decimal digit at a position, or more than 9 for
// another byte or none.
func digit(text []byte, at int) uint {
	if uint(at) >= uint(len(text)) {
		return math.MaxUint
	}
	return uint(text[at]) - '0'
}

// cutAddr4 parses an IPv4 address. Its octets have no leading zeros.
func cutAddr4(text []byte, at int) (ip uint32, end int) {
	const dot = ^uint(0) - 1 // what digit returns for it
	for octet := 0; ; octet++ {
		n := digit(text, at)
		if n > 9 {
			return 0, 0
		}
		at++
		next := digit(text, at)
		if next <= 9 && n > 0 {
			n, at = n*10+next, at+1
			if next = digit(text, at); next <= 9 {
				n, at = n*10+next, at+1
				next = digit(text, at)
			}
		}
		if n > math.MaxUint8 {
			return 0, 0
		}
		ip = ip<<8 | uint32(n)
		if octet == 3 {
			return ip, at
		}
		if next != dot {
			return 0, 0
		}
		at++
	}
}

func addr4(ip uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)})
}

// cutAddr6 parses an IPv6 address without an embedded IPv4 address or a zone.
func cutAddr6(text []byte, at int) (ip [16]byte, end int) {
	const none = -1
	n, gap := 0, none // bytes of ip that were parsed, and at which of them the "::" is
	if isColon(text, at) && isColon(text, at+1) {
		gap, at = 0, at+2
	}
	for n < len(ip) {
		begin, group := at, uint(0)
		for ; uint(at) < uint(len(text)); at++ {
			digit := hexDigits[text[at]]
			if digit > 0xf {
				break
			}
			group = group<<4 | uint(digit)
		}
		if at == begin {
			if gap != n {
				return ip, 0 // without a group, or with a ':' at the end
			}
			break
		}
		if at-begin > 4 {
			return ip, 0
		}
		binary.BigEndian.PutUint16(ip[n:], uint16(group))
		n += 2
		if !isColon(text, at) || n == len(ip) {
			break
		}
		if at++; isColon(text, at) {
			if gap != none {
				return ip, 0
			}
			gap, at = n, at+1
		}
	}
	switch {
	case gap == none && n < len(ip), gap != none && n == len(ip): // the gap replaces at least one group
		return ip, 0
	case gap != none:
		moveToEnd(&ip, gap, n)
	}
	return ip, at
}

func isColon(text []byte, at int) bool { return uint(at) < uint(len(text)) && text[at] == ':' }

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
func cutEndpoint(text []byte) (e netip.AddrPort, end int) {
	var a netip.Addr
	ip, at := cutAddr4(text, 0)
	if at > 0 {
		a = addr4(ip)
	} else if len(text) > 0 && text[0] == '[' {
		var ip [16]byte
		if ip, at = cutAddr6(text, 1); at < len(text) && text[at] == ']' {
			a, at = netip.AddrFrom16(ip), at+1
		}
	}
	if !a.IsValid() || !isColon(text, at) {
		return e, 0
	}
	port, digits := cutNumber(text[at+1:])
	if digits == 0 || digits > len("65535") || port > math.MaxUint16 {
		return e, 0
	}
	return netip.AddrPortFrom(a, uint16(port)), at + 1 + digits
}

// cutNumber parses a decimal number of at most 19 digits, which 64 bits can hold. It
// returns its number of digits, or 0.
func cutNumber(text []byte) (n uint64, digits int) {
	if len(text) >= 8 {
		const ones = 0x0101010101010101
		x := binary.LittleEndian.Uint64(text) ^ '0'*ones // digits become their values
		if (x+(0x80-10)*ones|x)&(0x80*ones) == 0 {       // none is above 9
			// Join neighbors to numbers of two, four and eight digits.
			x = (x*10 + x>>8) & 0x00ff00ff00ff00ff
			x = (x*100 + x>>16) & 0x0000ffff0000ffff
			n, digits = (x*10000+x>>32)&0x00000000ffffffff, 8
		}
	}
	for ; ; digits++ {
		d := digit(text, digits)
		if d > 9 {
			break
		}
		n = n*10 + uint64(d)
	}
	if digits > 19 {
		return 0, 0
	}
	return n, digits
}
