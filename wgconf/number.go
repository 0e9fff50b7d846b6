package wgconf

import (
	"math"
	"strings"
	"time"
)

// ParseListenPort reads 0 to 65535 in decimal, 0 for a port of the system's
// choice. Any error is a *Problem.
//
// NB: wg(8) leaves a port to the system's resolver, which also takes names of
// services, and 65536 for 0.
func ParseListenPort(s string) (uint16, error) {
	n, ok := parseUint(s, 10, math.MaxUint16)
	if !ok {
		return 0, invalidValue("ListenPort", s, "must be 0 to 65535")
	}
	return uint16(n), nil
}

// ParseFwMark reads 0 to 4294967295: decimal, leading zeros allowed, or
// hexadecimal after a lower-case 0x; or off, in any case, which is 0. Any error
// is a *Problem.
func ParseFwMark(s string) (uint32, error) {
	if isOff(s) {
		return 0, nil
	}
	digits, base := s, uint64(10)
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		digits, base = hex, 16
	}
	n, ok := parseUint(digits, base, math.MaxUint32)
	if !ok {
		return 0, invalidValue("FwMark", s, "must be 0 to 0xffffffff or off")
	}
	return uint32(n), nil
}

// ParsePersistentKeepalive reads 0 to 65535 seconds in decimal, or off, in any
// case, which is 0. Any error is a *Problem.
func ParsePersistentKeepalive(s string) (time.Duration, error) {
	if isOff(s) {
		return 0, nil
	}
	n, ok := parseUint(s, 10, math.MaxUint16)
	if !ok {
		return 0, invalidValue("PersistentKeepalive", s, "must be 0 to 65535 seconds or off")
	}
	return time.Duration(n) * time.Second, nil
}

func isOff(s string) bool { return equalFold(s, "off") }

// parseUint takes digits alone, without sign, up to limit, which fits 32 bits.
func parseUint(s string, base, limit uint64) (n uint64, ok bool) {
	for i := range len(s) {
		d := digit(s[i])
		if d >= base {
			return 0, false
		}
		if n = n*base + d; n > limit {
			return 0, false
		}
	}
	return n, len(s) > 0
}

// digit returns the value of a digit, and more than 15 for anything else.
func digit(c byte) uint64 {
	switch c = lower(c); {
	case isDigit(c):
		return uint64(c - '0')
	case 'a' <= c && c <= 'f':
		return uint64(c-'a') + 10
	}
	return math.MaxUint8
}
