package uapi

import (
	"encoding/binary"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Keys are much of the text of a peer. They are decoded eight digits at a time, and
// in the same time whatever they are.

// hexKeyLen is the length of a key in digits.
const hexKeyLen = 2 * wgtypes.KeyLen

// hexZeros is the key that stands for none.
const hexZeros = "0000000000000000000000000000000000000000000000000000000000000000"

// parseKey takes digits of either case, and exactly as many as a key has.
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

// unhex returns the four bytes that eight digits say, the first digit in the
// lowest byte of x. bad is not 0 if any of them is no digit.
func unhex(x uint64) (n uint32, bad uint64) {
	const ones = 0x0101010101010101
	letter := x >> 6 & ones // 1 for each byte from 0x40 to 0x7f, and above 0xbf
	// A letter's low half counts from 1, and its case, bit 5, says nothing.
	v := x&(0x0f*ones) + 9*letter
	bad = x&(0xf0*ones-letter<<5) ^ (0x30*ones + letter<<4)
	bad |= v & (0xf0 * ones)               // beyond 'f'
	bad |= (v+6*ones)>>4&ones ^ letter     // beyond '9', or before 'a'
	v = (v<<4 | v>>8) & 0x00ff00ff00ff00ff // pairs of digits to bytes
	v = (v | v>>8) & 0x0000ffff0000ffff    // and those together
	return uint32(v | v>>16), bad
}
