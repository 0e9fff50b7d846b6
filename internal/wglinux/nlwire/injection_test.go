package nlwire_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// FuzzInjection checks that no value of a field adds or removes an attribute, not even
// one that Validate refuses.
func FuzzInjection(f *testing.F) {
	for _, zone := range []string{"", "1", "4294967296", "eth0", "a\x00b", "\x08\x00\x01\x00\x01\x00\x00\x00"} {
		f.Add(zone, int64(time.Second), 8, "wg0")
		f.Add(zone, int64(-1), -1, "wg0\x01")
		f.Add(zone, int64(1)<<62, 1000, "\xff\xff\xff\xff")
	}
	f.Fuzz(func(t *testing.T, zone string, keepalive int64, bits int, name string) {
		secret := wgtypes.NewPresharedKey([wgtypes.KeyLen]byte{1})
		c := wgtypes.Config{FirewallMark: new(uint32(bits)), Peers: []wgtypes.PeerConfig{
			{
				Endpoint:            netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone(zone), uint16(bits)),
				PersistentKeepalive: new(time.Duration(keepalive)), PresharedKey: &secret, UpdateOnly: true,
				AllowedIPs: []netip.Prefix{{}, netip.PrefixFrom(netip.MustParseAddr("10.0.0.1"), bits), netip.PrefixFrom(netip.MustParseAddr("::1"), bits)},
			},
			{},
		}}
		const genl = 4
		_, p := payload(t, nlwire.AppendSet(nil, nlwire.Header{}, 5, &c, 0))
		checkTypes(t, parseNodes(t, p[genl:], "device"), "device", 1, 7, 8)
		peers := parseNodes(t, p[genl:], "device")[2].children
		checkTypes(t, peers, "list of peers", 0, 0)
		checkTypes(t, peers[0].children, "peer", 1, 3, 2, 4, 5, 9)
		checkTypes(t, peers[1].children, "peer", 1)
		prefixes := peers[0].children[5].children
		checkTypes(t, prefixes, "list of prefixes", 0, 0, 0)
		for _, prefix := range prefixes {
			checkTypes(t, prefix.children, "prefix", 1, 2, 3)
		}

		if wginternal.CheckLinkName(name) != nil {
			return
		}
		const ifinfo = 16
		_, p = payload(t, nlwire.AppendNewLink(nil, nlwire.Header{}, name, "wireguard", nlwire.LinkChange{}))
		link := parseNodes(t, p[ifinfo:], "link")
		if len(link) != 2 || string(link[0].payload) != name+"\x00" {
			t.Errorf("link with the name %q has %d attributes, want 2, the first with the name", name, len(link))
		}
	})
}

// checkTypes fails unless the attributes are of these types, in this order.
func checkTypes(t *testing.T, nodes []*node, what string, types ...uint16) {
	t.Helper()
	for i := range max(len(nodes), len(types)) {
		if i >= len(nodes) || i >= len(types) || nodes[i].typ&0x3fff != types[i] {
			t.Fatalf("attribute %d of a %s with %d attributes differs, want the types %v", i, what, len(nodes), types)
		}
	}
}
