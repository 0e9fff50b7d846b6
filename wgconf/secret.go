package wgconf

import "strconv"

// shown returns value, or "" if it may contain a key. In a key, wg(8) ignores white
// space.
func shown(value string) string {
	if mayHoldKey(value) || hasLongRun(squeeze(value)) {
		return ""
	}
	return value
}

// quote returns s for an error's text, on one line. It cuts only what is longer
// than the longest endpoint.
func quote(s string) string {
	const (
		most  = 264 // a host name of 253 bytes, its port, brackets and quotes
		start = 48
	)
	// The quoted start of a text that is longer than most is too long as well.
	if q := strconv.Quote(s[:min(most, len(s))]); len(q) <= most {
		return q
	}
	return strconv.Quote(s[:min(start, len(s))]) + "..."
}

// mayHoldKey reports whether s may contain a WireGuard key or a part of one: 16
// letters, digits, "+" and "/" in a row that are not words. That includes parts of
// hexadecimal keys.
func mayHoldKey(s string) bool {
	const enough = 16 // of the 43 characters that a key has
	for i := 0; i < len(s); i++ {
		start := i
		for i < len(s) && isBase64(s[i]) {
			i++
		}
		if i-start >= enough && !isWords(s[start:i]) {
			return true
		}
	}
	return hasLongRun(s)
}

// hasLongRun reports whether s has so many base64 characters in a row, of either
// alphabet, that they may be most of a key.
func hasLongRun(s string) bool {
	const enough = 40
	run := 0
	for i := range len(s) {
		if !isBase64(s[i]) && s[i] != '-' && s[i] != '_' {
			run = 0
			continue
		}
		if run++; run == enough {
			return true
		}
	}
	return false
}

// isWords reports whether s consists of words such as "wireguard" or
// "FirewallMarkOfDevice". Random base64 practically never does.
func isWords(s string) bool {
	capitals, beyondHex := 0, false
	for i := range len(s) {
		c := s[i]
		if c == lower(c) {
			if c < 'a' || 'z' < c {
				return false
			}
			beyondHex = beyondHex || c > 'f'
			continue
		}
		if capitals++; i+1 == len(s) || s[i+1] != lower(s[i+1]) {
			return false
		}
	}
	return beyondHex && 5*capitals <= len(s)
}

// isBase64 reports whether c is a digit of a key in base64.
func isBase64(c byte) bool {
	return isLetter(c) || isDigit(c) || c == '+' || c == '/'
}

func isLetter(c byte) bool { return 'a' <= lower(c) && lower(c) <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
