// Package termtext prepares untrusted text for a terminal: it replaces control
// characters and computes and adjusts the width of text.
package termtext

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

const (
	// substitute replaces characters that are not shown.
	substitute = '?'
	// maxMarks is the largest number of combining marks on a character. More of
	// them would reach into other lines.
	maxMarks = 3
)

// Clean returns s as one line of printable characters. It replaces these by "?":
//
//   - bytes that are not UTF-8
//   - characters for which unicode.IsPrint is false, such as control characters
//     (also C1), format and direction characters, separators, and spaces other
//     than U+0020
//   - invisible characters: Hangul fillers, the empty braille pattern and the rest
//     of Unicode's Other_Default_Ignorable_Code_Point
//   - letters that join the character that follows
//
// It removes combining marks at the beginning and beyond the third on a character.
// Clean(Clean(s)) equals Clean(s).
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	marks := maxMarks // removes marks at the beginning
	for _, r := range s {
		switch {
		case r == utf8.RuneError || !isShown(r):
			r, marks = substitute, 0
		case !unicode.Is(unicode.M, r):
			marks = 0
		case marks == maxMarks:
			continue
		default:
			marks++
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isShown reports whether Clean keeps r. Unicode classifies Hangul fillers as
// letters and the empty braille pattern as a symbol.
func isShown(r rune) bool {
	const noDots = 0x2800
	return unicode.IsPrint(r) && r != noDots && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !unicode.Is(prepended, r)
}

// prepended are the letters that form one character with the following one, even
// with a space (Grapheme_Cluster_Break=Prepend). The width of text that contains
// them is less than the sum of its parts.
var prepended = &unicode.RangeTable{
	R16: []unicode.Range16{{0x0d4e, 0x0d4e, 1}},
	R32: []unicode.Range32{
		{0x111c2, 0x111c3, 1}, {0x1193f, 0x11941, 2}, {0x11a84, 0x11a89, 1}, {0x11d46, 0x11d46, 1}, {0x11f02, 0x11f02, 1},
	},
}

// CleanLines applies Clean to each line of s.
func CleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = Clean(line)
	}
	return strings.Join(lines, "\n")
}

// isPlain reports whether s is printable ASCII, as most text is.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Width returns the number of columns of clean text.
func Width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return displaywidth.String(s)
}

// AppendFit appends clean text in exactly width columns: shorter text is followed by
// spaces, longer text is cut and ends with "~".
func AppendFit(b []byte, s string, width int) []byte {
	if width <= 0 {
		return b
	}
	have := Width(s)
	if have > width {
		s, have = cut(s, width-1)
		b = append(append(b, s...), '~')
		have++
	} else {
		b = append(b, s...)
	}
	return AppendSpaces(b, width-have)
}

// AppendRight appends clean text in exactly width columns, aligned to the right. It
// cuts longer text as AppendFit does.
func AppendRight(b []byte, s string, width int) []byte {
	if have := Width(s); have < width {
		b = AppendSpaces(b, width-have)
		return append(b, s...)
	}
	return AppendFit(b, s, width)
}

// AppendSpaces appends n spaces, or none if n is negative.
func AppendSpaces(b []byte, n int) []byte {
	for range n {
		b = append(b, ' ')
	}
	return b
}

// cut returns the longest prefix of s that fits into width columns, and its width.
func cut(s string, width int) (string, int) {
	if isPlain(s) {
		return s[:width], width
	}
	end, have := 0, 0
	for g := displaywidth.StringGraphemes(s); g.Next(); {
		if have+g.Width() > width {
			break
		}
		end += len(g.Value())
		have += g.Width()
	}
	return s[:end], have
}

// EscapeJSON returns the JSON text with all characters that Clean would replace as
// escape sequences. Encoders escape only some of them. The value does not change.
func EscapeJSON(text []byte) []byte {
	if isPlainLines(text) {
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

// isPlainLines reports whether text has only printable ASCII characters and line feeds.
// It tests eight bytes at once.
func isPlainLines(text []byte) bool {
	const each = 0x0101010101010101
	for ; len(text) >= 8; text = text[8:] {
		w := binary.LittleEndian.Uint64(text)
		// The highest bit of a byte is set by DEL and above in the first term, and by
		// control characters in the second one, which line feeds are.
		if ((w+each)|w|(w-' '*each))&(0x80*each) != 0 && !areLines(text[:8]) {
			return false
		}
	}
	return areLines(text)
}

// areLines is isPlainLines for a few bytes.
func areLines(text []byte) bool {
	for _, c := range text {
		if c != '\n' && (c < ' ' || c > '~') {
			return false
		}
	}
	return true
}
