package uapi

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Keys are a large part of the text of a peer. They are decoded and encoded eight
// digits at a time, in constant time.

// hexKeyLen is the length of a key in digits.
const hexKeyLen = 2 * wgtypes.KeyLen

// hexZeros is the zero key, which means no key.
const hexZeros = "0000000000000000000000000000000000000000000000000000000000000000"

// parseKey parses 64 hexadecimal digits of either case.
func parseKey(v []byte) (k [wgtypes.KeyLen]byte, ok bool) {
	if len(v) != hexKeyLen {
		return k, false
	}
	if parseLowerKey(&k, (*[hexKeyLen]byte)(v)) {
		return k, true
	}
	_, err := hex.Decode(k[:], v) // with upper-case digits
	return k, err == nil
}

// parseLowerKey parses lower-case digits. It reports whether all are.
func parseLowerKey(k *[wgtypes.KeyLen]byte, digits *[hexKeyLen]byte) bool {
	const ones = 0x0101010101010101
	high, low := uint64(0), uint64(0)
	for i := 0; i < len(k); i += 4 {
		x := binary.LittleEndian.Uint64(digits[2*i:])
		letter := x >> 6 & ones                // 1 for each byte from 0x40 to 0x7f, and above 0xbf
		n := x&(0x0f*ones) + 9*letter          // the low half of a letter counts from 1
		high |= x ^ 0x30*(ones+letter)         // neither of 0x3. and 0x6.
		low |= n | ((n + 6*ones) ^ x>>2)       // beyond 'f' or '9', or before 'a'
		n = (n<<4 | n>>8) & 0x00ff00ff00ff00ff // pairs of digits to bytes
		n = (n | n>>8) & 0x0000ffff0000ffff    // and those together
		binary.LittleEndian.PutUint32(k[i:], uint32(n|n>>16))
	}
	return high&(0xf0*ones)|low&(0x10*ones) == 0
}

// encodeHex encodes four bytes, of which the first is the lowest of n, in lower-case
// digits.
func encodeHex(n uint32) (x uint64) {
	const ones = 0x0101010101010101
	x = uint64(n)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff // bytes to pairs of digits
	x = (x>>4 | x<<8) & (0x0f * ones)
	letter := (x + 6*ones) >> 4 & ones
	return x + '0'*ones + ('a'-'9'-1)*letter
}
