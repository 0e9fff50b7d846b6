// Package prefix knows of prefixes what net/netip does not tell quickly.
package prefix

import (
	"encoding/binary"
	"net/netip"
)

// IsMasked reports whether a valid prefix is what its Masked returns. It is asked
// of every prefix that is read or sent: masking each would cost as much as all the
// rest.
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
