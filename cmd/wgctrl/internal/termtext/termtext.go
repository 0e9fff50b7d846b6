// Package termtext makes text of strangers fit for a terminal: names, zones and
// messages that may hold anything.
//
// It knows which characters a terminal shows and how wide they are, and refuses
// to know what the text is about.
package termtext

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

const (
	// substitute stands for what is not shown.
	substitute = '?'
	// maxMarks is how many marks a character may bear: more of them reach into
	// other lines.
	maxMarks = 3
)

// Clean returns s on one line, with a ? for each byte that is not UTF-8, and for
// control characters, among them all of C1, for those that only format, separate
// or change the direction, for all spaces but the usual one, for those that
// unicode.IsPrint does not know, and for Hangul fillers, the empty braille pattern
// and what else Unicode calls Other_Default_Ignorable_Code_Point, and for letters
// that join what follows them. Marks beyond the
// third on a character, and at the beginning, are left out; others, also those
// that choose a variant, stay. Clean text is unchanged.
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	marks := maxMarks // none may come first
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

// isShown reports a character that Clean keeps. NB: to Unicode, Hangul fillers are
// letters and the empty braille pattern is a symbol.
func isShown(r rune) bool {
	const noDots = 0x2800
	return unicode.IsPrint(r) && r != noDots && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !unicode.Is(prepended, r)
}

// prepended are the letters that make one character of what follows them, be it a
// space (Grapheme_Cluster_Break is Prepend): text would take fewer columns than its
// parts.
var prepended = &unicode.RangeTable{
	R16: []unicode.Range16{{0x0d4e, 0x0d4e, 1}},
	R32: []unicode.Range32{
		{0x111c2, 0x111c3, 1}, {0x1193f, 0x11941, 2}, {0x11a84, 0x11a89, 1}, {0x11d46, 0x11d46, 1}, {0x11f02, 0x11f02, 1},
	},
}

// CleanLines is Clean for text of several lines, which stay lines.
func CleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = Clean(line)
	}
	return strings.Join(lines, "\n")
}

// isPlain reports printable ASCII, which nearly all is.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// Width returns how many columns clean text takes.
func Width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return displaywidth.String(s)
}

// AppendFit appends clean text, cut or filled with spaces to width columns. Cut
// text ends with a ~.
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

// AppendRight appends clean text at the right edge of width columns; text that
// is too long is cut.
func AppendRight(b []byte, s string, width int) []byte {
	if have := Width(s); have < width {
		b = AppendSpaces(b, width-have)
		return append(b, s...)
	}
	return AppendFit(b, s, width)
}

// AppendSpaces appends n spaces, none if n is negative.
func AppendSpaces(b []byte, n int) []byte {
	for range n {
		b = append(b, ' ')
	}
	return b
}

// cut returns the beginning of s that takes at most width columns, and how many.
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
