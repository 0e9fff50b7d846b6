package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for _, scenario := range scenarios() {
				t.Run(scenario.name, func(t *testing.T) {
					t.Parallel()
					s := b.make(t)
					for i, c := range scenario.steps {
						if diff := compare(s.apply(t, c)); diff != "" {
							t.Fatalf("Device(%q) after step %d (-want +got):\n%s", s.name, i, diff)
						}
					}
				})
			}
		})
	}
}

// randomSteps is the number of random changes of one device.
const randomSteps = 15

func TestRandomConfigs(t *testing.T) {
	t.Parallel()
	o := wgtest.GenOptions{MinPeers: 1, MaxPeers: 6, Collisions: 0.6, Unnormalized: true}
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
					t.Parallel()
					s, r := b.make(t), rand.New(rand.NewPCG(seed, 1))
					for i := range randomSteps {
						have := s.read(t)
						c := possible(have, testutil.RandomConfig(r, have, testutil.RandomOptions(o)))
						if diff := compare(s.apply(t, c)); diff != "" {
							t.Fatalf("Device(%q) after step %d, %+v (-want +got):\n%s", s.name, i, c, diff)
						}
					}
				})
			}
		})
	}
}

// possible removes the peers with the zero key from c if d is a userspace device
// that will have no private key. wireguard-go treats the zero key as its own
// until it has a private key.
func possible(d *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
	if d.Kind != wgtypes.KindKernel && wginternal.Apply(d, c).PrivateKey.IsZero() {
		c.Peers = slices.DeleteFunc(c.Peers, func(p wgtypes.PeerConfig) bool { return p.PublicKey.IsZero() })
	}
	return c
}

// TestBackendsAgree checks that the same changes lead to equal devices with a
// kernel and with wireguard-go.
func TestBackendsAgree(t *testing.T) {
	t.Parallel()
	for _, scenario := range scenarios() {
		t.Run(scenario.name, func(t *testing.T) {
			t.Parallel()
			k, u := kernel(t), userspace(t)
			for i, c := range scenario.steps {
				k.configure(t, c)
				u.configure(t, c)
				inKernel, inUser := k.read(t), u.read(t)
				inUser.Name, inUser.Kind, inUser.Index = inKernel.Name, inKernel.Kind, inKernel.Index
				if c.ListenPort == nil || *c.ListenPort == 0 {
					inUser.ListenPort = inKernel.ListenPort // each system chooses one
				}
				// wireguard-go lists peers in random order.
				byKey(inKernel)
				byKey(inUser)
				if diff := compare(inKernel, inUser); diff != "" {
					t.Fatalf("step %d leaves different devices (-kernel +userspace):\n%s", i, diff)
				}
			}
		})
	}
}

// scenario is a list of changes for a new device.
type scenario struct {
	name  string
	steps []wgtypes.Config
}

var (
	// Two keys of the device, and one that is not clamped.
	key1     = wgtypes.NewPrivateKey([32]byte{0: 8, 1: 1, 31: 0x40})
	key2     = wgtypes.NewPrivateKey([32]byte{0: 8, 1: 2, 31: 0x40})
	keyLoose = wgtypes.NewPrivateKey([32]byte{0: 0xff, 31: 0xff})
	noKey    = wgtypes.PrivateKey{}

	psk1  = wgtypes.NewPresharedKey([32]byte{1})
	psk2  = wgtypes.NewPresharedKey([32]byte{2})
	noPSK = wgtypes.PresharedKey{}

	// Three peers, whose private keys are unknown.
	peerA = wgtypes.PublicKey{0: 9, 1: 0xa}
	peerB = wgtypes.PublicKey{0: 9, 1: 0xb}
	peerC = wgtypes.PublicKey{0: 9, 1: 0xc}

	endpoint4 = netip.MustParseAddrPort("192.0.2.1:51820")
	endpoint6 = netip.MustParseAddrPort("[2001:db8::1]:51821")
)

// prefixes parses texts. It keeps their host bits.
func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// peers returns a Config that changes only peers.
func peers(p ...wgtypes.PeerConfig) wgtypes.Config { return wgtypes.Config{Peers: p} }

// allow returns a peer with allowed IPs.
func allow(k wgtypes.PublicKey, texts ...string) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{PublicKey: k, AllowedIPs: prefixes(texts...)}
}

// at returns a peer with an endpoint.
func at(k wgtypes.PublicKey, endpoint string) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{PublicKey: k, Endpoint: netip.MustParseAddrPort(endpoint)}
}

// disallow returns a peer whose allowed IPs are removed.
func disallow(k wgtypes.PublicKey, texts ...string) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{PublicKey: k, RemoveAllowedIPs: prefixes(texts...)}
}

// full returns a peer with every setting.
func full(k wgtypes.PublicKey, texts ...string) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{
		PublicKey: k, PresharedKey: &psk1, Endpoint: endpoint4,
		PersistentKeepalive: new(25 * time.Second), AllowedIPs: prefixes(texts...),
	}
}

// scenarios returns all scenarios. They use each setting of Config and
// PeerConfig; TestScenariosCoverFields checks that.
func scenarios() []scenario {
	return slices.Concat(deviceScenarios(), peerScenarios(), removalScenarios(),
		allowedIPScenarios(), orderScenarios(), oddScenarios())
}

func deviceScenarios() []scenario {
	return []scenario{
		{"nothing", []wgtypes.Config{{}, peers(full(peerA, "10.0.0.0/8")), {}}},
		{"private key", []wgtypes.Config{
			{PrivateKey: &key1}, {PrivateKey: &key1}, {PrivateKey: &key2}, {PrivateKey: &keyLoose}, {PrivateKey: &noKey},
		}},
		{"private key with peers", []wgtypes.Config{
			{PrivateKey: &key1, Peers: []wgtypes.PeerConfig{full(peerA, "10.0.0.0/8")}}, {PrivateKey: &key2}, {PrivateKey: &noKey},
		}},
		{"listen port", []wgtypes.Config{
			{ListenPort: new(uint16(51820))}, {ListenPort: new(uint16(51820))}, {ListenPort: new(uint16(65535))}, {ListenPort: new(uint16(0))},
		}},
		{"firewall mark", []wgtypes.Config{
			{FirewallMark: new(uint32(51820))}, {FirewallMark: new(uint32(1<<32 - 1))}, {FirewallMark: new(uint32(0))},
		}},
		{"replace peers", []wgtypes.Config{
			peers(full(peerA, "10.0.0.0/8"), full(peerB, "fd00::/8")),
			{ReplacePeers: true, Peers: []wgtypes.PeerConfig{allow(peerB, "10.0.0.0/8"), allow(peerC)}},
			{ReplacePeers: true, Peers: []wgtypes.PeerConfig{{PublicKey: peerB, UpdateOnly: true, PresharedKey: &psk2}}},
			peers(full(peerA)),
			{ReplacePeers: true},
		}},
		{"everything at once", []wgtypes.Config{
			{
				PrivateKey: &key1, ListenPort: new(uint16(7)), FirewallMark: new(uint32(7)), ReplacePeers: true,
				Peers: []wgtypes.PeerConfig{full(peerA, "10.0.0.0/8", "fd00::/8"), full(peerB, "0.0.0.0/0", "::/0")},
			},
			{FirewallMark: new(uint32(8)), Peers: []wgtypes.PeerConfig{{PublicKey: peerA, PresharedKey: &noPSK}}},
		}},
	}
}

func peerScenarios() []scenario {
	return []scenario{
		{"preshared key", []wgtypes.Config{
			peers(wgtypes.PeerConfig{PublicKey: peerA, PresharedKey: &psk1}),
			peers(wgtypes.PeerConfig{PublicKey: peerA, PresharedKey: &psk2}, full(peerB)),
			peers(at(peerA, "192.0.2.7:7")),
			peers(wgtypes.PeerConfig{PublicKey: peerA, PresharedKey: &noPSK}),
		}},
		{"endpoint", []wgtypes.Config{
			peers(wgtypes.PeerConfig{PublicKey: peerA, Endpoint: endpoint4}),
			peers(wgtypes.PeerConfig{PublicKey: peerA, Endpoint: endpoint6}),
			peers(at(peerA, "[fe80::1%7]:51820")),
			peers(at(peerA, "[fe80::1%8]:51820")),
			peers(allow(peerA, "10.0.0.0/8")),
			peers(at(peerA, "0.0.0.0:0"), at(peerB, "[::]:65535")),
		}},
		{"endpoint mapped to IPv6", []wgtypes.Config{
			peers(at(peerA, "[::ffff:192.0.2.1]:51820")),
			peers(at(peerA, "[::ffff:0.0.0.0]:1"), at(peerB, "[::ffff:255.255.255.255]:0")),
		}},
		{"keepalive", []wgtypes.Config{
			peers(wgtypes.PeerConfig{PublicKey: peerA, PersistentKeepalive: new(25 * time.Second)}),
			peers(wgtypes.PeerConfig{PublicKey: peerA, PersistentKeepalive: new(65535 * time.Second)}),
			peers(at(peerA, "192.0.2.7:7")),
			peers(wgtypes.PeerConfig{PublicKey: peerA, PersistentKeepalive: new(time.Duration(0))}),
		}},
		{"update only", []wgtypes.Config{
			peers(wgtypes.PeerConfig{
				PublicKey: peerA, UpdateOnly: true, PresharedKey: &psk1, Endpoint: endpoint4, AllowedIPs: prefixes("10.0.0.0/8"),
			}),
			peers(full(peerA, "10.0.0.0/8")),
			peers(wgtypes.PeerConfig{
				PublicKey: peerA, UpdateOnly: true, PresharedKey: &psk2, Endpoint: endpoint6, AllowedIPs: prefixes("fd00::/8"),
			}),
			// An update of a missing peer must not move another peer's prefix.
			peers(wgtypes.PeerConfig{
				PublicKey: peerB, UpdateOnly: true, ReplaceAllowedIPs: true, AllowedIPs: prefixes("10.0.0.0/8"),
			}),
		}},
	}
}

func removalScenarios() []scenario {
	return []scenario{
		{"remove", []wgtypes.Config{
			peers(wgtypes.PeerConfig{PublicKey: peerA, Remove: true}),
			peers(full(peerA, "10.0.0.0/8"), full(peerB, "fd00::/8"), full(peerC)),
			peers(wgtypes.PeerConfig{PublicKey: peerB, Remove: true}),
			peers(wgtypes.PeerConfig{PublicKey: peerB, Remove: true}, wgtypes.PeerConfig{PublicKey: peerA, Remove: true, UpdateOnly: true}),
		}},
		{"remove with other settings", []wgtypes.Config{
			peers(full(peerA, "10.0.0.0/8"), full(peerB, "fd00::/8")),
			peers(wgtypes.PeerConfig{
				PublicKey: peerA, Remove: true, PresharedKey: &psk2, Endpoint: endpoint6, PersistentKeepalive: new(time.Second / 3),
				ReplaceAllowedIPs: true, AllowedIPs: prefixes("fd00::/8"), RemoveAllowedIPs: prefixes("fd00::/8"),
			}),
			peers(wgtypes.PeerConfig{PublicKey: peerC, Remove: true, AllowedIPs: prefixes("fd00::/8")}),
		}},
	}
}

func allowedIPScenarios() []scenario {
	lists := []string{"10.0.0.0/8", "10.0.0.0/16", "10.0.0.1/32", "fd00::/8", "fd00::1/128", "0.0.0.0/0", "::/0"}
	return []scenario{
		{"allowed IPs are added", []wgtypes.Config{
			peers(allow(peerA, lists...)),
			peers(allow(peerA, "10.0.0.0/8")), // moves to the end of the list
			peers(allow(peerA, "192.0.2.0/24", "192.0.2.0/24", "198.51.100.0/24")),
		}},
		{"allowed IPs are masked", []wgtypes.Config{
			peers(allow(peerA, "10.1.2.3/8", "10.1.2.3/0", "fd00::1/8", "fd00::1/127")),
			peers(disallow(peerA, "10.9.9.9/8")),
			peers(allow(peerA, "::ffff:10.1.2.3/104", "::ffff:0.0.0.0/0")), // these are IPv6
		}},
		{"allowed IPs are replaced", []wgtypes.Config{
			peers(allow(peerA, lists...), allow(peerB, "192.0.2.0/24")),
			peers(wgtypes.PeerConfig{PublicKey: peerA, ReplaceAllowedIPs: true, AllowedIPs: prefixes("fd00::/8", "192.0.2.0/24")}),
			peers(wgtypes.PeerConfig{PublicKey: peerA, ReplaceAllowedIPs: true}),
			peers(wgtypes.PeerConfig{PublicKey: peerC, ReplaceAllowedIPs: true, AllowedIPs: prefixes("fd00::/8")}),
		}},
		{"allowed IPs are removed", []wgtypes.Config{
			peers(allow(peerA, lists...), allow(peerB, "192.0.2.0/24")),
			peers(disallow(peerA, "10.0.0.0/16")),
			peers(disallow(peerA, "10.0.0.0/9", "10.0.0.0/24", "fd00::/9")),            // other lengths
			peers(disallow(peerA, "192.0.2.0/24"), disallow(peerC, "192.0.2.0/24")),    // belongs to peerB; adds peerC
			peers(disallow(peerA, "0.0.0.0/0", "::/0"), disallow(peerB, "10.0.0.0/8")), // of two peers
			peers(wgtypes.PeerConfig{PublicKey: peerA, AllowedIPs: prefixes("10.0.0.2/32"), RemoveAllowedIPs: prefixes("10.0.0.1/32")}),
			peers(disallow(peerA, lists...)),
		}},
		{"removals leave absent peers absent", []wgtypes.Config{
			peers(allow(peerB, "10.0.0.0/8")),
			peers(wgtypes.PeerConfig{PublicKey: peerA, UpdateOnly: true, RemoveAllowedIPs: prefixes("10.0.0.0/8")}),
		}},
		{"prefixes move", []wgtypes.Config{
			peers(allow(peerA, "10.0.0.0/8", "fd00::/8"), allow(peerB, "10.0.0.0/8")), // within one change
			peers(allow(peerA, "10.0.0.0/8", "192.0.2.0/24"), allow(peerC)),           // and back
			peers(allow(peerC, "fd00::/8", "10.0.0.0/8")),
			peers(wgtypes.PeerConfig{PublicKey: peerC, Remove: true}, allow(peerB, "fd00::/8")),
		}},
	}
}

func orderScenarios() []scenario {
	remove := wgtypes.PeerConfig{PublicKey: peerA, Remove: true}
	return []scenario{
		{"one peer twice in a change", []wgtypes.Config{
			peers(full(peerA, "10.0.0.0/8"), allow(peerB), wgtypes.PeerConfig{
				PublicKey: peerA, PresharedKey: &psk2, Endpoint: endpoint6, AllowedIPs: prefixes("fd00::/8"),
			}),
			peers(allow(peerA, "192.0.2.0/24"), wgtypes.PeerConfig{PublicKey: peerA, ReplaceAllowedIPs: true, AllowedIPs: prefixes("10.0.0.0/8")}),
			peers(disallow(peerA, "10.0.0.0/8"), allow(peerA, "10.0.0.0/8")),
			peers(allow(peerA, "fd00::/8"), disallow(peerA, "fd00::/8", "10.0.0.0/8")),
		}},
		{"removed and added in a change", []wgtypes.Config{
			peers(full(peerA, "10.0.0.0/8"), full(peerB)),
			peers(remove, allow(peerA, "fd00::/8")), // without the settings of the old peer
			peers(allow(peerA, "192.0.2.0/24"), remove),
			peers(full(peerA, "10.0.0.0/8"), remove, full(peerA, "fd00::/8"), remove),
		}},
		{"many peers", []wgtypes.Config{
			{PrivateKey: &key1, ListenPort: new(uint16(51820)), ReplacePeers: true, Peers: manyPeers(500, 3)},
			{Peers: manyPeers(700, 4)},
			{ReplacePeers: true, Peers: append(manyPeers(400, 1), full(manyKey(0), "203.0.113.0/24"))},
		}},
		{"many allowed IPs", []wgtypes.Config{
			peers(full(peerA), manyPeers(1, 4000)[0], full(peerB)),
			peers(wgtypes.PeerConfig{PublicKey: manyKey(0), RemoveAllowedIPs: manyPeers(1, 3000)[0].AllowedIPs}),
			peers(wgtypes.PeerConfig{PublicKey: manyKey(0), ReplaceAllowedIPs: true, AllowedIPs: manyPeers(1, 3500)[0].AllowedIPs}),
		}},
	}
}

// manyKey returns the key of peer i of manyPeers.
func manyKey(i int) wgtypes.PublicKey { return wgtypes.PublicKey{0: 10, 1: byte(i >> 8), 2: byte(i)} }

// manyPeers returns n peers. Each has the given number of allowed IPs.
func manyPeers(n, each int) []wgtypes.PeerConfig {
	var list []wgtypes.PeerConfig
	for i := range n {
		p := full(manyKey(i))
		for j := range each {
			p.AllowedIPs = append(p.AllowedIPs, netip.MustParsePrefix(fmt.Sprintf("fd00:%x::%x/128", i, j)))
		}
		list = append(list, p)
	}
	return list
}

func oddScenarios() []scenario {
	own := key1.PublicKey()
	return []scenario{
		{"own key as a peer", []wgtypes.Config{
			{PrivateKey: &key1, Peers: []wgtypes.PeerConfig{allow(peerA, "10.0.0.0/8"), full(own, "10.0.0.0/8")}},
			peers(full(own, "10.0.0.0/8"), wgtypes.PeerConfig{PublicKey: own, Remove: true}),
			peers(full(key2.PublicKey(), "fd00::/8")),
			{PrivateKey: &key2, Peers: []wgtypes.PeerConfig{full(own, "10.0.0.0/8")}}, // no longer its own key
		}},
		{"peer becomes own in the same change", []wgtypes.Config{
			peers(full(own, "10.0.0.0/8"), full(peerA)),
			{PrivateKey: &key1, Peers: []wgtypes.PeerConfig{full(own, "10.0.0.0/8")}},
		}},
		// On a device without a private key, wireguard-go treats the zero key as
		// its own.
		{"keys of low order", []wgtypes.Config{
			{PrivateKey: &key1},
			peers(full(wgtypes.PublicKey{}, "10.0.0.0/8"), full(wgtypes.PublicKey{1}, "fd00::/8")),
			{PrivateKey: &key2},
			peers(wgtypes.PeerConfig{Remove: true}),
		}},
	}
}

// seen records for each field whether scenarios set it and, if it is a pointer,
// whether they set it to zero.
type seen struct{ used, cleared map[string]bool }

func (s seen) add(v reflect.Value) {
	for i := range v.NumField() {
		name, f := v.Type().Name()+"."+v.Type().Field(i).Name, v.Field(i)
		if f.IsZero() {
			continue
		}
		isPointer := f.Kind() == reflect.Pointer
		if isPointer && f.Elem().IsZero() {
			s.cleared[name] = true
		} else {
			s.used[name] = true
		}
	}
}

func TestScenariosCoverFields(t *testing.T) {
	t.Parallel()
	s := seen{make(map[string]bool), make(map[string]bool)}
	for _, scenario := range scenarios() {
		for _, c := range scenario.steps {
			s.add(reflect.ValueOf(c))
			for _, p := range c.Peers {
				s.add(reflect.ValueOf(p))
			}
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[wgtypes.Config](), reflect.TypeFor[wgtypes.PeerConfig]()} {
		for f := range typ.Fields() {
			name := typ.Name() + "." + f.Name
			if !s.used[name] {
				t.Errorf("scenarios set %s never, want at least one that does", name)
			}
			if f.Type.Kind() == reflect.Pointer && !s.cleared[name] {
				t.Errorf("scenarios set %s to zero never, want at least one that does", name)
			}
		}
	}
}
