package termtext

import (
	"bytes"
	"fmt"
	"unicode/utf16"
)

// EscapeJSON returns JSON text in which characters that Clean would replace are
// escaped: encoders leave all but the first 32 as they are. The text means the
// same.
func EscapeJSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
		return text
	}
	var b []byte
	for _, r := range string(text) {
		switch {
		case isShown(r), r == '\n':
			b = append(b, string(r)...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return b
}
