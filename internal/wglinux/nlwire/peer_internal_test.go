package nlwire

import (
	"net/netip"
	"testing"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestPeerSize checks that the size of a peer is that of its encoded form, and that a
// peer fits exactly into that.
func TestPeerSize(t *testing.T) {
	t.Parallel()
	four, six := netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")
	for name, p := range map[string]wgtypes.PeerConfig{
		"empty":             {},
		"removed":           {Remove: true},
		"IPv4":              {AllowedIPs: []netip.Prefix{four, four, four}},
		"IPv6":              {AllowedIPs: []netip.Prefix{six, six}},
		"removed IPv4":      {RemoveAllowedIPs: []netip.Prefix{four, four}},
		"removed IPv6":      {RemoveAllowedIPs: []netip.Prefix{six}},
		"added and removed": {AllowedIPs: []netip.Prefix{four, six}, RemoveAllowedIPs: []netip.Prefix{six, four}},
	} {
		want := len(appendPeerConfig(nil, &p, 0))
		if got, ok := peerSize(&p, want); got != want || !ok {
			t.Errorf("%s: peerSize(limit %d) = %d, %t, want %d, true", name, want, got, ok, want)
		}
		if got, ok := peerSize(&p, want-1); ok {
			t.Errorf("%s: peerSize(limit %d) = %d, true, want false", name, want-1, got)
		}
	}
}
