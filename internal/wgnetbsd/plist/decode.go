package plist

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrMalformed means that a property list is invalid, or not of the expected form.
var ErrMalformed = errors.New("malformed property list")

// Decoder is a cursor over one property list. After an error, which Err returns, every
// method returns the zero value. Errors do not quote the input, which may hold keys.
type Decoder struct {
	b     []byte
	at    int
	depth int
	ended bool // the last tag was that of an empty dictionary or array
	err   error
}

// NewDecoder returns a Decoder of b, which must not change while it is used.
func NewDecoder(b []byte) Decoder {
	d := Decoder{b: b}
	d.prolog("<?xml ", "?>")
	d.prolog("<!DOCTYPE ", ">")
	d.expect(`<plist version="1.0">`)
	return d
}

// prolog skips an optional declaration before the value.
func (d *Decoder) prolog(start, end string) {
	d.space()
	if !bytes.HasPrefix(d.b[d.at:], []byte(start)) {
		return
	}
	n := bytes.Index(d.b[d.at:], []byte(end))
	if n < 0 {
		d.Fail("%q without %q", start, end)
		return
	}
	d.at += n + len(end)
}

// expect skips text, which must follow.
func (d *Decoder) expect(text string) {
	d.space()
	if d.err != nil {
		return
	}
	if !bytes.HasPrefix(d.b[d.at:], []byte(text)) {
		d.Fail("%s is missing", text)
		return
	}
	d.at += len(text)
}

// whiteSpace may stand between tags and in data.
const whiteSpace = " \t\r\n"

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func (d *Decoder) space() {
	for d.at < len(d.b) && isSpace(d.b[d.at]) {
		d.at++
	}
}

// Fail records an error, unless there is one.
func (d *Decoder) Fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: byte %d: %s", ErrMalformed, d.at, fmt.Sprintf(format, args...))
	}
}

// Err returns the first error. Every error wraps ErrMalformed.
func (d *Decoder) Err() error { return d.err }

// Finish checks that nothing follows the value, and returns the first error.
func (d *Decoder) Finish() error {
	d.expect("</plist>")
	if d.space(); d.at < len(d.b) {
		d.Fail("%d bytes after </plist>", len(d.b)-d.at)
	}
	return d.err
}

// tag returns the name in the next tag, and the offset after it. end is true for
// </name>, empty for <name/>. It does not move the cursor.
func (d *Decoder) tag() (name []byte, after int, end, empty bool) {
	d.space()
	if d.err != nil {
		return nil, 0, false, false
	}
	rest := d.b[d.at:]
	n := bytes.IndexByte(rest, '>')
	if n < 2 || rest[0] != '<' {
		d.Fail("a tag is missing")
		return nil, 0, false, false
	}
	name, after = rest[1:n], d.at+n+1
	if name[0] == '/' {
		return name[1:], after, true, false
	}
	if name[n-2] == '/' {
		return name[:n-2], after, false, true
	}
	return name, after, false, false
}

// Kind returns the kind of the next value.
func (d *Decoder) Kind() Kind {
	k, _, _ := d.value()
	return k
}

// value returns the kind of the next value and the offset after its tag.
func (d *Decoder) value() (k Kind, after int, empty bool) {
	name, after, end, empty := d.tag()
	for k := Dict; int(k) < len(names) && !end; k++ {
		if string(name) == names[k] {
			if (k == True || k == False) && !empty {
				d.Fail("<%s> is not empty", names[k])
				return Invalid, 0, false
			}
			return k, after, empty
		}
	}
	d.Fail("a value is missing")
	return Invalid, 0, false
}

// begin skips the tag of the next value, which must be of kind want.
func (d *Decoder) begin(want Kind) (empty, ok bool) {
	k, after, empty := d.value()
	if d.err != nil {
		return false, false
	}
	if k != want {
		d.Fail("%s, want %s", k, want)
		return false, false
	}
	d.at = after
	return empty, true
}

// Begin enters a value, which must be of kind k, a Dict or an Array. The caller calls
// Key or More until they return false.
func (d *Decoder) Begin(k Kind) {
	empty, ok := d.begin(k)
	if !ok {
		return
	}
	if d.depth++; d.depth > MaxDepth {
		d.Fail("more than %d nested dictionaries and arrays", MaxDepth)
	}
	d.ended = empty
}

// More reports whether the array has another element, and leaves it if not.
func (d *Decoder) More() bool { return d.err == nil && !d.leave(Array) && d.err == nil }

// Key returns the key of the dictionary's next value. It returns false after the last
// one, and leaves the dictionary. The key may alias the input.
func (d *Decoder) Key() (key []byte, ok bool) {
	if d.err != nil || d.leave(Dict) || d.err != nil {
		return nil, false
	}
	name, after, end, empty := d.tag()
	if d.err == nil && (string(name) != "key" || end) {
		d.Fail("a key is missing")
	}
	if d.err != nil {
		return nil, false
	}
	d.at = after
	if empty {
		return nil, true
	}
	key = d.unescape(d.content("key"))
	return key, d.err == nil
}

// leave reports whether the dictionary or array ends here, and skips its end.
func (d *Decoder) leave(k Kind) bool {
	if !d.ended {
		name, after, end, _ := d.tag()
		if d.err != nil || !end {
			return false
		}
		if string(name) != names[k] {
			d.Fail("</%s> is missing", names[k])
			return false
		}
		d.at = after
	}
	d.ended = false
	d.depth--
	return true
}

// Skip skips the next value and checks it.
func (d *Decoder) Skip() {
	var around [MaxDepth]Kind
	for n := 0; d.err == nil; {
		switch k := d.Kind(); k {
		case Dict, Array:
			if d.Begin(k); d.err == nil {
				around[n], n = k, n+1
			}
		case String:
			_ = d.unescape(d.scalar(String))
		case Number:
			_ = d.Integer()
		case Data:
			_ = d.Data(nil)
		case True, False:
			_, _ = d.begin(k)
		}
		for n > 0 && !d.next(around[n-1]) {
			n--
		}
		if n == 0 {
			return
		}
	}
}

// next moves to the next value of a dictionary or array, or leaves it and returns false.
func (d *Decoder) next(around Kind) bool {
	if around == Array {
		return d.More()
	}
	_, ok := d.Key()
	return ok
}
