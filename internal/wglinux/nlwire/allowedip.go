package nlwire

import (
	"math"
	"net/netip"
	"slices"
)

// Attributes of one allowed IP (enum wgallowedip_attribute).
const (
	allowedFamily = 1 // u16, AF_INET or AF_INET6
	allowedAddr   = 2 // 4 or 16 bytes
	allowedMask   = 3 // u8
	allowedFlags  = 4 // u32, only in sets, since Linux 6.16

	allowedRemoveMe = 1 // WGALLOWEDIP_F_REMOVE_ME
)

// The size of one allowed IP: a nest of family, address and mask.
const (
	allowedSize4     = 4 + 8 + 8 + 8
	allowedSize6     = 4 + 8 + 20 + 8
	allowedFlagsSize = 8
)

func allowedSize(p *netip.Prefix) int {
	if p.Addr().Is4() {
		return allowedSize4
	}
	return allowedSize6
}

// allowed4 and allowed6 are allowed IPs with a zero address and mask, in the order
// that wg(8) uses. Copying them is fast: a large set consists mostly of allowed IPs.
var (
	allowed4 = [allowedSize4]byte(emptyAllowed(afInet, 4))
	allowed6 = [allowedSize6]byte(emptyAllowed(afInet6, 16))
)

const allowedAddrAt = 4 + 8 + 4 // after the nest's header, the family and the address's header

func emptyAllowed(family uint16, size int) []byte {
	b := beginNest(nil, 0)
	b = appendU16(b, allowedFamily, family)
	b = appendBytes(b, allowedAddr, make([]byte, size))
	b = appendU8(b, allowedMask, 0)
	return endNest(b, 0)
}

// appendAllowed appends a nest for each prefix. The prefixes must be valid.
func appendAllowed(b []byte, prefixes []netip.Prefix) []byte {
	for i := range prefixes {
		p, start := &prefixes[i], len(b)
		if a := p.Addr(); a.Is4() {
			b = slices.Grow(b, allowedSize4)[:start+allowedSize4]
			to := (*[allowedSize4]byte)(b[start:])
			*to = allowed4
			*(*[4]byte)(to[allowedAddrAt:]) = a.As4()
			to[allowedSize4-4] = uint8(p.Bits())
		} else {
			b = slices.Grow(b, allowedSize6)[:start+allowedSize6]
			to := (*[allowedSize6]byte)(b[start:])
			*to = allowed6
			*(*[16]byte)(to[allowedAddrAt:]) = a.As16()
			to[allowedSize6-4] = uint8(p.Bits())
		}
	}
	return b
}

// appendRemoved appends the nest that removes a valid prefix. Kernels before 6.16
// refuse it.
func appendRemoved(b []byte, p netip.Prefix) []byte {
	start := len(b)
	b = appendAllowed(b, []netip.Prefix{p})
	return endNest(appendU32(b, allowedFlags, allowedRemoveMe), start)
}

// decodeAllowed decodes the content of one allowed IP's nest. The result is masked. A
// prefix of unexpected form is an error: without it, the list would look complete.
func decodeAllowed(b []byte) (p netip.Prefix, err error) {
	a := attrsOf(b)
	var family uint16
	var addr netip.Addr
	bits := uint16(math.MaxUint16) // more than any address has
	for a.next() {
		switch a.typ {
		case allowedFamily:
			decodeNumber(&a, &family)
		case allowedAddr:
			addr, _ = netip.AddrFromSlice(a.payload())
		case allowedMask:
			decodeNumber(&a, &bits)
		}
	}
	if a.err != nil {
		return p, a.err
	}
	if !(addr.Is4() && family == afInet || addr.Is6() && family == afInet6) {
		return p, malformed("allowed IP of family %d with address %v", family, addr)
	}
	if p, err = addr.Prefix(int(bits)); err != nil {
		return p, malformed("allowed IP with mask %d", bits)
	}
	return p, nil
}
