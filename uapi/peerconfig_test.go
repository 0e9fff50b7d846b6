package uapi

import (
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestSetSize checks that setSize is an upper bound for the longest lines, and not
// much larger for the lines of usual peers.
func TestSetSize(t *testing.T) {
	t.Parallel()
	psk := wgtypes.NewPresharedKey([wgtypes.KeyLen]byte{31: 1})
	longest := wgtypes.PeerConfig{
		UpdateOnly: true, ReplaceAllowedIPs: true, PresharedKey: &psk, PersistentKeepalive: new(time.Duration(math.MinInt64)),
		PersistentKeepaliveMax: math.MaxInt64,
	}
	for _, s := range []string{
		"255.255.255.255/32", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "ffff:ffff:ffff:ffff::/128", "::ffff:255.255.255.255/128",
		"ffff:ffff:ffff:ffff:1::/128", "::/0", "::1/128",
	} {
		for range 100 {
			longest.AllowedIPs = append(longest.AllowedIPs, netip.MustParsePrefix(s))
			longest.RemoveAllowedIPs = append(longest.RemoveAllowedIPs, netip.MustParsePrefix(s))
		}
	}
	for _, e := range []string{
		"", "255.255.255.255:65535", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", "[::ffff:255.255.255.255%zone]:65535",
		"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%zone]:65535",
	} {
		p := longest
		if e != "" {
			p.Endpoint = netip.MustParseAddrPort(e)
		}
		c := wgtypes.Config{Peers: []wgtypes.PeerConfig{p, p, {Remove: true}}}
		if size, n := setSize(&c), len(AppendSet(nil, c))+len(window{}); size < n {
			t.Errorf("setSize with endpoint %q = %d, want at least %d", e, size, n)
		}
	}
	c := wgtypes.Config{Peers: []wgtypes.PeerConfig{longest}}
	size := setSize(&c)
	exact := make([]byte, 0, size)
	if got := AppendSet(exact, c); &got[0] != &exact[:1][0] {
		t.Errorf("AppendSet to a slice with room for setSize = %d bytes uses another array, want this one", size)
	}
	full := make([]byte, size, size+10)
	if got := AppendSet(full, c); cap(got) != 2*size {
		t.Errorf("AppendSet to a slice of %d bytes has the capacity %d, want %d as allocated at once", size, cap(got), 2*size)
	}
	usual := wgtypes.PeerConfig{
		PresharedKey: &psk, Endpoint: netip.MustParseAddrPort("192.0.2.1:51820"), PersistentKeepalive: new(25 * time.Second),
		ReplaceAllowedIPs: true, AllowedIPs: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/32"), netip.MustParsePrefix("2001:db8:0:1::/64")},
	}
	ranged := usual
	ranged.PersistentKeepaliveMax = 30 * time.Second
	if with, without := peerConfigSize(&ranged), peerConfigSize(&usual); with <= without {
		t.Errorf("peerConfigSize with PersistentKeepaliveMax = %d, want more than %d as without it", with, without)
	}
	if size, n := peerConfigSize(&usual), len(appendPeerConfig(nil, &usual)); size > n*3/2 {
		t.Errorf("peerConfigSize of a usual peer = %d for %d bytes, want at most half more", size, n)
	}
}
