// Package keytext hides keys in messages.
package keytext

import "strings"

// Hidden is printed instead of text that may be secret.
const Hidden = "(hidden)"

// Hide returns text with "(hidden)" instead of everything that may be a WireGuard
// key or a part of one: 16 or more letters, digits, "+" and "/" in a row, and the
// padding that follows. A word of lower-case letters, with up to three digits after
// it, stays: host names have such words, and keys practically never.
func Hide(text string) string {
	const enough = 16 // of the 44 characters of a key
	return hide(text, func(run string) bool { return len(run) >= enough && !isWord(run) }, isBase64)
}

// HideLong returns text with "(hidden)" instead of everything that may be most of a
// key: 40 or more characters of either base64 alphabet in a row, and the padding
// that follows. A name and a key without "=" between them form one run.
func HideLong(text string) string {
	const enough = 40 // of the 44 characters of a key
	return hide(text, func(run string) bool { return len(run) >= enough }, func(c byte) bool {
		return isBase64(c) || c == '-' || c == '_'
	})
}

// hide replaces the runs of key characters that may be a key.
func hide(text string, mayBeKey func(run string) bool, isKeyChar func(c byte) bool) string {
	var b strings.Builder
	for text != "" {
		n := 0
		for n < len(text) && isKeyChar(text[n]) {
			n++
		}
		if mayBeKey(text[:n]) {
			b.WriteString(Hidden)
			text = strings.TrimLeft(text[n:], "=")
			continue
		}
		n = min(n+1, len(text))
		b.WriteString(text[:n])
		text = text[n:]
	}
	return b.String()
}

// isWord reports whether s consists of lower-case letters and up to three digits
// at its end.
func isWord(s string) bool {
	const maxDigits = 3
	letters := strings.TrimRight(s, "0123456789")
	if len(s)-len(letters) > maxDigits {
		return false
	}
	for i := range len(letters) {
		if letters[i] < 'a' || 'z' < letters[i] {
			return false
		}
	}
	return true
}

// isBase64 reports whether c is a digit of a key in base64 or hexadecimal.
func isBase64(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/'
}
