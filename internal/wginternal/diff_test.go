package wginternal_test

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

type diffTest struct {
	name string
	have *wgtypes.Device
	want wgtypes.Config
	diff wgtypes.Config
}

// update returns a change of an existing peer.
func update(key wgtypes.PublicKey, edit func(*wgtypes.PeerConfig)) wgtypes.Config {
	p := wgtypes.PeerConfig{PublicKey: key, UpdateOnly: true}
	edit(&p)
	return change(p)
}

func allow(key wgtypes.PublicKey, texts ...string) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{PublicKey: key, AllowedIPs: prefixes(texts...)}
}

// exactly returns a peer with this list and no other prefix.
func exactly(key wgtypes.PublicKey, texts ...string) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{PublicKey: key, ReplaceAllowedIPs: true, AllowedIPs: prefixes(texts...)}
}

func drop(key wgtypes.PublicKey) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{PublicKey: key, Remove: true}
}

func replaceAll(peers ...wgtypes.PeerConfig) wgtypes.Config {
	return wgtypes.Config{ReplacePeers: true, Peers: peers}
}

func loose(k wgtypes.PrivateKey) *wgtypes.PrivateKey {
	b := k.Bytes()
	b[0], b[31] = b[0]|7, b[31]|0x80
	return new(wgtypes.NewPrivateKey(b))
}

// diffDeviceTests test the device's own settings.
var diffDeviceTests = []diffTest{
	{"nothing is wanted", withKey(device(busy(keyA, "10.0.0.0/8")), private1), change(), change()},
	{"a private key", device(), wgtypes.Config{PrivateKey: loose(private1)}, wgtypes.Config{PrivateKey: &private1}},
	{"the same private key, not clamped", withKey(device(), private1), wgtypes.Config{PrivateKey: loose(private1)}, change()},
	{"the same private key, not clamped by the device", &wgtypes.Device{PrivateKey: *loose(private1), PublicKey: key1}, wgtypes.Config{PrivateKey: &private1}, change()},
	{"the private key is cleared", withKey(device(), private1), wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey)}, wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey)}},
	{"the device has no private key to clear", device(), wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey)}, change()},
	{"a private key that the device does not return", &wgtypes.Device{PublicKey: key1}, wgtypes.Config{PrivateKey: &private1}, change()},
	{"another one", &wgtypes.Device{PublicKey: key1}, wgtypes.Config{PrivateKey: &private2}, wgtypes.Config{PrivateKey: &private2}},
	{"a port", &wgtypes.Device{ListenPort: 1}, wgtypes.Config{ListenPort: new(uint16(2))}, wgtypes.Config{ListenPort: new(uint16(2))}},
	{"the same port", &wgtypes.Device{ListenPort: 1}, wgtypes.Config{ListenPort: new(uint16(1))}, change()},
	{"any port", &wgtypes.Device{ListenPort: 1}, wgtypes.Config{ListenPort: new(uint16(0))}, change()},
	{"any port for a device without one", device(), wgtypes.Config{ListenPort: new(uint16(0))}, change()},
	{"a mark", device(), wgtypes.Config{FirewallMark: new(uint32(2))}, wgtypes.Config{FirewallMark: new(uint32(2))}},
	{"the mark is cleared", &wgtypes.Device{FirewallMark: 1}, wgtypes.Config{FirewallMark: new(uint32(0))}, wgtypes.Config{FirewallMark: new(uint32(0))}},
	{"the same mark", &wgtypes.Device{FirewallMark: 1}, wgtypes.Config{FirewallMark: new(uint32(1))}, change()},
	{"the device has no mark to clear", device(), wgtypes.Config{FirewallMark: new(uint32(0))}, change()},
	{"a nil device", nil, wgtypes.Config{FirewallMark: new(uint32(1)), ReplacePeers: true, Peers: []wgtypes.PeerConfig{{PublicKey: keyA}}},
		wgtypes.Config{FirewallMark: new(uint32(1)), Peers: []wgtypes.PeerConfig{{PublicKey: keyA}}}},
}

// whole describes the peer that busy returns.
func whole(key wgtypes.PublicKey, texts ...string) wgtypes.PeerConfig {
	p := exactly(key, texts...)
	p.PresharedKey, p.Endpoint, p.PersistentKeepalive = &psk1, endpoint1, new(25*time.Second)
	return p
}

var (
	noPSK       = wgtypes.PeerConfig{PublicKey: keyA, PresharedKey: new(wgtypes.PresharedKey)}
	noKeepalive = wgtypes.PeerConfig{PublicKey: keyA, PersistentKeepalive: new(time.Duration(0))}
	mapped      = wgtypes.PeerConfig{PublicKey: keyA, Endpoint: netip.MustParseAddrPort("[::ffff:192.0.2.1]:1")}
)

// diffPeerTests test peers and their settings.
var diffPeerTests = []diffTest{
	{"a peer is created", device(busy(keyB)), change(whole(keyA, "10.1.1.1/8")), change(func() wgtypes.PeerConfig {
		p := whole(keyA, "10.0.0.0/8")
		p.ReplaceAllowedIPs = false
		return p
	}())},
	{"a peer without settings is created", device(busy(keyB)), change(wgtypes.PeerConfig{PublicKey: keyA}), change(wgtypes.PeerConfig{PublicKey: keyA})},
	{"zeros are dropped from a new peer", device(), change(noPSK, noKeepalive), change(wgtypes.PeerConfig{PublicKey: keyA})},
	{"a peer has all settings already", device(busy(keyA, "10.0.0.0/8")), change(whole(keyA, "10.1.1.1/8")), change()},
	{"peers that are not named stay", device(busy(keyA), busy(keyB)), change(wgtypes.PeerConfig{PublicKey: keyA}), change()},
	{"ReplacePeers removes peers that are not named", device(busy(keyA), busy(keyB), busy(keyC)), replaceAll(wgtypes.PeerConfig{PublicKey: keyB}), change(drop(keyA), drop(keyC))},
	{"ReplacePeers without peers removes all", device(busy(keyA, "::/0"), busy(keyB)), replaceAll(), change(drop(keyA), drop(keyB))},
	{"with ReplacePeers, named peers keep other settings", device(busy(keyA, "10.0.0.0/8")), replaceAll(wgtypes.PeerConfig{PublicKey: keyA}), change()},
	{"with ReplacePeers and UpdateOnly, too", device(busy(keyA), busy(keyB)), replaceAll(wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true}), change(drop(keyB))},
	{"a peer is removed", device(busy(keyA), busy(keyB)), change(drop(keyA)), change(drop(keyA))},
	{"a peer is removed in two ways", device(busy(keyA)), replaceAll(drop(keyA)), change(drop(keyA))},
	{"a missing peer is removed", device(busy(keyB)), change(drop(keyA)), change()},
	{"a missing peer is updated", device(busy(keyB, "10.0.0.0/8")), change(wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, PresharedKey: &psk2, AllowedIPs: prefixes("10.0.0.0/8")}), change()},
	{"an existing peer is updated", device(busy(keyA)), change(wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, PresharedKey: &psk2}), update(keyA, func(p *wgtypes.PeerConfig) { p.PresharedKey = &psk2 })},
	{"updated and created is created", device(), change(wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, PresharedKey: &psk2}, allow(keyA, "::/0")),
		change(wgtypes.PeerConfig{PublicKey: keyA, PresharedKey: &psk2, AllowedIPs: prefixes("::/0")})},
	{"created and updated as well", device(), change(allow(keyA, "::/0"), wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, PresharedKey: &psk2}),
		change(wgtypes.PeerConfig{PublicKey: keyA, PresharedKey: &psk2, AllowedIPs: prefixes("::/0")})},
	{"removed and updated is removed", device(busy(keyA)), change(drop(keyA), wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, PresharedKey: &psk2}), change(drop(keyA))},
	{"updated, removed and created", device(), change(wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, PresharedKey: &psk2}, drop(keyA), wgtypes.PeerConfig{PublicKey: keyA}), change(wgtypes.PeerConfig{PublicKey: keyA})},
	{"a preshared key is cleared", device(busy(keyA)), change(noPSK), update(keyA, func(p *wgtypes.PeerConfig) { p.PresharedKey = new(wgtypes.PresharedKey) })},
	{"the peer has no preshared key to clear", device(peer(keyA)), change(noPSK), change()},
	{"a keepalive is cleared", device(busy(keyA)), change(noKeepalive), update(keyA, func(p *wgtypes.PeerConfig) { p.PersistentKeepalive = new(time.Duration(0)) })},
	{"the peer has no keepalive to clear", device(peer(keyA)), change(noKeepalive), change()},
	{"an endpoint differs", device(busy(keyA)), change(wgtypes.PeerConfig{PublicKey: keyA, Endpoint: endpoint2}), update(keyA, func(p *wgtypes.PeerConfig) { p.Endpoint = endpoint2 })},
	{"an endpoint is the same, mapped", device(busy(keyA)), change(mapped), change()},
	{
		"an endpoint that the device has mapped is left alone", device(wgtypes.Peer{PublicKey: keyA, Endpoint: mapped.Endpoint}),
		change(wgtypes.PeerConfig{PublicKey: keyA, PersistentKeepalive: new(time.Second)}),
		change(wgtypes.PeerConfig{PublicKey: keyA, UpdateOnly: true, PersistentKeepalive: new(time.Second)}),
	},
	{"an endpoint is the same, mapped by the device", device(wgtypes.Peer{PublicKey: keyA, Endpoint: mapped.Endpoint}), change(wgtypes.PeerConfig{PublicKey: keyA, Endpoint: endpoint1}), change()},
	{"a mapped endpoint is written unmapped", device(peer(keyA)), change(mapped), update(keyA, func(p *wgtypes.PeerConfig) { p.Endpoint = endpoint1 })},
	{"the last of several wins", device(busy(keyA)), change(wgtypes.PeerConfig{PublicKey: keyA, Endpoint: endpoint2, PresharedKey: &psk2}, wgtypes.PeerConfig{PublicKey: keyA, Endpoint: endpoint1}), update(keyA, func(p *wgtypes.PeerConfig) { p.PresharedKey = &psk2 })},
	{"created and removed", device(), change(whole(keyA, "::/0"), drop(keyA)), change()},
	{"removed and created again without settings", device(busy(keyA, "10.0.0.0/8")), change(drop(keyA), wgtypes.PeerConfig{PublicKey: keyA}), update(keyA, func(p *wgtypes.PeerConfig) {
		p.PresharedKey, p.PersistentKeepalive, p.RemoveAllowedIPs = new(wgtypes.PresharedKey), new(time.Duration(0)), prefixes("10.0.0.0/8")
	})},
	{"removed and created again, as it was", device(busy(keyA, "10.0.0.0/8")), change(drop(keyA), whole(keyA, "10.0.0.0/8")), change()},
}

// diffKeyTests test peers that have the device's own key.
var diffKeyTests = []diffTest{
	{"a peer with the device's own key is ignored", withKey(device(), private1), change(whole(key1, "::/0")), change()},
	{"ignored with ReplacePeers, too", withKey(device(busy(keyA)), private1), replaceAll(whole(key1, "::/0")), change(drop(keyA))},
	{"a peer with the device's new key is ignored", withKey(device(), private1), wgtypes.Config{PrivateKey: loose(private2), Peers: []wgtypes.PeerConfig{whole(key2)}}, wgtypes.Config{PrivateKey: &private2}},
	{"a peer may have the device's old key", withKey(device(), private1), wgtypes.Config{PrivateKey: &private2, Peers: []wgtypes.PeerConfig{{PublicKey: key1}}},
		wgtypes.Config{PrivateKey: &private2, Peers: []wgtypes.PeerConfig{{PublicKey: key1}}}},
	{"without a private key, a peer may have the zero key", device(), change(wgtypes.PeerConfig{}), change(wgtypes.PeerConfig{})},
	{"with a private key, the peer with the zero key can be removed", device(busy(wgtypes.PublicKey{})), wgtypes.Config{PrivateKey: &private1, ReplacePeers: true}, wgtypes.Config{PrivateKey: &private1, Peers: []wgtypes.PeerConfig{drop(wgtypes.PublicKey{})}}},
	{"the same when the private key is cleared", withKey(device(busy(wgtypes.PublicKey{})), private1), wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey), ReplacePeers: true},
		wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey), Peers: []wgtypes.PeerConfig{drop(wgtypes.PublicKey{})}}},
	{"the device removes the peer with its new key", device(busy(key1, "10.0.0.0/8"), busy(keyA)), wgtypes.Config{PrivateKey: &private1, ReplacePeers: true, Peers: []wgtypes.PeerConfig{whole(key1), {PublicKey: keyA}}},
		wgtypes.Config{PrivateKey: &private1}},
	{"other peers get the prefixes of that peer", device(busy(key1, "10.0.0.0/8"), busy(keyA)), wgtypes.Config{PrivateKey: &private1, Peers: []wgtypes.PeerConfig{allow(keyA, "10.0.0.0/8")}},
		wgtypes.Config{PrivateKey: &private1, Peers: []wgtypes.PeerConfig{{PublicKey: keyA, UpdateOnly: true, AllowedIPs: prefixes("10.0.0.0/8")}}}},
	{"a peer that has the device's own key is left alone", withKey(device(busy(key1)), private1), change(exactly(key1, "::/0")), change()},
	{"a peer that has the device's own key can be removed", withKey(device(busy(key1)), private1), change(drop(key1)), change(drop(key1))},
	{"a peer that has the device's own key is removed", withKey(device(busy(key1)), private1), replaceAll(exactly(key1, "::/0")), change(drop(key1))},
}

func moved(key wgtypes.PublicKey, added, removed []netip.Prefix) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{PublicKey: key, UpdateOnly: true, AllowedIPs: added, RemoveAllowedIPs: removed}
}

// diffPrefixTests test lists of allowed IPs.
var diffPrefixTests = []diffTest{
	{"a prefix is added", device(peer(keyA, "10.0.0.0/8")), change(allow(keyA, "10.0.0.0/8", "fd00::1/8")), change(moved(keyA, prefixes("fd00::/8"), nil))},
	{"the order does not matter", device(peer(keyA, "10.0.0.0/8", "fd00::/8")), change(exactly(keyA, "fd00::/8", "10.0.0.0/8", "fd00::/8")), change()},
	{"prefixes that are not named stay", device(peer(keyA, "10.0.0.0/8", "fd00::/8")), change(allow(keyA, "fd00::/8")), change()},
	{"they stay with ReplacePeers, too", device(peer(keyA, "10.0.0.0/8", "fd00::/8")), replaceAll(allow(keyA, "fd00::/8")), change()},
	{"ReplaceAllowedIPs becomes single changes", device(peer(keyA, "10.0.0.0/8", "fd00::/8")), change(exactly(keyA, "fd00::/8", "::/0")), change(moved(keyA, prefixes("::/0"), prefixes("10.0.0.0/8")))},
	{"a list is emptied", device(peer(keyA, "10.0.0.0/8", "fd00::/8")), change(exactly(keyA)), change(moved(keyA, nil, prefixes("10.0.0.0/8", "fd00::/8")))},
	{"an empty list stays", device(peer(keyA)), change(exactly(keyA)), change()},
	{"only what the peer has is removed", device(peer(keyA, "10.0.0.0/8"), peer(keyB, "fd00::/8")),
		change(wgtypes.PeerConfig{PublicKey: keyA, RemoveAllowedIPs: prefixes("10.0.0.0/8", "10.0.0.0/9", "fd00::/8")}), change(moved(keyA, nil, prefixes("10.0.0.0/8")))},
	{"the peer does not have the prefix to remove", device(peer(keyA, "10.0.0.0/8"), peer(keyB)), change(wgtypes.PeerConfig{PublicKey: keyB, RemoveAllowedIPs: prefixes("10.0.0.0/8", "fd00::/8")}), change()},
	{"a prefix moves", device(peer(keyA, "10.0.0.0/8"), peer(keyB)), change(allow(keyB, "10.0.0.0/8")), change(moved(keyB, prefixes("10.0.0.0/8"), nil))},
	{"a prefix moves between two complete lists", device(peer(keyA, "10.0.0.0/8"), peer(keyB)), replaceAll(exactly(keyA), exactly(keyB, "10.0.0.0/8")), change(moved(keyB, prefixes("10.0.0.0/8"), nil))},
	{"a prefix moves from a removed peer", device(peer(keyA, "10.0.0.0/8"), peer(keyB)), replaceAll(allow(keyB, "10.0.0.0/8")), change(moved(keyB, prefixes("10.0.0.0/8"), nil), drop(keyA))},
	{"a prefix moves to a new peer", device(peer(keyA, "10.0.0.0/8")), replaceAll(allow(keyB, "10.0.0.0/8")), change(allow(keyB, "10.0.0.0/8"), drop(keyA))},
	{"two peers change places", device(peer(keyA, "10.0.0.0/8"), peer(keyB, "fd00::/8")), change(exactly(keyA, "fd00::/8"), exactly(keyB, "10.0.0.0/8")),
		change(moved(keyA, prefixes("fd00::/8"), nil), moved(keyB, prefixes("10.0.0.0/8"), nil))},
	{"the last owner wins", device(peer(keyA, "10.0.0.0/8"), peer(keyB)), change(allow(keyB, "10.0.0.0/8"), allow(keyC, "10.0.0.0/8"), allow(keyA, "10.0.0.0/8")), change(wgtypes.PeerConfig{PublicKey: keyC})},
	{"added and removed", device(peer(keyA, "10.0.0.0/8"), peer(keyB)), change(allow(keyB, "10.0.0.0/8"), drop(keyB)), change(moved(keyA, nil, prefixes("10.0.0.0/8")), drop(keyB))},
	{"updated and removed", device(peer(keyA, "10.0.0.0/8"), peer(keyB)), change(wgtypes.PeerConfig{PublicKey: keyB, UpdateOnly: true, AllowedIPs: prefixes("10.0.0.0/8")}, drop(keyB)), change(drop(keyB))},
	{"removed and added again", device(peer(keyA, "10.0.0.0/8")), change(wgtypes.PeerConfig{PublicKey: keyA, RemoveAllowedIPs: prefixes("10.0.0.0/8")}, allow(keyA, "10.0.0.0/8")), change()},
}

func TestDiff(t *testing.T) {
	t.Parallel()
	for _, tt := range slices.Concat(diffDeviceTests, diffPeerTests, diffKeyTests, diffPrefixTests) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := wginternal.Validate(tt.want, true); err != nil {
				t.Fatal(err)
			}
			got := wginternal.Diff(tt.have, tt.want, nil)
			if diff := cmp.Diff(tt.diff, got, values); diff != "" {
				t.Errorf("Diff (-want +got):\n%s", diff)
			}
			if empty := reflect.ValueOf(got).IsZero(); empty != got.IsZero() {
				t.Errorf("IsZero() = %t of %+v, want %t", !empty, got, empty)
			}
		})
	}
}

// TestDiffKeepsEndpoints checks that only the endpoints of these peers are kept.
func TestDiffKeepsEndpoints(t *testing.T) {
	t.Parallel()
	unknown := busy(keyC)
	unknown.Endpoint = netip.AddrPort{}
	have := device(busy(keyA), busy(keyB), unknown)
	var want wgtypes.Config
	for _, k := range []wgtypes.PublicKey{keyA, keyB, keyC, key1} {
		want.Peers = append(want.Peers, wgtypes.PeerConfig{PublicKey: k, Endpoint: endpoint2, PresharedKey: &psk2})
	}
	keep := func(p wgtypes.Peer) bool { return p.PublicKey != keyB }
	got := wginternal.Diff(have, want, keep)
	for i, written := range []bool{false, true, true, true} {
		if p := got.Peers[i]; p.Endpoint.IsValid() != written || p.PresharedKey == nil {
			t.Errorf("peer %d: %+v, want the endpoint written %t", i, p, written)
		}
	}
}

// large returns a device with n peers, each with that many prefixes.
func large(n, each int) *wgtypes.Device {
	d := device()
	for i := range n {
		p := busy(wgtypes.PublicKey{byte(i), byte(i >> 8), byte(i >> 16), 7})
		for j := range each {
			p.AllowedIPs = append(p.AllowedIPs, netip.PrefixFrom(netip.AddrFrom16([16]byte{0xfd, 1: byte(i), 2: byte(i >> 8), 3: byte(i >> 16), 14: byte(j >> 8), 15: byte(j)}), 128))
		}
		d.Peers = append(d.Peers, p)
	}
	return d
}

func BenchmarkDiff(b *testing.B) {
	have := large(10_000, 10)
	moveAll := describe(have)
	for i := range moveAll.Peers {
		moveAll.Peers[i].AllowedIPs = have.Peers[(i+1)%len(have.Peers)].AllowedIPs
	}
	for name, want := range map[string]wgtypes.Config{"Equal": describe(have), "RemoveAll": replaceAll(), "MoveAll": moveAll} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				wginternal.Diff(have, want, nil)
			}
		})
	}
}
