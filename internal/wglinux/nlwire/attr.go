package nlwire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// ErrMalformed means that a message is invalid or not a reply to the request.
var ErrMalformed = errors.New("malformed netlink message")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// Netlink uses the machine's byte order, except for network addresses and ports.
var (
	host = binary.NativeEndian
	wire = binary.BigEndian
)

const (
	attrHeader = 4      // struct nlattr: u16 length with header, u16 type
	nested     = 0x8000 // NLA_F_NESTED
	typeMask   = 0x3fff // NLA_TYPE_MASK: without NESTED and NET_BYTEORDER
)

func align(n int) int { return (n + 3) &^ 3 }

// attrSize returns the padded size of an attribute with n bytes of payload.
func attrSize(n int) int { return align(attrHeader + n) }

// attrs is a cursor over attributes. next moves it, and returns false after the
// last attribute or after an error, which is in err.
//
// The position is kept as integers. Storing a slice for each attribute would cause
// write barriers, which cost more than decoding.
type attrs struct {
	b          []byte
	at         int // offset of the next attribute
	typ        uint16
	start, end int // of the payload
	err        error
}

func attrsOf(b []byte) attrs { return attrs{b: b} }

func (a *attrs) next() bool {
	for a.at < len(a.b) {
		rest := a.b[a.at:]
		if len(rest) < attrHeader {
			a.fail("attribute header has %d bytes", len(rest))
			return false
		}
		n := int(host.Uint16(rest))
		if n < attrHeader || n > len(rest) {
			a.fail("attribute of length %d in %d bytes", n, len(rest))
			return false
		}
		a.typ = host.Uint16(rest[2:]) & typeMask
		a.start, a.end = a.at+attrHeader, a.at+n
		a.at += align(n) // may exceed len(a.b)
		// Kernels pad u64 with empty attributes of type 0. List elements have type
		// 0 too, but are not empty.
		if a.typ != 0 || n > attrHeader {
			return true
		}
	}
	return false
}

// unread moves back, so that next returns the current attribute again.
func (a *attrs) unread() { a.at = a.start - attrHeader }

// rest returns what follows the current attribute.
func (a *attrs) rest() []byte { return a.b[min(a.at, len(a.b)):] }

// payload returns the payload of the current attribute. It aliases the message.
func (a *attrs) payload() []byte { return a.b[a.start:a.end] }

// zeros is the source of padding.
var zeros [64]byte

// fail records an error, unless there is one.
func (a *attrs) fail(format string, args ...any) {
	if a.err == nil {
		a.adopt(malformed(format, args...))
	}
}

// adopt records the error of a nested cursor, unless there is one.
func (a *attrs) adopt(err error) {
	if a.err == nil {
		a.err = err
	}
}

// The following methods ignore a payload that does not have the expected form: a later
// kernel or another family may have widened the attribute. Only this field is then missing.

// decodeNumber stores a number of any width in to, if it fits.
func decodeNumber[T uint16 | uint32 | uint64](a *attrs, to *T) {
	if n, ok := a.number(); ok && uint64(T(n)) == n {
		*to = T(n)
	}
}

// number decodes a number of 1, 2, 4 or 8 bytes.
func (a *attrs) number() (n uint64, ok bool) {
	switch b := a.payload(); len(b) {
	case 1:
		return uint64(b[0]), true
	case 2:
		return uint64(host.Uint16(b)), true
	case 4:
		return uint64(host.Uint32(b)), true
	case 8:
		return host.Uint64(b), true
	}
	return 0, false
}

// key decodes a key.
func (a *attrs) key() (k [keySize]byte, ok bool) {
	if b := a.payload(); len(b) == keySize {
		return [keySize]byte(b), true
	}
	return k, false
}

// text returns the payload as a string, without the terminating NUL byte.
func (a *attrs) text() string {
	text, _, _ := bytes.Cut(a.payload(), zeros[:1])
	return string(text)
}

// appendAttrHeader appends the header of an attribute with n bytes of payload.
func appendAttrHeader(b []byte, typ uint16, n int) []byte {
	return host.AppendUint16(host.AppendUint16(b, uint16(attrHeader+n)), typ)
}

func appendU8(b []byte, typ uint16, v uint8) []byte {
	return append(appendAttrHeader(b, typ, 1), v, 0, 0, 0)
}

func appendU16(b []byte, typ uint16, v uint16) []byte {
	return append(host.AppendUint16(appendAttrHeader(b, typ, 2), v), 0, 0)
}

func appendU32(b []byte, typ uint16, v uint32) []byte {
	return host.AppendUint32(appendAttrHeader(b, typ, 4), v)
}

func appendU64(b []byte, typ uint16, v uint64) []byte {
	return host.AppendUint64(appendAttrHeader(b, typ, 8), v)
}

// appendKey appends a key. Growing b once and copying an array is faster than appending
// slices: a set without prefixes consists mostly of keys.
func appendKey(b []byte, typ uint16, k [keySize]byte) []byte {
	const size = attrHeader + keySize
	start := len(b)
	b = slices.Grow(b, size)[:start+size]
	to := (*[size]byte)(b[start:])
	host.PutUint16(to[:], size)
	host.PutUint16(to[2:], typ)
	*(*[keySize]byte)(to[attrHeader:]) = k
	return b
}

func appendBytes(b []byte, typ uint16, v []byte) []byte {
	b = append(appendAttrHeader(b, typ, len(v)), v...)
	return append(b, zeros[:align(len(v))-len(v)]...)
}

// appendText appends a string with a terminating NUL byte.
func appendText(b []byte, typ uint16, s string) []byte {
	b = append(appendAttrHeader(b, typ, len(s)+1), s...)
	return append(b, zeros[:align(len(s)+1)-len(s)]...)
}

// beginNest appends the header of a nest. After its content is appended, endNest
// sets the length; start is len(b) before beginNest.
func beginNest(b []byte, typ uint16) []byte {
	return appendAttrHeader(b, typ|nested, 0)
}

func endNest(b []byte, start int) []byte {
	host.PutUint16(b[start:], uint16(len(b)-start))
	return b
}
