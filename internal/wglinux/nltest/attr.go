package nltest

import (
	"encoding/binary"
	"fmt"

	"github.com/mdlayher/netlink"

	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

var host = binary.NativeEndian

const nested = netlink.Nested

func appendAttr(b []byte, typ uint16, payload []byte) []byte {
	b = host.AppendUint16(b, uint16(4+len(payload)))
	b = host.AppendUint16(b, typ)
	b = append(b, payload...)
	return append(b, make([]byte, -len(payload)&3)...)
}

func appendU8(b []byte, typ uint16, v uint8) []byte { return appendAttr(b, typ, []byte{v}) }

func appendU16(b []byte, typ, v uint16) []byte {
	return appendAttr(b, typ, host.AppendUint16(nil, v))
}

func appendU32(b []byte, typ uint16, v uint32) []byte {
	return appendAttr(b, typ, host.AppendUint32(nil, v))
}

func appendU64(b []byte, typ uint16, v uint64) []byte {
	return appendAttr(b, typ, host.AppendUint64(nil, v))
}

// appendText appends a string and the NUL byte that ends it.
func appendText(b []byte, typ uint16, s string) []byte {
	return appendAttr(b, typ, append([]byte(s), 0))
}

// appendNest appends the header of a nest. setLength sets its length when it is
// complete; start is len(b) before appendNest.
func appendNest(b []byte, typ uint16) []byte { return appendAttr(b, typ|nested, nil) }

func setLength(b []byte, start int) []byte {
	host.PutUint16(b[start:], uint16(len(b)-start))
	return b
}

// appendHeader appends a message's header. finish sets its length when the
// message is complete; start is len(b) before appendHeader.
func appendHeader(b []byte, h nlwire.Header) []byte {
	b = host.AppendUint32(b, 0)
	b = host.AppendUint16(b, h.Type)
	b = host.AppendUint16(b, h.Flags)
	b = host.AppendUint32(b, h.Seq)
	return host.AppendUint32(b, h.PID)
}

func finish(b []byte, start int) []byte {
	host.PutUint32(b[start:], uint32(len(b)-start))
	return b
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", nlwire.ErrMalformed, fmt.Sprintf(format, args...))
}

// decode calls field for each attribute of b.
func decode(b []byte, field func(a *netlink.AttributeDecoder) error) error {
	a, err := netlink.NewAttributeDecoder(b)
	if err != nil {
		return malformed("%v", err)
	}
	for a.Next() {
		if err := field(a); err != nil {
			return err
		}
	}
	if err := a.Err(); err != nil {
		return malformed("%v", err)
	}
	return nil
}
