package nlwire

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// These tests check that the fast path decodes the form that kernels send, and leaves
// nothing of it to the slow path, which would return the same result.

// kernelPeer returns the attributes of a peer in the order of the kernel, up to its
// allowed IPs.
func kernelPeer(endpoint []byte) (b []byte, want wgtypes.Peer) {
	key, psk := [keySize]byte{1, 2}, [keySize]byte{3, 4}
	handshake := make([]byte, timespecSize)
	host.PutUint64(handshake, 1700000000)
	host.PutUint64(handshake[8:], 5)
	b = appendBytes(b, peerPublicKey, key[:])
	b = appendBytes(b, peerPresharedKey, psk[:])
	b = appendBytes(b, peerLastHandshake, handshake)
	b = appendU16(b, peerKeepalive, 25)
	b = appendU64(b, peerTransmitBytes, 1<<40)
	b = appendU64(b, peerReceiveBytes, 1<<41)
	b = appendU32(b, peerProtocolVersion, 1)
	if endpoint != nil {
		b = appendBytes(b, peerEndpoint, endpoint)
	}
	return b, wgtypes.Peer{
		PublicKey: key, PresharedKey: wgtypes.NewPresharedKey(psk), LastHandshake: time.Unix(1700000000, 5).UTC(),
		PersistentKeepalive: 25 * time.Second, TransmitBytes: 1 << 40, ReceiveBytes: 1 << 41, ProtocolVersion: 1,
	}
}

// TestFastPeer decodes a peer with and without an endpoint, and before other attributes.
func TestFastPeer(t *testing.T) {
	t.Parallel()
	endpoint := make([]byte, sockaddrIn)
	host.PutUint16(endpoint, afInet)
	copy(endpoint[2:], []byte{0xca, 0x6c, 192, 0, 2, 1})
	for _, address := range [][]byte{nil, endpoint} {
		for _, after := range [][]byte{nil, beginNest(nil, peerAllowedIPs)} {
			b, want := kernelPeer(address)
			if address != nil {
				want.Endpoint = netip.MustParseAddrPort("192.0.2.1:51820")
			}
			var got wgtypes.Peer
			var keys arena.Keys
			rest := fastPeer(slices.Concat(b, after), &got, &keys)
			if len(rest) != len(after) {
				t.Errorf("fastPeer() with endpoint %x left %d bytes, want %d", address, len(rest), len(after))
			}
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
				t.Errorf("fastPeer() with endpoint %x (-want +got):\n%s", address, diff)
			}
		}
	}
}

// TestBeginsOtherPeer checks lists of every length, and keys that differ in one byte.
func TestBeginsOtherPeer(t *testing.T) {
	t.Parallel()
	peer, p := kernelPeer(nil)
	list := endNest(append(beginNest(nil, 0), peer...), 0)
	for n := range len(list) + 1 {
		want := n >= 2*attrHeader+8
		if got := beginsOtherPeer(list[:n], &wgtypes.PublicKey{}); got != want {
			t.Errorf("beginsOtherPeer(%d bytes, other key) = %t, want %t", n, got, want)
		}
	}
	for i := -1; i < keySize; i++ {
		key := p.PublicKey
		if i >= 0 {
			key[i]++
		}
		want := i >= 0 && i < 8
		if got := beginsOtherPeer(list, &key); got != want {
			t.Errorf("beginsOtherPeer() with byte %d of the key changed = %t, want %t", i, got, want)
		}
	}
	list[attrHeader+2]++ // the type of the first attribute
	if beginsOtherPeer(list, &wgtypes.PublicKey{}) {
		t.Error("beginsOtherPeer() of a list that does not begin with a key = true, want false")
	}
}

// TestBeginsWithKey checks attributes of every length that begin with a key.
func TestBeginsWithKey(t *testing.T) {
	t.Parallel()
	b, _ := kernelPeer(nil)
	for n := range len(b) + 1 {
		want := n >= attrHeader+keySize
		if got := beginsWithKey(b[:n]); got != want {
			t.Errorf("beginsWithKey(%d bytes) = %t, want %t", n, got, want)
		}
	}
	if other := appendBytes(nil, peerPresharedKey, make([]byte, keySize)); beginsWithKey(other) {
		t.Error("beginsWithKey(preshared key) = true, want false")
	}
}

// TestHeadOf checks that the estimate is exact for a whole peer without an endpoint, and
// for its continuation.
func TestHeadOf(t *testing.T) {
	t.Parallel()
	whole, _ := kernelPeer(nil)
	key := whole[:attrHeader+keySize]
	list := appendAllowed(beginNest(nil, peerAllowedIPs), slices.Repeat([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, 20))
	for name, test := range map[string]struct {
		b    []byte
		want int
	}{
		"peer": {whole, len(whole)}, "peer with a list": {slices.Concat(whole, list), len(whole)},
		"key": {key, len(key)}, "continuation": {slices.Concat(key, list), len(key)},
	} {
		if got := headOf(test.b); got != test.want {
			t.Errorf("%s: headOf() = %d, want %d", name, got, test.want)
		}
	}
}

// TestFastList checks that a list is taken only if it is the whole input.
func TestFastList(t *testing.T) {
	t.Parallel()
	inside := appendAllowed(nil, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	list := endNest(append(beginNest(nil, peerAllowedIPs), inside...), 0)
	if got := fastList(list); string(got) != string(inside) {
		t.Errorf("fastList(%x) = %x, want %x", list, got, inside)
	}
	for name, b := range map[string][]byte{
		"empty": nil, "cut": list[:len(list)-1], "followed": append(slices.Clone(list), 0), "another": beginNest(slices.Clone(inside), peerEndpoint),
	} {
		if got := fastList(b); got != nil {
			t.Errorf("%s: fastList(%x) = %x, want nil", name, b, got)
		}
	}
}

// kernelAllowed returns an allowed IP in the order of the kernel: mask, family, address.
func kernelAllowed(a netip.Addr, bits int) []byte {
	family := uint16(afInet)
	if a.Is6() {
		family = afInet6
	}
	b := appendU8(beginNest(nil, 0), allowedMask, uint8(bits))
	b = appendU16(b, allowedFamily, family)
	return endNest(appendBytes(b, allowedAddr, a.AsSlice()), 0)
}

// TestFastAllowedIPs decodes prefixes of every length, alone and before others. Those
// with host bits are left to the slow path.
func TestFastAllowedIPs(t *testing.T) {
	t.Parallel()
	all4, all6 := netip.AddrFrom4([4]byte{255, 255, 255, 255}), netip.AddrFrom16([16]byte(slices.Repeat([]byte{255}, 16)))
	var b []byte
	var want []netip.Prefix
	for _, a := range []netip.Addr{all4, all6} {
		for bits := range a.BitLen() + 1 {
			p := netip.PrefixFrom(a, bits).Masked()
			alone := kernelAllowed(p.Addr(), bits)
			checkFast(t, alone, []netip.Prefix{p}, 0)
			b, want = append(b, alone...), append(want, p)
			if bits < a.BitLen() {
				checkFast(t, kernelAllowed(a, bits), nil, len(alone))
				for _, bit := range []int{bits, a.BitLen() - 1} { // the first and the last host bit
					address := p.Addr().AsSlice()
					address[bit/8] |= 0x80 >> (bit % 8)
					host, _ := netip.AddrFromSlice(address)
					checkFast(t, kernelAllowed(host, bits), nil, len(alone))
				}
			}
		}
		b = append(b, kernelAllowed(netip.IPv4Unspecified(), 0)...) // IPv4 after IPv6
		want = append(want, netip.MustParsePrefix("0.0.0.0/0"))
	}
	checkFast(t, b, want, 0)
	for _, bits := range []int{33, 255} {
		checkFast(t, kernelAllowed(netip.IPv4Unspecified(), bits), nil, allowedSize4)
	}
	for _, bits := range []int{129, 255} {
		checkFast(t, kernelAllowed(netip.IPv6Unspecified(), bits), nil, allowedSize6)
	}
	for _, a := range []netip.Addr{all4, all6} {
		whole := kernelAllowed(a, a.BitLen())
		for n := range whole {
			checkFast(t, whole[:n], nil, n)
		}
	}
}

// checkFast checks the prefixes that fastAllowedIPs decodes, and how many bytes it leaves.
func checkFast(t *testing.T, b []byte, want []netip.Prefix, left int) {
	t.Helper()
	var list arena.Slab[netip.Prefix]
	rest := fastAllowedIPs(b, &list)
	if got := list.Take(); !slices.Equal(got, want) || len(rest) != left {
		t.Errorf("fastAllowedIPs(%x) = %v and %d bytes, want %v and %d bytes", b, got, len(rest), want, left)
	}
}
