package nlwire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrMalformed means that a message does not follow the format.
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

// attrs is a cursor over attributes. Next moves it; after the last attribute
// or an error Next returns false, and err says which.
type attrs struct {
	rest    []byte
	typ     uint16
	payload []byte
	err     error
}

func (a *attrs) next() bool {
	for a.err == nil && len(a.rest) > 0 {
		if len(a.rest) < attrHeader {
			a.err = malformed("%d bytes are no attribute", len(a.rest))
			return false
		}
		n := int(host.Uint16(a.rest))
		if n < attrHeader || n > len(a.rest) {
			a.err = malformed("an attribute of length %d in %d bytes", n, len(a.rest))
			return false
		}
		a.typ = host.Uint16(a.rest[2:]) & typeMask
		a.payload = a.rest[attrHeader:n]
		a.rest = a.rest[min(align(n), len(a.rest)):]
		// Kernels pad u64 with empty attributes of type 0. NB: the elements of
		// lists have that type too.
		if a.typ != 0 || len(a.payload) > 0 {
			return true
		}
	}
	return false
}

// fixed returns the payload if it has n bytes, and an error else.
func (a *attrs) fixed(n int, what string) []byte {
	if len(a.payload) != n {
		a.fail("%s has %d bytes, want %d", what, len(a.payload), n)
		return zeros[:n]
	}
	return a.payload
}

// zeros stands for payloads that had the wrong size.
var zeros [64]byte

// fail makes the cursor stop, unless it did before.
func (a *attrs) fail(format string, args ...any) {
	if a.err == nil {
		a.err = malformed(format, args...)
	}
}

// adopt makes the cursor stop when another one over a nest in it did.
func (a *attrs) adopt(err error) {
	if a.err == nil {
		a.err = err
	}
}

func (a *attrs) u8(what string) uint8   { return a.fixed(1, what)[0] }
func (a *attrs) u16(what string) uint16 { return host.Uint16(a.fixed(2, what)) }
func (a *attrs) u32(what string) uint32 { return host.Uint32(a.fixed(4, what)) }
func (a *attrs) u64(what string) uint64 { return host.Uint64(a.fixed(8, what)) }

func (a *attrs) key(what string) [32]byte { return [32]byte(a.fixed(32, what)) }

// text returns a string without the NUL byte that ends it.
func (a *attrs) text() string {
	for i, c := range a.payload {
		if c == 0 {
			return string(a.payload[:i])
		}
	}
	return string(a.payload)
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

func appendU64(b []byte, typ uint16, v uint64) []byte {
	b = appendAttr(b, typ, 8)
	host.PutUint64(b[len(b)-8:], v)
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
