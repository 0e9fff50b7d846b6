package arena

import (
	"encoding/binary"
	"net/netip"
)

// IsMasked reports whether p == p.Masked() for a valid prefix p. It is faster
// than that comparison: decoders and encoders call it for each prefix, and
// masking would cost as much as the rest of their work.
func IsMasked(p netip.Prefix) bool {
	addr, bits := p.Addr(), uint(p.Bits())
	if addr.Is4() {
		a := addr.As4()
		return binary.BigEndian.Uint32(a[:])<<bits == 0
	}
	a := addr.As16()
	high, low := binary.BigEndian.Uint64(a[:]), binary.BigEndian.Uint64(a[8:])
	if bits < 64 {
		return high<<bits == 0 && low == 0
	}
	return low<<(bits-64) == 0
}
