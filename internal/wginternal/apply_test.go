package wginternal_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// values makes cmp compare the opaque values of net/netip with ==.
var values = cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{})

// The keys of the tables. a, b and c belong to no known private key.
var (
	keyA, keyB, keyC = wgtypes.PublicKey{0xa}, wgtypes.PublicKey{0xb}, wgtypes.PublicKey{0xc}

	private1 = wgtypes.NewPrivateKey([32]byte{8, 31: 0x40})
	private2 = wgtypes.NewPrivateKey([32]byte{16, 31: 0x40})
	key1     = private1.PublicKey()
	key2     = private2.PublicKey()

	psk1 = wgtypes.NewPresharedKey([32]byte{1})
	psk2 = wgtypes.NewPresharedKey([32]byte{2})

	endpoint1 = netip.MustParseAddrPort("192.0.2.1:1")
	endpoint2 = netip.MustParseAddrPort("[2001:db8::2]:2")
)

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, s := range texts {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}

// peer returns a peer with the current protocol version.
func peer(key wgtypes.PublicKey, allowedIPs ...string) wgtypes.Peer {
	return wgtypes.Peer{PublicKey: key, AllowedIPs: prefixes(allowedIPs...), ProtocolVersion: 1}
}

func device(peers ...wgtypes.Peer) *wgtypes.Device { return &wgtypes.Device{Name: "wg0", Peers: peers} }

func change(peers ...wgtypes.PeerConfig) wgtypes.Config { return wgtypes.Config{Peers: peers} }

// busy returns a peer with all settings, a handshake and counters.
func busy(key wgtypes.PublicKey, allowedIPs ...string) wgtypes.Peer {
	p := peer(key, allowedIPs...)
	p.PresharedKey, p.Endpoint, p.PersistentKeepalive = psk1, endpoint1, 25*time.Second
	p.LastHandshake, p.ReceiveBytes, p.TransmitBytes = time.Unix(1_700_000_000, 0).UTC(), 1, 2
	return p
}

func withKey(d *wgtypes.Device, k wgtypes.PrivateKey) *wgtypes.Device {
	d.PrivateKey, d.PublicKey = k, k.PublicKey()
	return d
}

type applyTest struct {
	name   string
	have   *wgtypes.Device
	change wgtypes.Config
	want   *wgtypes.Device
}

// deviceTests test the settings that are applied before the peers.
var deviceTests = []applyTest{
	{"nothing", withKey(device(busy(keyA, "10.0.0.0/8")), private1), change(), withKey(device(busy(keyA, "10.0.0.0/8")), private1)},
	{
		"the device's own settings", &wgtypes.Device{Name: "wg0", Index: 3, Kind: wgtypes.KindKernel},
		wgtypes.Config{PrivateKey: &private1, ListenPort: new(uint16(51820)), FirewallMark: new(uint32(7))},
		&wgtypes.Device{Name: "wg0", Index: 3, Kind: wgtypes.KindKernel, PrivateKey: private1, PublicKey: key1, ListenPort: 51820, FirewallMark: 7},
	},
	{
		"zeros clear", &wgtypes.Device{PrivateKey: private1, PublicKey: key1, ListenPort: 51820, FirewallMark: 7},
		wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16), FirewallMark: new(uint32)}, &wgtypes.Device{},
	},
	{
		"the private key is stored clamped", device(),
		wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey([32]byte{15, 31: 0xc0}))}, withKey(device(), private1),
	},
	{
		"a new private key removes its peer and leaves the others", device(busy(keyA, "10.0.0.0/8"), busy(key1, "fd00::/8"), busy(keyB)),
		wgtypes.Config{PrivateKey: &private1}, withKey(device(busy(keyA, "10.0.0.0/8"), busy(keyB)), private1),
	},
	{
		"removing the private key removes no peer, also not the peer with the zero key", withKey(device(peer(wgtypes.PublicKey{}), peer(keyA)), private1),
		wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey)}, device(peer(wgtypes.PublicKey{}), peer(keyA)),
	},
	{
		"the peer of the new key is not created again", device(busy(key1, "10.0.0.0/8")),
		wgtypes.Config{PrivateKey: &private1, Peers: []wgtypes.PeerConfig{{PublicKey: key1, AllowedIPs: prefixes("10.0.0.0/8")}}},
		withKey(device(), private1),
	},
	{
		"the device's old key may be a peer's", withKey(device(), private1),
		wgtypes.Config{PrivateKey: &private2, Peers: []wgtypes.PeerConfig{{PublicKey: key1}, {PublicKey: key2}}},
		withKey(device(peer(key1)), private2),
	},
	{
		"ReplacePeers removes all peers and then adds some", device(busy(keyA, "10.0.0.0/8"), busy(keyB, "fd00::/8")),
		wgtypes.Config{ReplacePeers: true, Peers: []wgtypes.PeerConfig{{PublicKey: keyB}, {PublicKey: keyC, AllowedIPs: prefixes("10.0.0.0/8")}}},
		device(peer(keyB), peer(keyC, "10.0.0.0/8")),
	},
	{"ReplacePeers without peers", withKey(device(busy(keyA, "::/0")), private1), wgtypes.Config{ReplacePeers: true}, withKey(device(), private1)},
	{
		"after ReplacePeers no peer exists for UpdateOnly", device(busy(keyA)),
		wgtypes.Config{ReplacePeers: true, Peers: []wgtypes.PeerConfig{{PublicKey: keyA, UpdateOnly: true}}}, device(),
	},
}

// peerTests test which peers a device has, and their settings.
var peerTests = []applyTest{
	{"a missing peer is created at the end", device(busy(keyB)), change(wgtypes.PeerConfig{PublicKey: keyA}), device(busy(keyB), peer(keyA))},
	{
		"an existing peer keeps its place and its settings", device(busy(keyA, "10.0.0.0/8"), busy(keyB)),
		change(wgtypes.PeerConfig{PublicKey: keyA}), device(busy(keyA, "10.0.0.0/8"), busy(keyB)),
	},
	{
		"settings are replaced", device(busy(keyA)),
		change(wgtypes.PeerConfig{PublicKey: keyA, PresharedKey: &psk2, Endpoint: endpoint2, PersistentKeepalive: new(30 * time.Second)}),
		device(func() wgtypes.Peer {
			p := busy(keyA)
			p.PresharedKey, p.Endpoint, p.PersistentKeepalive = psk2, endpoint2, 30*time.Second
			return p
		}()),
	},
	{
		"zeros clear a peer's settings, except the endpoint", device(busy(keyA)),
		change(wgtypes.PeerConfig{PublicKey: keyA, PresharedKey: new(wgtypes.PresharedKey), PersistentKeepalive: new(time.Duration)}),
		device(func() wgtypes.Peer {
			p := busy(keyA)
			p.PresharedKey, p.PersistentKeepalive = wgtypes.PresharedKey{}, 0
			return p
		}()),
	},
	{
		"an IPv4-mapped endpoint becomes IPv4", device(), change(wgtypes.PeerConfig{PublicKey: keyA, Endpoint: netip.MustParseAddrPort("[::ffff:192.0.2.1]:1")}),
		device(wgtypes.Peer{PublicKey: keyA, Endpoint: endpoint1, ProtocolVersion: 1}),
	},
	{
		"UpdateOnly ignores a missing peer and moves no prefix", device(busy(keyA, "10.0.0.0/8")),
		change(wgtypes.PeerConfig{PublicKey: keyB, UpdateOnly: true, AllowedIPs: prefixes("10.0.0.0/8")}), device(busy(keyA, "10.0.0.0/8")),
	},
	{
		"UpdateOnly updates an existing peer", device(peer(keyA)),
		change(wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, AllowedIPs: prefixes("10.0.0.0/8")}), device(peer(keyA, "10.0.0.0/8")),
	},
	{
		"UpdateOnly updates a peer that the same change creates", device(),
		change(wgtypes.PeerConfig{PublicKey: keyA}, wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, AllowedIPs: prefixes("10.0.0.0/8")}),
		device(peer(keyA, "10.0.0.0/8")),
	},
	{"Remove removes a peer", device(busy(keyA, "10.0.0.0/8"), busy(keyB)), change(wgtypes.PeerConfig{PublicKey: keyA, Remove: true}), device(busy(keyB))},
	{"Remove ignores a missing peer", device(busy(keyA)), change(wgtypes.PeerConfig{PublicKey: keyB, Remove: true}), device(busy(keyA))},
	{
		"other settings are ignored with Remove", device(busy(keyA, "10.0.0.0/8"), busy(keyB)),
		change(wgtypes.PeerConfig{PublicKey: keyB, Remove: true, UpdateOnly: true, PresharedKey: &psk2, AllowedIPs: prefixes("10.0.0.0/8")}),
		device(busy(keyA, "10.0.0.0/8")),
	},
	{
		"a peer that is removed and added again is empty and last", device(busy(keyA, "10.0.0.0/8"), busy(keyB)),
		change(wgtypes.PeerConfig{PublicKey: keyA, Remove: true}, wgtypes.PeerConfig{PublicKey: keyA}), device(busy(keyB), peer(keyA)),
	},
	{
		"a peer with the device's own key is ignored and moves no prefix", withKey(device(busy(keyA, "10.0.0.0/8")), private1),
		change(wgtypes.PeerConfig{PublicKey: key1, AllowedIPs: prefixes("10.0.0.0/8")}), withKey(device(busy(keyA, "10.0.0.0/8")), private1),
	},
	{"without a private key, a peer may have the zero key", device(), change(wgtypes.PeerConfig{}), device(peer(wgtypes.PublicKey{}))},
	{
		"duplicates are applied in order", device(),
		change(
			wgtypes.PeerConfig{PublicKey: keyA, PresharedKey: &psk1, Endpoint: endpoint1, AllowedIPs: prefixes("10.0.0.0/8")},
			wgtypes.PeerConfig{PublicKey: keyB},
			wgtypes.PeerConfig{PublicKey: keyA, PresharedKey: &psk2, AllowedIPs: prefixes("fd00::/8")},
			wgtypes.PeerConfig{PublicKey: keyA, ReplaceAllowedIPs: true, AllowedIPs: prefixes("192.0.2.0/24")},
		),
		device(wgtypes.Peer{
			PublicKey: keyA, PresharedKey: psk2, Endpoint: endpoint1, AllowedIPs: prefixes("192.0.2.0/24"), ProtocolVersion: 1,
		}, peer(keyB)),
	},
}

// prefixTests test lists of allowed IPs.
var prefixTests = []applyTest{
	{
		"prefixes are added at the end", device(peer(keyA, "10.0.0.0/8")),
		change(wgtypes.PeerConfig{PublicKey: keyA, AllowedIPs: prefixes("fd00::/8", "192.0.2.0/24")}), device(peer(keyA, "10.0.0.0/8", "fd00::/8", "192.0.2.0/24")),
	},
	{
		"prefixes are masked", device(), change(wgtypes.PeerConfig{PublicKey: keyA, AllowedIPs: prefixes("11.1.2.3/8", "2001:db8::1/32")}),
		device(peer(keyA, "11.0.0.0/8", "2001:db8::/32")),
	},
	{
		"a prefix of another peer moves", device(peer(keyA, "10.0.0.0/8", "fd00::/8"), peer(keyB, "192.0.2.0/24")),
		change(wgtypes.PeerConfig{PublicKey: keyB, AllowedIPs: prefixes("10.0.0.0/8")}), device(peer(keyA, "fd00::/8"), peer(keyB, "192.0.2.0/24", "10.0.0.0/8")),
	},
	{
		"a prefix with host bits moves, too", device(peer(keyA, "10.0.0.0/8"), peer(keyB)),
		change(wgtypes.PeerConfig{PublicKey: keyB, AllowedIPs: prefixes("10.9.9.9/8")}), device(peer(keyA), peer(keyB, "10.0.0.0/8")),
	},
	{
		"a prefix of another length does not move", device(peer(keyA, "10.0.0.0/8")),
		change(wgtypes.PeerConfig{PublicKey: keyB, AllowedIPs: prefixes("10.0.0.0/9")}), device(peer(keyA, "10.0.0.0/8"), peer(keyB, "10.0.0.0/9")),
	},
	{
		"a prefix of another family does not move", device(peer(keyA, "0.0.0.0/0", "10.0.0.0/8")),
		change(wgtypes.PeerConfig{PublicKey: keyB, AllowedIPs: prefixes("::/0", "::ffff:10.0.0.0/104")}),
		device(peer(keyA, "0.0.0.0/0", "10.0.0.0/8"), peer(keyB, "::/0", "::ffff:10.0.0.0/104")),
	},
	{
		"a prefix that the peer has already moves to the end", device(peer(keyA, "10.0.0.0/8", "fd00::/8", "192.0.2.0/24")),
		change(wgtypes.PeerConfig{PublicKey: keyA, AllowedIPs: prefixes("10.0.0.0/8")}), device(peer(keyA, "fd00::/8", "192.0.2.0/24", "10.0.0.0/8")),
	},
	{
		"a prefix that occurs twice in a list has its last place", device(),
		change(wgtypes.PeerConfig{PublicKey: keyA, AllowedIPs: prefixes("10.0.0.0/8", "fd00::/8", "10.1.2.3/8")}), device(peer(keyA, "fd00::/8", "10.0.0.0/8")),
	},
	{
		"the last of two peers gets their common prefix", device(),
		change(
			wgtypes.PeerConfig{PublicKey: keyA, AllowedIPs: prefixes("10.0.0.0/8")}, wgtypes.PeerConfig{PublicKey: keyB, AllowedIPs: prefixes("10.0.0.0/8")},
			wgtypes.PeerConfig{PublicKey: keyC, UpdateOnly: true, AllowedIPs: prefixes("10.0.0.0/8")},
		), device(peer(keyA), peer(keyB, "10.0.0.0/8")),
	},
	{
		"a prefix may move away and back", device(peer(keyA, "10.0.0.0/8", "fd00::/8"), peer(keyB)),
		change(wgtypes.PeerConfig{PublicKey: keyB, AllowedIPs: prefixes("10.0.0.0/8")}, wgtypes.PeerConfig{PublicKey: keyA, AllowedIPs: prefixes("10.0.0.0/8")}),
		device(peer(keyA, "fd00::/8", "10.0.0.0/8"), peer(keyB)),
	},
	{
		"ReplaceAllowedIPs empties the list of this peer first", device(peer(keyA, "10.0.0.0/8", "fd00::/8"), peer(keyB, "192.0.2.0/24")),
		change(wgtypes.PeerConfig{PublicKey: keyA, ReplaceAllowedIPs: true, AllowedIPs: prefixes("192.0.2.0/24", "10.0.0.0/8")}),
		device(peer(keyA, "192.0.2.0/24", "10.0.0.0/8"), peer(keyB)),
	},
	{
		"ReplaceAllowedIPs without AllowedIPs", device(busy(keyA, "10.0.0.0/8")),
		change(wgtypes.PeerConfig{PublicKey: keyA, ReplaceAllowedIPs: true}), device(busy(keyA)),
	},
	{
		"ReplaceAllowedIPs does not remove a prefix that moved away before", device(peer(keyA, "10.0.0.0/8", "fd00::/8"), peer(keyB)),
		change(wgtypes.PeerConfig{PublicKey: keyB, AllowedIPs: prefixes("10.0.0.0/8")}, wgtypes.PeerConfig{PublicKey: keyA, ReplaceAllowedIPs: true}),
		device(peer(keyA), peer(keyB, "10.0.0.0/8")),
	},
	{
		"Remove does not remove a prefix that moved away before", device(peer(keyA, "10.0.0.0/8", "fd00::/8"), peer(keyB)),
		change(wgtypes.PeerConfig{PublicKey: keyB, AllowedIPs: prefixes("10.0.0.0/8")}, wgtypes.PeerConfig{PublicKey: keyA, Remove: true}),
		device(peer(keyB, "10.0.0.0/8")),
	},
	{
		"RemoveAllowedIPs removes masked prefixes of the peer", device(peer(keyA, "10.0.0.0/8", "fd00::/8")),
		change(wgtypes.PeerConfig{PublicKey: keyA, RemoveAllowedIPs: prefixes("10.1.2.3/8")}), device(peer(keyA, "fd00::/8")),
	},
	{
		"RemoveAllowedIPs removes no prefix of another peer or length", device(peer(keyA, "10.0.0.0/8"), peer(keyB, "fd00::/8")),
		change(wgtypes.PeerConfig{PublicKey: keyA, RemoveAllowedIPs: prefixes("fd00::/8", "10.0.0.0/9", "10.0.0.0/7", "192.0.2.0/24")}),
		device(peer(keyA, "10.0.0.0/8"), peer(keyB, "fd00::/8")),
	},
	{
		"RemoveAllowedIPs creates the peer", device(peer(keyA, "10.0.0.0/8")),
		change(wgtypes.PeerConfig{PublicKey: keyB, RemoveAllowedIPs: prefixes("10.0.0.0/8")}), device(peer(keyA, "10.0.0.0/8"), peer(keyB)),
	},
	{
		"RemoveAllowedIPs together with AllowedIPs", device(peer(keyA, "10.0.0.0/8", "fd00::/8")),
		change(wgtypes.PeerConfig{PublicKey: keyA, AllowedIPs: prefixes("192.0.2.0/24"), RemoveAllowedIPs: prefixes("10.0.0.0/8")}),
		device(peer(keyA, "fd00::/8", "192.0.2.0/24")),
	},
	{
		"a prefix that is removed and added again is last", device(peer(keyA, "10.0.0.0/8", "fd00::/8")),
		change(
			wgtypes.PeerConfig{PublicKey: keyA, RemoveAllowedIPs: prefixes("10.0.0.0/8")}, wgtypes.PeerConfig{PublicKey: keyA, AllowedIPs: prefixes("10.0.0.0/8")},
		), device(peer(keyA, "fd00::/8", "10.0.0.0/8")),
	},
	{
		"the prefixes of a removed peer belong to no peer", device(peer(keyA, "10.0.0.0/8"), peer(keyB)),
		change(wgtypes.PeerConfig{PublicKey: keyA, Remove: true}, wgtypes.PeerConfig{PublicKey: keyA}), device(peer(keyB), peer(keyA)),
	},
}

func TestApply(t *testing.T) {
	t.Parallel()
	for _, tt := range slices.Concat(deviceTests, peerTests, prefixTests) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := wginternal.Validate(tt.change, true); err != nil {
				t.Fatal(err)
			}
			got := wginternal.Apply(tt.have, tt.change)
			if diff := cmp.Diff(tt.want, got, values); diff != "" {
				t.Errorf("Apply (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, slowApply(tt.have, tt.change), values); diff != "" {
				t.Errorf("slowApply() (-want +got):\n%s", diff)
			}
			for _, p := range got.Peers {
				if len(p.AllowedIPs) != cap(p.AllowedIPs) {
					t.Errorf("capacity of %v = %d, want %d", p.AllowedIPs, cap(p.AllowedIPs), len(p.AllowedIPs))
				}
			}
		})
	}
}
