package testutil

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Scenario is a list of changes for a new device.
type Scenario struct {
	Name  string
	Steps []wgtypes.Config
}

var (
	// Two keys of the device, and one that is not clamped.
	Key1         = wgtypes.NewPrivateKey([32]byte{0: 8, 1: 1, 31: 0x40})
	Key2         = wgtypes.NewPrivateKey([32]byte{0: 8, 1: 2, 31: 0x40})
	KeyUnclamped = wgtypes.NewPrivateKey([32]byte{0: 0xff, 31: 0xff})
	noKey        = wgtypes.PrivateKey{}

	PresharedKey1 = wgtypes.NewPresharedKey([32]byte{1})
	PresharedKey2 = wgtypes.NewPresharedKey([32]byte{2})
	noPSK         = wgtypes.PresharedKey{}

	// Three peers, whose private keys are unknown.
	PeerA = wgtypes.PublicKey{0: 9, 1: 0xa}
	PeerB = wgtypes.PublicKey{0: 9, 1: 0xb}
	PeerC = wgtypes.PublicKey{0: 9, 1: 0xc}

	endpoint4 = netip.MustParseAddrPort("192.0.2.1:51820")
	endpoint6 = netip.MustParseAddrPort("[2001:db8::1]:51821")
)

// Prefixes parses texts. It keeps their host bits.
func Prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// Peers returns a Config that changes only peers.
func Peers(p ...wgtypes.PeerConfig) wgtypes.Config { return wgtypes.Config{Peers: p} }

// Allow returns a peer with allowed IPs.
func Allow(k wgtypes.PublicKey, texts ...string) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{PublicKey: k, AllowedIPs: Prefixes(texts...)}
}

// At returns a peer with an endpoint.
func At(k wgtypes.PublicKey, endpoint string) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{PublicKey: k, Endpoint: netip.MustParseAddrPort(endpoint)}
}

// Disallow returns a peer whose allowed IPs are removed.
func Disallow(k wgtypes.PublicKey, texts ...string) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{PublicKey: k, RemoveAllowedIPs: Prefixes(texts...)}
}

// FullPeer returns a peer with every setting.
func FullPeer(k wgtypes.PublicKey, texts ...string) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{
		PublicKey: k, PresharedKey: &PresharedKey1, Endpoint: endpoint4,
		PersistentKeepalive: new(25 * time.Second), AllowedIPs: Prefixes(texts...),
	}
}

// Scenarios returns all scenarios. They use each setting of Config and
// PeerConfig; TestScenariosCoverFields checks that.
func Scenarios() []Scenario {
	return slices.Concat(deviceScenarios(), peerScenarios(), removalScenarios(),
		allowedIPScenarios(), orderScenarios(), oddScenarios())
}

func deviceScenarios() []Scenario {
	return []Scenario{
		{"nothing", []wgtypes.Config{{}, Peers(FullPeer(PeerA, "10.0.0.0/8")), {}}},
		{"private key", []wgtypes.Config{
			{PrivateKey: &Key1}, {PrivateKey: &Key1}, {PrivateKey: &Key2}, {PrivateKey: &KeyUnclamped}, {PrivateKey: &noKey},
		}},
		{"private key with peers", []wgtypes.Config{
			{PrivateKey: &Key1, Peers: []wgtypes.PeerConfig{FullPeer(PeerA, "10.0.0.0/8")}}, {PrivateKey: &Key2}, {PrivateKey: &noKey},
		}},
		{"listen port", []wgtypes.Config{
			{ListenPort: new(uint16(51820))}, {ListenPort: new(uint16(51820))}, {ListenPort: new(uint16(65535))}, {ListenPort: new(uint16(0))},
		}},
		{"firewall mark", []wgtypes.Config{
			{FirewallMark: new(uint32(51820))}, {FirewallMark: new(uint32(1<<32 - 1))}, {FirewallMark: new(uint32(0))},
		}},
		{"replace peers", []wgtypes.Config{
			Peers(FullPeer(PeerA, "10.0.0.0/8"), FullPeer(PeerB, "fd00::/8")),
			{ReplacePeers: true, Peers: []wgtypes.PeerConfig{Allow(PeerB, "10.0.0.0/8"), Allow(PeerC)}},
			{ReplacePeers: true, Peers: []wgtypes.PeerConfig{{PublicKey: PeerB, UpdateOnly: true, PresharedKey: &PresharedKey2}}},
			Peers(FullPeer(PeerA)),
			{ReplacePeers: true},
		}},
		{"everything at once", []wgtypes.Config{
			{
				PrivateKey: &Key1, ListenPort: new(uint16(7)), FirewallMark: new(uint32(7)), ReplacePeers: true,
				Peers: []wgtypes.PeerConfig{FullPeer(PeerA, "10.0.0.0/8", "fd00::/8"), FullPeer(PeerB, "0.0.0.0/0", "::/0")},
			},
			{FirewallMark: new(uint32(8)), Peers: []wgtypes.PeerConfig{{PublicKey: PeerA, PresharedKey: &noPSK}}},
		}},
	}
}

func peerScenarios() []Scenario {
	return []Scenario{
		{"preshared key", []wgtypes.Config{
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, PresharedKey: &PresharedKey1}),
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, PresharedKey: &PresharedKey2}, FullPeer(PeerB)),
			Peers(At(PeerA, "192.0.2.7:7")),
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, PresharedKey: &noPSK}),
		}},
		{"endpoint", []wgtypes.Config{
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, Endpoint: endpoint4}),
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, Endpoint: endpoint6}),
			Peers(At(PeerA, "[fe80::1%7]:51820")),
			Peers(At(PeerA, "[fe80::1%8]:51820")),
			Peers(Allow(PeerA, "10.0.0.0/8")),
			Peers(At(PeerA, "0.0.0.0:0"), At(PeerB, "[::]:65535")),
		}},
		{"endpoint mapped to IPv6", []wgtypes.Config{
			Peers(At(PeerA, "[::ffff:192.0.2.1]:51820")),
			Peers(At(PeerA, "[::ffff:0.0.0.0]:1"), At(PeerB, "[::ffff:255.255.255.255]:0")),
		}},
		{"keepalive", []wgtypes.Config{
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, PersistentKeepalive: new(25 * time.Second)}),
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, PersistentKeepalive: new(65535 * time.Second)}),
			Peers(At(PeerA, "192.0.2.7:7")),
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, PersistentKeepalive: new(time.Duration(0))}),
		}},
		{"update only", []wgtypes.Config{
			Peers(wgtypes.PeerConfig{
				PublicKey: PeerA, UpdateOnly: true, PresharedKey: &PresharedKey1, Endpoint: endpoint4, AllowedIPs: Prefixes("10.0.0.0/8"),
			}),
			Peers(FullPeer(PeerA, "10.0.0.0/8")),
			Peers(wgtypes.PeerConfig{
				PublicKey: PeerA, UpdateOnly: true, PresharedKey: &PresharedKey2, Endpoint: endpoint6, AllowedIPs: Prefixes("fd00::/8"),
			}),
			// An update of a missing peer must not move another peer's prefix.
			Peers(wgtypes.PeerConfig{
				PublicKey: PeerB, UpdateOnly: true, ReplaceAllowedIPs: true, AllowedIPs: Prefixes("10.0.0.0/8"),
			}),
		}},
	}
}

func removalScenarios() []Scenario {
	return []Scenario{
		{"remove", []wgtypes.Config{
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, Remove: true}),
			Peers(FullPeer(PeerA, "10.0.0.0/8"), FullPeer(PeerB, "fd00::/8"), FullPeer(PeerC)),
			Peers(wgtypes.PeerConfig{PublicKey: PeerB, Remove: true}),
			Peers(wgtypes.PeerConfig{PublicKey: PeerB, Remove: true}, wgtypes.PeerConfig{PublicKey: PeerA, Remove: true, UpdateOnly: true}),
		}},
		{"remove with other settings", []wgtypes.Config{
			Peers(FullPeer(PeerA, "10.0.0.0/8"), FullPeer(PeerB, "fd00::/8")),
			Peers(wgtypes.PeerConfig{
				PublicKey: PeerA, Remove: true, PresharedKey: &PresharedKey2, Endpoint: endpoint6, PersistentKeepalive: new(time.Second / 3),
				ReplaceAllowedIPs: true, AllowedIPs: Prefixes("fd00::/8"), RemoveAllowedIPs: Prefixes("fd00::/8"),
			}),
			Peers(wgtypes.PeerConfig{PublicKey: PeerC, Remove: true, AllowedIPs: Prefixes("fd00::/8")}),
		}},
	}
}

func allowedIPScenarios() []Scenario {
	lists := []string{"10.0.0.0/8", "10.0.0.0/16", "10.0.0.1/32", "fd00::/8", "fd00::1/128", "0.0.0.0/0", "::/0"}
	return []Scenario{
		{"allowed IPs are added", []wgtypes.Config{
			Peers(Allow(PeerA, lists...)),
			Peers(Allow(PeerA, "10.0.0.0/8")), // moves to the end of the list
			Peers(Allow(PeerA, "192.0.2.0/24", "192.0.2.0/24", "198.51.100.0/24")),
		}},
		{"allowed IPs are masked", []wgtypes.Config{
			Peers(Allow(PeerA, "10.1.2.3/8", "10.1.2.3/0", "fd00::1/8", "fd00::1/127")),
			Peers(Disallow(PeerA, "10.9.9.9/8")),
			Peers(Allow(PeerA, "::ffff:10.1.2.3/104", "::ffff:0.0.0.0/0")), // these are IPv6
		}},
		{"allowed IPs are replaced", []wgtypes.Config{
			Peers(Allow(PeerA, lists...), Allow(PeerB, "192.0.2.0/24")),
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, ReplaceAllowedIPs: true, AllowedIPs: Prefixes("fd00::/8", "192.0.2.0/24")}),
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, ReplaceAllowedIPs: true}),
			Peers(wgtypes.PeerConfig{PublicKey: PeerC, ReplaceAllowedIPs: true, AllowedIPs: Prefixes("fd00::/8")}),
		}},
		{"allowed IPs are removed", []wgtypes.Config{
			Peers(Allow(PeerA, lists...), Allow(PeerB, "192.0.2.0/24")),
			Peers(Disallow(PeerA, "10.0.0.0/16")),
			Peers(Disallow(PeerA, "10.0.0.0/9", "10.0.0.0/24", "fd00::/9")),            // other lengths
			Peers(Disallow(PeerA, "192.0.2.0/24"), Disallow(PeerC, "192.0.2.0/24")),    // belongs to PeerB; adds PeerC
			Peers(Disallow(PeerA, "0.0.0.0/0", "::/0"), Disallow(PeerB, "10.0.0.0/8")), // of two peers
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, AllowedIPs: Prefixes("10.0.0.2/32"), RemoveAllowedIPs: Prefixes("10.0.0.1/32")}),
			Peers(Disallow(PeerA, lists...)),
		}},
		{"removals leave absent peers absent", []wgtypes.Config{
			Peers(Allow(PeerB, "10.0.0.0/8")),
			Peers(wgtypes.PeerConfig{PublicKey: PeerA, UpdateOnly: true, RemoveAllowedIPs: Prefixes("10.0.0.0/8")}),
		}},
		{"prefixes move", []wgtypes.Config{
			Peers(Allow(PeerA, "10.0.0.0/8", "fd00::/8"), Allow(PeerB, "10.0.0.0/8")), // within one change
			Peers(Allow(PeerA, "10.0.0.0/8", "192.0.2.0/24"), Allow(PeerC)),           // and back
			Peers(Allow(PeerC, "fd00::/8", "10.0.0.0/8")),
			Peers(wgtypes.PeerConfig{PublicKey: PeerC, Remove: true}, Allow(PeerB, "fd00::/8")),
		}},
	}
}

func orderScenarios() []Scenario {
	remove := wgtypes.PeerConfig{PublicKey: PeerA, Remove: true}
	return []Scenario{
		{"one peer twice in a change", []wgtypes.Config{
			Peers(FullPeer(PeerA, "10.0.0.0/8"), Allow(PeerB), wgtypes.PeerConfig{
				PublicKey: PeerA, PresharedKey: &PresharedKey2, Endpoint: endpoint6, AllowedIPs: Prefixes("fd00::/8"),
			}),
			Peers(Allow(PeerA, "192.0.2.0/24"), wgtypes.PeerConfig{PublicKey: PeerA, ReplaceAllowedIPs: true, AllowedIPs: Prefixes("10.0.0.0/8")}),
			Peers(Disallow(PeerA, "10.0.0.0/8"), Allow(PeerA, "10.0.0.0/8")),
			Peers(Allow(PeerA, "fd00::/8"), Disallow(PeerA, "fd00::/8", "10.0.0.0/8")),
		}},
		{"removed and added in a change", []wgtypes.Config{
			Peers(FullPeer(PeerA, "10.0.0.0/8"), FullPeer(PeerB)),
			Peers(remove, Allow(PeerA, "fd00::/8")), // without the settings of the old peer
			Peers(Allow(PeerA, "192.0.2.0/24"), remove),
			Peers(FullPeer(PeerA, "10.0.0.0/8"), remove, FullPeer(PeerA, "fd00::/8"), remove),
		}},
		{"many peers", []wgtypes.Config{
			{PrivateKey: &Key1, ListenPort: new(uint16(51820)), ReplacePeers: true, Peers: FullPeers(500, 3)},
			{Peers: FullPeers(700, 4)},
			{ReplacePeers: true, Peers: append(FullPeers(400, 1), FullPeer(ManyKey(0), "203.0.113.0/24"))},
		}},
		{"many allowed IPs", []wgtypes.Config{
			Peers(FullPeer(PeerA), FullPeers(1, 4000)[0], FullPeer(PeerB)),
			Peers(wgtypes.PeerConfig{PublicKey: ManyKey(0), RemoveAllowedIPs: FullPeers(1, 3000)[0].AllowedIPs}),
			Peers(wgtypes.PeerConfig{PublicKey: ManyKey(0), ReplaceAllowedIPs: true, AllowedIPs: FullPeers(1, 3500)[0].AllowedIPs}),
		}},
	}
}

// ManyKey returns the key of peer i of FullPeers.
func ManyKey(i int) wgtypes.PublicKey { return wgtypes.PublicKey{0: 10, 1: byte(i >> 8), 2: byte(i)} }

// FullPeers returns n peers. Each has the given number of allowed IPs.
func FullPeers(n, each int) []wgtypes.PeerConfig {
	var list []wgtypes.PeerConfig
	for i := range n {
		p := FullPeer(ManyKey(i))
		for j := range each {
			p.AllowedIPs = append(p.AllowedIPs, netip.MustParsePrefix(fmt.Sprintf("fd00:%x::%x/128", i, j)))
		}
		list = append(list, p)
	}
	return list
}

func oddScenarios() []Scenario {
	own := Key1.PublicKey()
	return []Scenario{
		{"own key as a peer", []wgtypes.Config{
			{PrivateKey: &Key1, Peers: []wgtypes.PeerConfig{Allow(PeerA, "10.0.0.0/8"), FullPeer(own, "10.0.0.0/8")}},
			Peers(FullPeer(own, "10.0.0.0/8"), wgtypes.PeerConfig{PublicKey: own, Remove: true}),
			Peers(FullPeer(Key2.PublicKey(), "fd00::/8")),
			{PrivateKey: &Key2, Peers: []wgtypes.PeerConfig{FullPeer(own, "10.0.0.0/8")}}, // no longer its own key
		}},
		{"peer becomes own in the same change", []wgtypes.Config{
			Peers(FullPeer(own, "10.0.0.0/8"), FullPeer(PeerA)),
			{PrivateKey: &Key1, Peers: []wgtypes.PeerConfig{FullPeer(own, "10.0.0.0/8")}},
		}},
		// On a device without a private key, wireguard-go treats the zero key as
		// its own.
		{"keys of low order", []wgtypes.Config{
			{PrivateKey: &Key1},
			Peers(FullPeer(wgtypes.PublicKey{}, "10.0.0.0/8"), FullPeer(wgtypes.PublicKey{1}, "fd00::/8")),
			{PrivateKey: &Key2},
			Peers(wgtypes.PeerConfig{Remove: true}),
		}},
	}
}
