package wgnetbsd

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// fullPeer returns a peer with the longest encoding.
func fullPeer() *wgtypes.PeerConfig {
	p := &wgtypes.PeerConfig{
		PublicKey: wgtypes.PublicKey{1}, PresharedKey: new(wgtypes.NewPresharedKey([32]byte{1})), Endpoint: netip.MustParseAddrPort("[fe80::1%7]:51820"),
	}
	for i := range maxAllowedIPs {
		p.AllowedIPs = append(p.AllowedIPs, netip.MustParsePrefix(fmt.Sprintf("fd00::%x/128", i)))
	}
	return p
}

// TestLongestList checks that the longest property list fits the writer's buffer, which is
// wiped, so that no other buffer gets keys.
func TestLongestList(t *testing.T) {
	t.Parallel()
	buf := make([]byte, 0, maxList)
	list := appendAddPeer(buf, "&&&&&&&&&&&&&&&&", fullPeer())
	if len(list) > maxList || &list[0] != &buf[:1][0] {
		t.Errorf("the longest property list has %d bytes, want at most %d", len(list), maxList)
	}
}

// TestAddPeerAlone checks that the property list of a peer without allowed IPs has none.
func TestAddPeerAlone(t *testing.T) {
	t.Parallel()
	list := appendAddPeer(nil, "a", &wgtypes.PeerConfig{})
	if text := string(list); !strings.Contains(text, "<key>name</key>") || strings.Contains(text, "allowedips") {
		t.Errorf("appendAddPeer() of a peer without allowed IPs = %q, want a name and no allowedips", text)
	}
}

// TestEncodeAllocations checks that encoding allocates nothing.
func TestEncodeAllocations(t *testing.T) {
	buf, p := make([]byte, 0, maxList), fullPeer()
	if got := testing.AllocsPerRun(100, func() { appendAddPeer(buf, "0123456789abcdef", p) }); got != 0 {
		t.Errorf("appendAddPeer() costs %v allocations, want 0", got)
	}
}

// BenchmarkEncode encodes 1000 peers with 10 allowed IPs.
func BenchmarkEncode(b *testing.B) {
	buf, p := make([]byte, 0, maxList), fullPeer()
	p.AllowedIPs = p.AllowedIPs[:10]
	b.ReportAllocs()
	for b.Loop() {
		for range 1000 {
			appendAddPeer(buf, "0123456789abcdef", p)
		}
	}
}

// TestIfdrv checks struct ifdrv and its ioctls against the numbers that clang computes; see
// docs/testing.md.
func TestIfdrv(t *testing.T) {
	t.Parallel()
	for pointerLen, want := range map[int]struct {
		ifdrv
		set, get uint32
	}{
		8: {ifdrv{length: 24, data: 32, size: 40}, 0x8028697b, 0xc028697b}, // amd64, arm64
		4: {ifdrv{length: 20, data: 24, size: 28}, 0x801c697b, 0xc01c697b}, // 386, arm
	} {
		got := ifdrvOf(pointerLen)
		if got != want.ifdrv || got.set() != want.set || got.get() != want.get {
			t.Errorf("pointers of %d bytes: %+v, %#x, %#x, want %+v, %#x, %#x", pointerLen, got, got.set(), got.get(), want.ifdrv, want.set, want.get)
		}
	}
}
