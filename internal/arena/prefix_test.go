package arena

import (
	"net/netip"
	"testing"
)

// TestIsMasked checks each length with addresses that have one or all bits set.
func TestIsMasked(t *testing.T) {
	t.Parallel()
	var addrs []netip.Addr
	for bit := range 128 {
		var a [16]byte
		a[bit/8] = 0x80 >> (bit % 8)
		addrs = append(addrs, netip.AddrFrom16(a))
		if bit < 32 {
			addrs = append(addrs, netip.AddrFrom4([4]byte(a[:])))
		}
	}
	addrs = append(addrs, netip.IPv4Unspecified(), netip.IPv6Unspecified(), netip.MustParseAddr("255.255.255.255"),
		netip.MustParseAddr("::ffff:255.255.255.255"), netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
	for _, a := range addrs {
		for bits := range a.BitLen() + 1 {
			p := netip.PrefixFrom(a, bits)
			if got, want := IsMasked(p), p == p.Masked(); got != want {
				t.Errorf("IsMasked(%v) = %t, want %t", p, got, want)
			}
		}
	}
}
