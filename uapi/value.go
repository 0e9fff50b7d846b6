package uapi

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// What the values of several keys must look like.
const (
	wantKey  = "64 hexadecimal digits"
	wantTrue = "true"
	wantU16  = "a decimal number up to 65535"
	wantU32  = "a decimal number up to 4294967295"
	wantU64  = "a decimal number of at most 64 bits"
)

// appendKey adds a line with a WireGuard key. The digits are lower case.
func appendKey(b []byte, key string, k [wgtypes.KeyLen]byte) []byte {
	b = append(append(b, key...), '=')
	b = hex.AppendEncode(b, k[:])
	return append(b, '\n')
}

// parsePrivateKey and parsePresharedKey take the zero key for none.
func parsePrivateKey(v []byte) (wgtypes.PrivateKey, bool) {
	k, ok := parseKey(v)
	defer clear(k[:])
	if !ok {
		return wgtypes.PrivateKey{}, false
	}
	return wgtypes.NewPrivateKey(k), true
}

func parsePresharedKey(v []byte, keys *arena.Keys) (wgtypes.PresharedKey, bool) {
	if string(v) == hexZeros { // as most are
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

// parseUint takes decimal digits alone, without sign, up to limit.
func parseUint(v []byte, limit uint64) (n uint64, ok bool) {
	const safe = 19 // digits that 64 bits hold, whichever they are
	for i, c := range v {
		digit := uint64(c) - '0'
		if digit > 9 || i >= safe && n > (math.MaxUint64-digit)/10 {
			return 0, false
		}
		n = n*10 + digit
	}
	if n > limit {
		return 0, false
	}
	return n, len(v) > 0
}

// setUint parses a number into p, whatever its size in bits.
func setUint[N uint16 | uint32 | uint64](p *N, v []byte) bool {
	n, ok := parseUint(v, uint64(^N(0)))
	if ok {
		*p = N(n)
	}
	return ok
}

// appendFlag adds a line if on is set: the protocol cannot say "false".
func appendFlag(b []byte, key string, on bool) []byte {
	if !on {
		return b
	}
	return append(append(b, key...), "=true\n"...)
}

// setFlag parses the one value that a flag has into p.
func setFlag(p *bool, v []byte) (want string) {
	if string(v) != "true" {
		return wantTrue
	}
	*p = true
	return ""
}

// appendKeepalive adds a line with d in seconds. A valid d is whole seconds
// within 16 bits; of another one the device will complain.
func appendKeepalive(b []byte, key string, d time.Duration) []byte {
	b = append(append(b, key...), '=')
	b = strconv.AppendInt(b, int64(d/time.Second), 10)
	return append(b, '\n')
}

func parseKeepalive(v []byte) (time.Duration, bool) {
	n, ok := parseUint(v, math.MaxUint16)
	return time.Duration(n) * time.Second, ok
}

// expect returns want unless ok.
func expect(ok bool, want string) string {
	if ok {
		return ""
	}
	return want
}
