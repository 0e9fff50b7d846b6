package wgconf

import "strings"

// What is white space, what is a letter in upper or lower case: to both
// programs that is a matter of ASCII, in the C locale. NB: package strings asks
// Unicode, by which U+00A0 is a space and "K" has a third form.

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// isBlank reports what separates words in the shell, a line break aside.
func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func trim(s string) string { return trimRight(trimLeft(s, isSpace), isSpace) }

func trimLeft(s string, is func(byte) bool) string {
	for len(s) > 0 && is(s[0]) {
		s = s[1:]
	}
	return s
}

func trimRight(s string, is func(byte) bool) string {
	for len(s) > 0 && is(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// squeeze removes all white space. It copies only what has some inside.
func squeeze(s string) string {
	s = trim(s)
	i := 0
	for i < len(s) && !isSpace(s[i]) {
		i++
	}
	if i == len(s) {
		return s
	}
	b := append(make([]byte, 0, len(s)), s[:i]...)
	for ; i < len(s); i++ {
		if !isSpace(s[i]) {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// isWord reports a text without white space and control characters, as names are.
func isWord(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// before is what stands before the first sep: all of s, if there is none.
func before(s, sep string) string {
	head, _, _ := strings.Cut(s, sep)
	return head
}

// equalFold compares without regard to case.
func equalFold(s, t string) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range len(s) {
		if s[i] != t[i] && lower(s[i]) != lower(t[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
