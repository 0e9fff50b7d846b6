package testutil

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// generator draws random values. Values that collide are drawn from keys and
// prefixes.
type generator struct {
	*rand.Rand
	o        RandomOptions
	keys     []wgtypes.PublicKey
	prefixes []netip.Prefix
}

// commonKeys is the number of private keys that all values share. They also share
// the same number of public keys without a private key.
const commonKeys = 2

func newGenerator(r *rand.Rand, have *wgtypes.Device, o RandomOptions) *generator {
	g := &generator{Rand: r, o: o, prefixes: commonPrefixes()}
	for i := range byte(commonKeys) {
		g.keys = append(g.keys, commonKey(i).PublicKey(), wgtypes.PublicKey{0: i + 1})
	}
	if have == nil {
		return g
	}
	if !have.PublicKey.IsZero() {
		g.keys = append(g.keys, have.PublicKey)
	}
	for _, p := range have.Peers {
		g.keys = append(g.keys, p.PublicKey)
		g.prefixes = append(g.prefixes, p.AllowedIPs...)
	}
	return g
}

func commonKey(i byte) wgtypes.PrivateKey {
	return wgtypes.NewPrivateKey([wgtypes.KeyLen]byte{0: 8, 1: i, 31: 0x40})
}

// commonPrefixes returns prefixes that contain each other, with the shortest and
// longest lengths of both families, and an IPv4-mapped prefix, which is IPv6.
func commonPrefixes() []netip.Prefix {
	return []netip.Prefix{
		netip.PrefixFrom(netip.IPv4Unspecified(), 0),
		netip.PrefixFrom(netip.AddrFrom4([4]byte{10}), 8),
		netip.PrefixFrom(netip.AddrFrom4([4]byte{10}), 32),
		netip.PrefixFrom(netip.IPv6Unspecified(), 0),
		netip.PrefixFrom(netip.AddrFrom16([16]byte{0xfd}), 8),
		netip.PrefixFrom(netip.AddrFrom16([16]byte{0xfd, 15: 1}), 128),
		netip.PrefixFrom(netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff, 12: 10}), 104),
	}
}

func (g *generator) oneIn(n int) bool { return g.IntN(n) == 0 }

func (g *generator) collides() bool { return g.Float64() < g.o.Collisions }

// number returns a number below n. 0 and n-1 are more frequent than the others.
func (g *generator) number(n uint64) uint64 {
	switch g.IntN(6) {
	case 0:
		return 0
	case 1:
		return n - 1
	}
	return g.Uint64N(n)
}

func (g *generator) keepalive() time.Duration {
	return time.Duration(g.number(1<<16)) * time.Second
}

func (g *generator) bytes32() (b [wgtypes.KeyLen]byte) {
	for i := 0; i < len(b); i += 8 {
		binary.BigEndian.PutUint64(b[i:], g.Uint64())
	}
	return b
}

func (g *generator) publicKey() wgtypes.PublicKey {
	if g.collides() {
		return g.keys[g.IntN(len(g.keys))]
	}
	return g.newPublicKey()
}

// newPublicKey returns random bytes: deriving a key from a private key is slow.
func (g *generator) newPublicKey() wgtypes.PublicKey { return g.bytes32() }

func (g *generator) privateKey() wgtypes.PrivateKey {
	if g.collides() {
		return commonKey(byte(g.IntN(commonKeys)))
	}
	return wgtypes.NewPrivateKey(g.bytes32())
}

func (g *generator) endpoint() netip.AddrPort {
	random := g.bytes32()
	port := uint16(g.number(1 << 16))
	switch g.IntN(4) {
	case 0:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, random[0]}), port)
	case 1:
		// 2001:db8::/32
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(append([]byte{0x20, 0x01, 0x0d, 0xb8}, random[:12]...))), port)
	case 2:
		addr := netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 14: random[0], 15: random[1]})
		return netip.AddrPortFrom(addr.WithZone(strconv.Itoa(1+int(random[2]))), port)
	}
	return netip.AddrPort{}
}

func (g *generator) prefix() netip.Prefix {
	if g.collides() {
		return g.prefixes[g.IntN(len(g.prefixes))]
	}
	return newPrefix(g.Rand)()
}

// newPrefix returns a function that returns masked prefixes, rarely one twice.
func newPrefix(r *rand.Rand) func() netip.Prefix {
	return func() netip.Prefix {
		var b [16]byte
		binary.BigEndian.PutUint64(b[:], r.Uint64())
		binary.BigEndian.PutUint64(b[8:], r.Uint64())
		if r.IntN(2) == 0 {
			return netip.PrefixFrom(netip.AddrFrom4([4]byte(b[:4])), 20+r.IntN(13)).Masked()
		}
		return netip.PrefixFrom(netip.AddrFrom16(b), 48+r.IntN(81)).Masked()
	}
}

// withHostBits returns p with all host bits set.
func withHostBits(p netip.Prefix) netip.Prefix {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	addr, ok := netip.AddrFromSlice(b)
	if !ok {
		return p
	}
	return netip.PrefixFrom(addr, p.Bits())
}

// between returns a number from lo to hi, which are bounds as in RandomOptions.
func between(r *rand.Rand, lo, hi int) int {
	switch {
	case hi < 0:
		return 0
	case hi == 0 && lo <= 0:
		lo, hi = 0, 4
	}
	return lo + r.IntN(max(hi-lo, 0)+1)
}

// unused returns a value that is not in taken, and adds it to taken. The value is
// from draw or, if that is taken, from fresh.
func unused[T comparable](taken map[T]bool, draw, fresh func() T) T {
	v := draw()
	for taken[v] {
		v = fresh()
	}
	taken[v] = true
	return v
}
