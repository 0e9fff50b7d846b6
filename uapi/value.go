package uapi

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The expected forms of values, for error messages.
const (
	wantKey  = "64 hexadecimal digits"
	wantTrue = "true"
	wantU16  = "a decimal number up to 65535"
	wantU32  = "a decimal number up to 4294967295"
	wantUint = "a decimal number"

	wantKeepalive = "a decimal number up to 65535, or two as in 22-30"
)

// appendKey appends a line with a WireGuard key in lower-case digits.
func appendKey(b []byte, key string, k [wgtypes.KeyLen]byte) []byte {
	b = append(append(b, key...), '=')
	b = slices.Grow(b, hexKeyLen+1)
	digits := (*[hexKeyLen]byte)(b[len(b) : len(b)+hexKeyLen])
	for i := 0; i < len(k); i += 4 {
		binary.LittleEndian.PutUint64(digits[2*i:], encodeHex(binary.LittleEndian.Uint32(k[i:])))
	}
	return append(b[:len(b)+hexKeyLen], '\n')
}

// parsePrivateKey parses a key in hexadecimal. The zero key means no key.
func parsePrivateKey(v []byte) (wgtypes.PrivateKey, bool) {
	k, ok := parseKey(v)
	defer clear(k[:])
	if !ok {
		return wgtypes.PrivateKey{}, false
	}
	return wgtypes.NewPrivateKey(k), true
}

// parsePresharedKey parses a key in hexadecimal. The zero key means no key.
func parsePresharedKey(v []byte, keys *arena.Keys) (wgtypes.PresharedKey, bool) {
	if string(v) == hexZeros { // the most common value
		return wgtypes.PresharedKey{}, true
	}
	k, ok := parseKey(v)
	defer clear(k[:])
	if !ok {
		return wgtypes.PresharedKey{}, false
	}
	return keys.PresharedKey(k), true
}

func appendUint(b []byte, key string, n uint64) []byte {
	b = append(append(b, key...), '=')
	b = strconv.AppendUint(b, n, 10)
	return append(b, '\n')
}

// parseUint parses a decimal number without a sign, up to limit, which has at most
// 32 bits.
func parseUint(v []byte, limit uint64) (n uint64, ok bool) {
	for _, c := range v {
		digit := uint64(c) - '0'
		if n = n*10 + digit; digit > 9 || n > limit {
			return 0, false
		}
	}
	return n, len(v) > 0
}

// parseSaturated parses a decimal number without a sign. It returns limit for larger
// numbers.
func parseSaturated(v []byte, limit uint64) (n uint64, ok bool) {
	for _, c := range v {
		digit := uint64(c) - '0'
		if digit > 9 {
			return 0, false
		}
		if n > (limit-digit)/10 {
			n = limit
		} else {
			n = n*10 + digit
		}
	}
	return n, len(v) > 0
}

// setCounter parses a counter of a reply into p.
func setCounter(p *uint64, v []byte) (want string) {
	n, ok := parseSaturated(v, math.MaxUint64)
	*p = n
	return expect(ok, wantUint)
}

// setUint parses a number into p and reports whether it is valid for N.
func setUint[N uint16 | uint32](p *N, v []byte) bool {
	n, ok := parseUint(v, uint64(^N(0)))
	if ok {
		*p = N(n)
	}
	return ok
}

// appendFlag appends a line if on is set. The protocol has no "false".
func appendFlag(b []byte, key string, on bool) []byte {
	if !on {
		return b
	}
	return append(append(b, key...), "=true\n"...)
}

// setFlag sets p if v is "true", the only value of a flag.
func setFlag(p *bool, v []byte) (want string) {
	if string(v) != "true" {
		return wantTrue
	}
	*p = true
	return ""
}

// appendKeepalive appends a line with lo in seconds, or with a range if hi is larger
// than lo. Valid values are 0 to 65535 whole seconds; devices reject other values.
func appendKeepalive(b []byte, key string, lo, hi time.Duration) []byte {
	b = append(append(b, key...), '=')
	b = strconv.AppendInt(b, int64(lo/time.Second), 10)
	if hi > lo {
		b = strconv.AppendInt(append(b, '-'), int64(hi/time.Second), 10)
	}
	return append(b, '\n')
}

// parseKeepalive parses a number of seconds or a range of AmneziaWG 3. hi is 0 if it is
// not larger than lo.
func parseKeepalive(v []byte) (lo, hi time.Duration, ok bool) {
	var r wgtypes.Range
	if err := r.UnmarshalText(v); err != nil || r.Hi > math.MaxUint16 {
		return 0, 0, false
	}
	lo, hi = keepalives(r)
	return lo, hi, true
}

// parseReplyKeepalive parses the keepalive of a peer in a reply. AmneziaWG 3 sends
// ranges such as 25-30, and larger numbers, which become the largest keepalive.
// Everything else is unknown and becomes 0.
func parseReplyKeepalive(v []byte) (lo, hi time.Duration) {
	return keepalives(parseReplyRange(v, math.MaxUint16))
}

// keepalives returns the ends of r. hi is 0 if they are equal.
func keepalives(r wgtypes.Range) (lo, hi time.Duration) {
	if r.Hi > r.Lo {
		hi = time.Duration(r.Hi) * time.Second
	}
	return time.Duration(r.Lo) * time.Second, hi
}

// expect returns want unless ok.
func expect(ok bool, want string) string {
	if ok {
		return ""
	}
	return want
}
