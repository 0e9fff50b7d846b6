package wgconf

import (
	"hash/maphash"
	"math/bits"
	"net/netip"
)

// repeatedPrefixes returns a map with a zero owner for each masked prefix that occurs
// more than once, and for a few others. A map of all prefixes of a large file would not
// fit the processor's cache: each access would take longer than parsing the prefix.
func repeatedPrefixes(s *Settings) map[netip.Prefix]owner {
	const bitsPerPrefix = 16 // so that at most one in 16 other prefixes is in the map
	size := uint64(1) << bits.Len(uint(bitsPerPrefix*s.countAllowedIPs()))
	seen := make([]uint64, (size+63)/64) // a bit for each hash modulo size
	repeated := make(map[netip.Prefix]owner)
	seed := maphash.MakeSeed()
	for i := range s.Peers {
		for _, a := range s.Peers[i].AllowedIPs {
			prefix := a.Prefix.Masked()
			hash := maphash.Comparable(seed, prefix) % size
			if bit := uint64(1) << (hash % 64); seen[hash/64]&bit == 0 {
				seen[hash/64] |= bit
			} else {
				repeated[prefix] = owner{}
			}
		}
	}
	return repeated
}
