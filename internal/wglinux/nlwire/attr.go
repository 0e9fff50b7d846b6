package nlwire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrMalformed means that a message does not follow the format, or is none that
// was asked for.
var ErrMalformed = errors.New("malformed netlink message")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// Netlink is in the machine's byte order, but for what goes on a network.
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

// attrSize is the room that an attribute with n bytes of payload takes.
func attrSize(n int) int { return align(attrHeader + n) }

// attrs is a cursor over attributes. next moves it; after the last attribute
// or an error next returns false, and err says which.
//
// NB: where it is, is kept as numbers: storing a part of b each time would make
// the garbage collector look at each, which costs more than decoding does.
type attrs struct {
	b          []byte
	at         int // where next goes on
	typ        uint16
	start, end int // of the payload
	err        error
}

func attrsOf(b []byte) attrs { return attrs{b: b} }

func (a *attrs) next() bool {
	for a.at < len(a.b) {
		rest := a.b[a.at:]
		if len(rest) < attrHeader {
			a.fail("%d bytes are no attribute", len(rest))
			return false
		}
		n := int(host.Uint16(rest))
		if n < attrHeader || n > len(rest) {
			a.fail("an attribute of length %d in %d bytes", n, len(rest))
			return false
		}
		a.typ = host.Uint16(rest[2:]) & typeMask
		a.start, a.end = a.at+attrHeader, a.at+n
		a.at += align(n) // which may be behind the end
		// Kernels pad u64 with empty attributes of type 0. NB: the elements of
		// lists have that type too.
		if a.typ != 0 || n > attrHeader {
			return true
		}
	}
	return false
}

// payload is that of the attribute that next moved to. It aliases the message.
func (a *attrs) payload() []byte { return a.b[a.start:a.end] }

// fixed returns the payload if it has n bytes, and an error else.
func (a *attrs) fixed(n int, what string) []byte {
	if a.end-a.start != n {
		a.fail("%s has %d bytes, want %d", what, a.end-a.start, n)
		return zeros[:n]
	}
	return a.payload()
}

// zeros stands for payloads that had the wrong size.
var zeros [64]byte

// fail makes the cursor stop, unless it did before.
func (a *attrs) fail(format string, args ...any) {
	if a.err == nil {
		a.adopt(malformed(format, args...))
	}
}

// adopt makes the cursor stop when another one over a nest in it did.
func (a *attrs) adopt(err error) {
	if a.err == nil && err != nil {
		a.err, a.at = err, len(a.b)
	}
}

func (a *attrs) u8(what string) uint8   { return a.fixed(1, what)[0] }
func (a *attrs) u16(what string) uint16 { return host.Uint16(a.fixed(2, what)) }
func (a *attrs) u32(what string) uint32 { return host.Uint32(a.fixed(4, what)) }
func (a *attrs) u64(what string) uint64 { return host.Uint64(a.fixed(8, what)) }

func (a *attrs) key(what string) [32]byte { return [32]byte(a.fixed(32, what)) }

// text returns a string without the NUL byte that ends it.
func (a *attrs) text() string {
	text, _, _ := bytes.Cut(a.payload(), zeros[:1])
	return string(text)
}

// appendAttr appends an attribute's header and makes room for n bytes of
// payload, zeroed, which the caller fills: they start attrSize(n)-attrHeader
// bytes before the end of the result.
func appendAttr(b []byte, typ uint16, n int) []byte {
	b = host.AppendUint16(b, uint16(attrHeader+n))
	b = host.AppendUint16(b, typ)
	return append(b, zeros[:align(n)]...)
}

func appendU8(b []byte, typ uint16, v uint8) []byte {
	b = appendAttr(b, typ, 1)
	b[len(b)-4] = v
	return b
}

func appendU16(b []byte, typ uint16, v uint16) []byte {
	b = appendAttr(b, typ, 2)
	host.PutUint16(b[len(b)-4:], v)
	return b
}

func appendU32(b []byte, typ uint16, v uint32) []byte {
	b = appendAttr(b, typ, 4)
	host.PutUint32(b[len(b)-4:], v)
	return b
}

func appendBytes(b []byte, typ uint16, v []byte) []byte {
	b = host.AppendUint16(b, uint16(attrHeader+len(v)))
	b = host.AppendUint16(b, typ)
	b = append(b, v...)
	return append(b, zeros[:align(len(v))-len(v)]...)
}

// appendText appends a string with the NUL byte that ends it.
func appendText(b []byte, typ uint16, s string) []byte {
	b = host.AppendUint16(b, uint16(attrHeader+len(s)+1))
	b = host.AppendUint16(b, typ)
	b = append(b, s...)
	return append(b, zeros[:align(len(s)+1)-len(s)]...)
}

// beginNest appends the header of a nest; endNest gives it its length when
// what is in it was appended. start is len(b) from before beginNest.
func beginNest(b []byte, typ uint16) []byte {
	return appendAttr(b, typ|nested, 0)
}

func endNest(b []byte, start int) []byte {
	host.PutUint16(b[start:], uint16(len(b)-start))
	return b
}
