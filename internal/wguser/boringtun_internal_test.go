package wguser

import (
	"net/netip"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestSamePeer changes each field of a peer that a change can set.
func TestSamePeer(t *testing.T) {
	t.Parallel()
	peer := func() wgtypes.Peer {
		return wgtypes.Peer{
			PresharedKey: wgtypes.NewPresharedKey([wgtypes.KeyLen]byte{1}), Endpoint: netip.MustParseAddrPort("192.0.2.1:1"),
			PersistentKeepalive: time.Second, LastHandshake: time.Unix(5, 0), ReceiveBytes: 1, TransmitBytes: 2,
			AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::/0")},
		}
	}
	for name, test := range map[string]struct {
		change func(p *wgtypes.Peer)
		want   bool
	}{
		"nothing":             {func(*wgtypes.Peer) {}, true},
		"order of prefixes":   {func(p *wgtypes.Peer) { p.AllowedIPs[0], p.AllowedIPs[1] = p.AllowedIPs[1], p.AllowedIPs[0] }, true},
		"protocol version":    {func(p *wgtypes.Peer) { p.ProtocolVersion = 1 }, true},
		"PresharedKey":        {func(p *wgtypes.Peer) { p.PresharedKey = wgtypes.PresharedKey{} }, false},
		"Endpoint":            {func(p *wgtypes.Peer) { p.Endpoint = netip.MustParseAddrPort("192.0.2.1:2") }, false},
		"PersistentKeepalive": {func(p *wgtypes.Peer) { p.PersistentKeepalive = 0 }, false},
		"LastHandshake":       {func(p *wgtypes.Peer) { p.LastHandshake = time.Time{} }, false},
		"ReceiveBytes":        {func(p *wgtypes.Peer) { p.ReceiveBytes = 0 }, false},
		"TransmitBytes":       {func(p *wgtypes.Peer) { p.TransmitBytes = 0 }, false},
		"fewer prefixes":      {func(p *wgtypes.Peer) { p.AllowedIPs = p.AllowedIPs[:1] }, false},
		"another prefix":      {func(p *wgtypes.Peer) { p.AllowedIPs[1] = netip.MustParsePrefix("::/1") }, false},
	} {
		a, b := peer(), peer()
		test.change(&b)
		if got := samePeer(&a, &b); got != test.want {
			t.Errorf("samePeer with another %s = %t, want %t", name, got, test.want)
		}
	}
}
