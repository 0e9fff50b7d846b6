package wgtypes

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// The functions of this file split JSON into values without copying them. The JSON
// must be valid.

// members yields the names and values of an object.
func members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for rest := object[1:]; ; {
			var name, value []byte
			if name, rest = cutValue(rest); len(name) == 0 {
				return // the closing brace follows
			}
			value, rest = cutValue(rest)
			if !yield(unquote(name), value) {
				return
			}
		}
	}
}

// elements yields the elements of an array.
func elements(array []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for rest := array[1:]; ; {
			var value []byte
			if value, rest = cutValue(rest); len(value) == 0 || !yield(value) {
				return
			}
		}
	}
}

// unquote returns the text of a JSON string.
func unquote(b []byte) []byte {
	if !bytes.Contains(b, []byte{'\\'}) && utf8.Valid(b) {
		return b[1 : len(b)-1]
	}
	var s string
	_ = json.Unmarshal(b, &s) // b is valid
	return []byte(s)
}

// cutValue returns the first value of b, without the spaces, commas and colons before
// it, and the rest of b. The value is empty at the end of an object or an array.
func cutValue(b []byte) (value, rest []byte) {
	start := 0
	for start < len(b) && isSeparator(b[start]) {
		start++
	}
	b = b[start:]
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case inString && c != '"':
		case c == '"':
			if inString = !inString; !inString && depth == 0 {
				return b[:i+1], b[i+1:]
			}
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth < 0 {
				return b[:i], b[i:]
			}
			if depth == 0 {
				return b[:i+1], b[i+1:]
			}
		case depth == 0 && isSeparator(c):
			return b[:i], b[i:]
		}
	}
	return b, nil
}

// isSeparator reports whether c is between values.
func isSeparator(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':'
}
