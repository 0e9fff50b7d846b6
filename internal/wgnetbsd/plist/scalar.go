package plist

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strconv"
)

// content returns the text up to the end of the element, and skips that.
func (d *Decoder) content(name string) []byte {
	rest := d.b[d.at:]
	n := bytes.IndexByte(rest, '<')
	if n < 0 || !isEnd(rest[n:], name) {
		d.Fail("</%s> is missing", name)
		return nil
	}
	d.at += n + len("</>") + len(name)
	return rest[:n]
}

// isEnd reports whether b begins with the end of an element.
func isEnd(b []byte, name string) bool {
	n := len(name)
	return len(b) >= n+3 && b[1] == '/' && string(b[2:2+n]) == name && b[2+n] == '>'
}

// scalar returns the content of the next value, which must be of kind k.
func (d *Decoder) scalar(k Kind) []byte {
	empty, ok := d.begin(k)
	if !ok || empty {
		return nil
	}
	return d.content(names[k])
}

// String returns the next value, a string.
func (d *Decoder) String() string { return string(d.unescape(d.scalar(String))) }

// entities are the characters that are escaped. proplib also reads the last two.
var entities = [...]struct {
	name string
	char byte
}{{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}}

// unescape replaces the entities in text. Without any it returns text.
func (d *Decoder) unescape(text []byte) []byte {
	at := bytes.IndexByte(text, '&')
	if at < 0 {
		return text
	}
	plain := make([]byte, 0, len(text))
	for ; at >= 0; at = bytes.IndexByte(text, '&') {
		plain, text = append(plain, text[:at]...), text[at:]
		n := 0
		for _, e := range entities {
			if bytes.HasPrefix(text, []byte(e.name)) {
				plain, n = append(plain, e.char), len(e.name)
			}
		}
		if n == 0 {
			d.Fail("unknown entity")
			return nil
		}
		text = text[n:]
	}
	return append(plain, text...)
}

// Integer returns the next value, a number in decimal or hexadecimal. A decimal number
// is signed if it fits.
func (d *Decoder) Integer() Integer {
	const longest = len("18446744073709551615")
	text := d.scalar(Number)
	if d.err != nil {
		return Integer{}
	}
	if len(text) > 0 && len(text) <= longest && text[0] != '+' {
		if hex, ok := bytes.CutPrefix(text, []byte("0x")); ok {
			if n, err := strconv.ParseUint(string(hex), 16, 64); err == nil {
				return Integer{Bits: n}
			}
		} else if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
			return Integer{Bits: uint64(n), Signed: true}
		} else if n, err := strconv.ParseUint(string(text), 10, 64); err == nil {
			return Integer{Bits: n}
		}
	}
	d.Fail("invalid number")
	return Integer{}
}

// Uint returns the next value, a number from 0 to limit.
func (d *Decoder) Uint(limit uint64) uint64 {
	n, ok := d.Integer().Uint()
	if d.err == nil && (!ok || n > limit) {
		d.Fail("number is negative or above %d", limit)
	}
	if d.err != nil {
		return 0
	}
	return n
}

// Data appends the next value, data, to b. On error it returns b.
func (d *Decoder) Data(b []byte) []byte {
	text := d.scalar(Data)
	if bytes.ContainsAny(text, whiteSpace) {
		text = slices.DeleteFunc(bytes.Clone(text), isSpace)
	}
	decoded, err := base64.StdEncoding.Strict().AppendDecode(b, text)
	if err != nil {
		d.Fail("invalid base64")
		return b
	}
	return decoded
}
