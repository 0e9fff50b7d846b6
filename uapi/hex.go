package uapi

import (
	"encoding/binary"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Keys are a large part of the text of a peer. They are decoded eight digits at a
// time, in constant time.

// hexKeyLen is the length of a key in digits.
const hexKeyLen = 2 * wgtypes.KeyLen

// hexZeros is the zero key, which means no key.
const hexZeros = "0000000000000000000000000000000000000000000000000000000000000000"

// parseKey parses 64 hexadecimal digits of either case.
func parseKey(v []byte) (k [wgtypes.KeyLen]byte, ok bool) {
	if len(v) != hexKeyLen {
		return k, false
	}
	bad := uint64(0)
	for i := 0; i < len(k); i += 4 {
		n, wrong := unhex(binary.LittleEndian.Uint64(v[2*i:]))
		binary.LittleEndian.PutUint32(k[i:], n)
		bad |= wrong
	}
	return k, bad == 0
}

// unhex decodes eight digits, of which the first is in the lowest byte of x, to
// four bytes. bad is nonzero if a byte of x is not a digit.
func unhex(x uint64) (n uint32, bad uint64) {
	const ones = 0x0101010101010101
	letter := x >> 6 & ones // 1 for each byte from 0x40 to 0x7f, and above 0xbf
	// The low half of a letter counts from 1. Bit 5 is its case.
	v := x&(0x0f*ones) + 9*letter
	bad = x&(0xf0*ones-letter<<5) ^ (0x30*ones + letter<<4)
	bad |= v & (0xf0 * ones)               // beyond 'f'
	bad |= (v+6*ones)>>4&ones ^ letter     // beyond '9', or before 'a'
	v = (v<<4 | v>>8) & 0x00ff00ff00ff00ff // pairs of digits to bytes
	v = (v | v>>8) & 0x0000ffff0000ffff    // and those together
	return uint32(v | v>>16), bad
}
