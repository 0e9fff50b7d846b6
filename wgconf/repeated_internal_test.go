package wgconf

import (
	"net/netip"
	"runtime"
	"slices"
	"testing"
)

// TestRepeatedPrefixes checks that the map has every prefix that occurs twice, whatever its
// host bits, and few others.
func TestRepeatedPrefixes(t *testing.T) {
	t.Parallel()
	const n = 10_000
	s := &Settings{Peers: make([]Peer, 10)}
	for i := range n {
		p := &s.Peers[i%len(s.Peers)]
		addr := netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)})
		if i%2 == 0 {
			addr = netip.AddrFrom16(addr.As16()) // not equal to the IPv4 address
		}
		p.AllowedIPs = append(p.AllowedIPs, AllowedIP{Prefix: netip.PrefixFrom(addr, addr.BitLen())})
	}
	for i, text := range []string{"10.0.0.1/8", "::ffff:10.0.0.0/104", "10.0.0.2/8", "fd00::1/64", "fd00::2/64", "fd00::/65"} {
		p := &s.Peers[i]
		p.AllowedIPs = append(p.AllowedIPs, AllowedIP{Prefix: netip.MustParsePrefix(text)})
	}
	got := repeatedPrefixes(s)
	for _, text := range []string{"10.0.0.0/8", "fd00::/64"} {
		if _, ok := got[netip.MustParsePrefix(text)]; !ok {
			t.Errorf("repeatedPrefixes lacks %s, want it", text)
		}
	}
	if limit := n / 10; len(got) > limit {
		t.Errorf("repeatedPrefixes has %d prefixes, want at most %d", len(got), limit)
	}
	if got := repeatedPrefixes(&Settings{}); len(got) != 0 {
		t.Errorf("repeatedPrefixes of no prefix = %v, want none", got)
	}
}

// TestRepeatedPrefixesMemory checks that the set of prefixes takes few bytes for each. It
// is not parallel, so that no other test allocates.
func TestRepeatedPrefixesMemory(t *testing.T) {
	const n, most = 10_000, 8
	list := slices.Repeat([]AllowedIP{{Prefix: netip.MustParsePrefix("10.0.0.0/8")}}, n)
	s := &Settings{Peers: []Peer{{AllowedIPs: list}}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	repeatedPrefixes(s)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > most*n {
		t.Errorf("repeatedPrefixes of %d prefixes allocated %d bytes, want at most %d", n, got, most*n)
	}
}
