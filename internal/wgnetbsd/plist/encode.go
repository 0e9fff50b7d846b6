package plist

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// Encoder appends one property list to a buffer, in the form that proplib writes. The
// caller appends the keys of a dictionary in the order of their bytes, each before its
// value.
type Encoder struct {
	b     []byte
	depth int
	empty bool // the last tag opened a dictionary or array
}

// NewEncoder returns an Encoder that appends to b.
func NewEncoder(b []byte) Encoder { return Encoder{b: append(b, header...)} }

// Finish ends the property list and returns the buffer.
func (e *Encoder) Finish() []byte { return append(e.b, "</plist>\n"...) }

// Begin begins a Dict or an Array.
func (e *Encoder) Begin(k Kind) {
	e.indent()
	e.b = append(append(append(e.b, '<'), names[k]...), ">\n"...)
	e.depth++
	e.empty = true
}

// End ends the Dict or Array that Begin began.
func (e *Encoder) End(k Kind) {
	e.depth--
	if e.empty {
		e.b = append(e.b[:len(e.b)-len(">\n")], "/>\n"...)
		e.empty = false
		return
	}
	e.indent()
	e.b = append(append(append(e.b, "</"...), names[k]...), ">\n"...)
}

// Key appends the key of the next value.
func (e *Encoder) Key(key string) { e.text("key", key) }

// String appends a string.
func (e *Encoder) String(s string) { e.text(names[String], s) }

// Integer appends a number: in decimal if it is signed, otherwise in hexadecimal.
func (e *Encoder) Integer(i Integer) {
	e.open(names[Number])
	if i.Signed {
		e.b = strconv.AppendInt(e.b, int64(i.Bits), 10)
	} else {
		e.b = strconv.AppendUint(append(e.b, "0x"...), i.Bits, 16)
	}
	e.close(names[Number])
}

// Data appends bytes.
func (e *Encoder) Data(data []byte) {
	if len(data) == 0 {
		e.tag(names[Data])
		return
	}
	e.open(names[Data])
	e.b = base64.StdEncoding.AppendEncode(e.b, data)
	e.close(names[Data])
}

// Bool appends a boolean.
func (e *Encoder) Bool(v bool) {
	if v {
		e.tag(names[True])
	} else {
		e.tag(names[False])
	}
}

// escapes are the characters that proplib escapes.
var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func (e *Encoder) text(name, s string) {
	if s == "" {
		e.tag(name)
		return
	}
	e.open(name)
	e.b = append(e.b, escapes.Replace(s)...)
	e.close(name)
}

// tag appends an element without content.
func (e *Encoder) tag(name string) {
	e.indent()
	e.b = append(append(append(e.b, '<'), name...), "/>\n"...)
}

func (e *Encoder) open(name string) {
	e.indent()
	e.b = append(append(append(e.b, '<'), name...), '>')
}

func (e *Encoder) close(name string) {
	e.b = append(append(append(e.b, "</"...), name...), ">\n"...)
}

// indent begins a line.
func (e *Encoder) indent() {
	e.empty = false
	for range e.depth {
		e.b = append(e.b, '\t')
	}
}
