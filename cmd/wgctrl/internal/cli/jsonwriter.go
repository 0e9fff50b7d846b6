package cli

import (
	"bytes"
	"io"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// jsonWriter writes JSON with one member or element on each line, as json.Indent does,
// which checks the JSON at ten times the cost. Texts are compact JSON as package wgtypes
// writes it.
type jsonWriter struct {
	w     io.Writer
	b     []byte
	depth int
	empty bool  // the innermost object or array has no members or elements so far
	err   error // the first of w
}

// jsonChunk is the number of bytes from which flushIfFull writes.
const jsonChunk = 64 << 10

func newJSONWriter(w io.Writer) *jsonWriter {
	return &jsonWriter{w: w, b: make([]byte, 0, jsonChunk+jsonChunk/4)}
}

// open begins an object or an array.
func (w *jsonWriter) open(bracket byte) {
	w.b = append(w.b, bracket)
	w.depth++
	w.empty = true
}

// close ends an object or an array.
func (w *jsonWriter) close(bracket byte) {
	w.depth--
	if !w.empty {
		w.line()
	}
	w.b = append(w.b, bracket)
	w.empty = false
}

// item begins a member or an element.
func (w *jsonWriter) item() {
	if !w.empty {
		w.b = append(w.b, ',')
	}
	w.line()
	w.empty = false
}

// line begins a line.
func (w *jsonWriter) line() {
	w.b = append(w.b, '\n')
	for range w.depth {
		w.b = append(w.b, "  "...)
	}
}

// name begins a member, whose name has no escapes.
func (w *jsonWriter) name(name wgtypes.Field) {
	w.item()
	w.b = append(append(append(w.b, '"'), name...), `": `...)
}

// member writes a member.
func (w *jsonWriter) member(name wgtypes.Field, value []byte) {
	w.name(name)
	if value[0] != '{' && value[0] != '[' {
		w.b = append(w.b, value...)
		return
	}
	w.value(value)
}

// value writes any value.
func (w *jsonWriter) value(text []byte) {
	begins := false // an element
	for n := 0; len(text) > 0; text = text[n:] {
		n = 1
		c := text[0]
		if begins && c != ']' && c != '}' {
			w.item()
		}
		begins = c == '{' || c == '[' || c == ','
		switch c {
		case '{', '[':
			w.open(c)
		case '}', ']':
			w.close(c)
		case ',':
		case ':':
			w.b = append(w.b, ": "...)
		default:
			n = scalarLen(text)
			w.b = append(w.b, text[:n]...)
		}
	}
}

// flushIfFull writes the buffer if it has jsonChunk bytes or more. It must follow a
// whole value.
func (w *jsonWriter) flushIfFull() {
	if len(w.b) >= jsonChunk {
		w.flush()
	}
}

// flush writes the buffer, with escape sequences for what a terminal does not show.
func (w *jsonWriter) flush() {
	if w.err == nil {
		_, w.err = w.w.Write(termtext.EscapeJSON(w.b))
	}
	w.b = w.b[:0]
}

// end ends the output with a line feed and returns the first write error. It clears the
// buffer, which may hold keys.
func (w *jsonWriter) end() error {
	w.b = append(w.b, '\n')
	w.flush()
	clear(w.b[:cap(w.b)])
	return w.err
}

// scalarLen returns the length of the string, number or literal at the start of text.
func scalarLen(text []byte) int {
	if text[0] == '"' {
		return stringLen(text)
	}
	for i, c := range text {
		if c == ',' || c == ']' || c == '}' {
			return i
		}
	}
	return len(text)
}

// stringLen returns the length of the string at the start of text, with its quotes.
func stringLen(text []byte) int {
	for n := 1; ; {
		n += bytes.IndexByte(text[n:], '"') + 1
		before := n - 1
		for text[before-1] == '\\' {
			before--
		}
		if (n-1-before)%2 == 0 { // the quote is not escaped
			return n
		}
	}
}

// valueLen returns the length of the value at the start of text.
func valueLen(text []byte) int {
	depth := 0
	for i := 0; ; {
		switch text[i] {
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':':
			i++
			continue
		default:
			i += scalarLen(text[i:])
		}
		if depth == 0 {
			return i
		}
	}
}
