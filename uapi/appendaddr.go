package uapi

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
)

// Most of a large text is addresses. The functions here write the common forms as
// package netip does, and leave all other forms to netip.

// appendEndpoint appends a line. It replaces control bytes in an invalid zone by
// '?', so that a zone cannot add a line.
func appendEndpoint(b []byte, key string, e netip.AddrPort) []byte {
	b = append(append(b, key...), '=')
	if a := e.Addr(); a.Is4() {
		b, w := grow(b)
		n := putAddr4(w, 0, a.As4())
		b = append(b[:len(b)+n], ':')
		return append(strconv.AppendUint(b, uint64(e.Port()), 10), '\n')
	}
	start := len(b)
	b = e.AppendTo(b)
	for i := start; i < len(b); i++ {
		if isControl(b[i]) {
			b[i] = '?'
		}
	}
	return append(b, '\n')
}

// appendPrefixes appends a line for each prefix. sign is "-" to remove them and ""
// to add them.
func appendPrefixes(b []byte, key, sign string, prefixes []netip.Prefix) []byte {
	var head [16]byte
	n := copy(head[:], key)
	n += copy(head[n:], "=")
	n += copy(head[n:], sign)
	for i := range prefixes {
		p := &prefixes[i]
		a := p.Addr()
		if !p.IsValid() || a.Is4In6() {
			b = append(p.AppendTo(append(b, head[:n]...)), '\n')
			continue
		}
		var w *window
		b, w = grow(b)
		*(*[len(head)]byte)(w[:]) = head
		at := n
		if a.Is4() {
			at = putAddr4(w, at, a.As4())
		} else {
			at = putAddr6(w, at, a.As16())
		}
		w.put(at, '/')
		at = putOctet(w, at+1, uint8(p.Bits()))
		w.put(at, '\n')
		b = b[:len(b)+at+1]
	}
	return b
}

// window is where an address and the text around it are written.
type window [64]byte

// grow returns b with room for a window, and the window after it.
func grow(b []byte) ([]byte, *window) {
	b = slices.Grow(b, len(window{}))
	return b, (*window)(b[len(b) : len(b)+len(window{})])
}

// put stores c at a position.
func (w *window) put(at int, c byte) { w[at&(len(w)-1)] = c }

// putAddr4 stores an IPv4 address and returns the position after it.
func putAddr4(w *window, at int, ip [4]byte) (end int) {
	at = putOctet(w, at, ip[0])
	w.put(at, '.')
	at = putOctet(w, at+1, ip[1])
	w.put(at, '.')
	at = putOctet(w, at+1, ip[2])
	w.put(at, '.')
	return putOctet(w, at+1, ip[3])
}

// putOctet stores a decimal number and returns the position after it. It can
// overwrite four bytes.
func putOctet(w *window, at int, n uint8) (end int) {
	text := decimals[n]
	binary.LittleEndian.PutUint32(w[at:], text)
	return at + int(text>>24)
}

// decimals has the digits of each octet, beginning in the lowest byte, and the number
// of digits in the highest byte.
var decimals = func() (texts [256]uint32) {
	for n := range texts {
		var text [4]byte
		text[3] = uint8(len(strconv.AppendInt(text[:0], int64(n), 10)))
		texts[n] = binary.LittleEndian.Uint32(text[:])
	}
	return texts
}()

// putAddr6 stores an IPv6 address and returns the position after it. The longest
// run of at least two zero groups becomes "::", and of equal ones the first.
func putAddr6(w *window, at int, ip [16]byte) (end int) {
	begin, end := longestRun(&ip)
	for i := 0; i < len(ip); i += 2 {
		if i == begin {
			w.put(at, ':')
			at++
			if i = end; i == len(ip) {
				w.put(at, ':')
				return at + 1
			}
		}
		if i > 0 {
			w.put(at, ':')
			at++
		}
		at = putGroup(w, at, binary.BigEndian.Uint16(ip[i&14:]))
	}
	return at
}

// longestRun returns the bytes of the longest run of at least two zero groups, or
// an end after the address.
func longestRun(ip *[16]byte) (begin, end int) {
	zero := uint(0) // a bit for each group
	for i := range len(ip) / 2 {
		if ip[2*i]|ip[2*i+1] == 0 {
			zero |= 1 << i
		}
	}
	// Each round leaves the beginnings of runs that are longer by one.
	begins, n := zero&(zero>>1), 2
	if begins == 0 {
		return len(ip), len(ip)
	}
	for begins&(zero>>n) != 0 {
		begins &= zero >> n
		n++
	}
	begin = bits.TrailingZeros(begins)
	return 2 * begin, 2 * (begin + n)
}

// putGroup stores hexadecimal digits without leading zeros and returns the position
// after them.
func putGroup(w *window, at int, n uint16) (end int) {
	const digits = "0123456789abcdef"
	if n > 0xfff {
		w.put(at, digits[n>>12])
		at++
	}
	if n > 0xff {
		w.put(at, digits[n>>8&0xf])
		at++
	}
	if n > 0xf {
		w.put(at, digits[n>>4&0xf])
		at++
	}
	w.put(at, digits[n&0xf])
	return at + 1
}
