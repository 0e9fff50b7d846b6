//go:build linux

package host_test

import (
	"net/netip"
	"testing"

	"github.com/wgctrl/wgctrl/quick/internal/host"
)

// nftDefault is the input of nft with which wg-quick sets the firewall of wg0.
const nftDefault = `add table ip wg-quick-wg0
add chain ip wg-quick-wg0 preraw { type filter hook prerouting priority -300; }
add chain ip wg-quick-wg0 premangle { type filter hook prerouting priority -150; }
add chain ip wg-quick-wg0 postmangle { type filter hook postrouting priority -150; }
add rule ip wg-quick-wg0 preraw iifname != "wg0" ip daddr 10.7.0.2 fib saddr type != local drop
add rule ip wg-quick-wg0 preraw iifname != "wg0" ip daddr 10.7.0.3 fib saddr type != local drop
add rule ip wg-quick-wg0 postmangle meta l4proto udp mark 51820 ct mark set mark 
add rule ip wg-quick-wg0 premangle meta l4proto udp meta mark set ct mark 
`

const nftDefaultIPv6 = `add table ip6 wg-quick-wg0
add chain ip6 wg-quick-wg0 preraw { type filter hook prerouting priority -300; }
add chain ip6 wg-quick-wg0 premangle { type filter hook prerouting priority -150; }
add chain ip6 wg-quick-wg0 postmangle { type filter hook postrouting priority -150; }
add rule ip6 wg-quick-wg0 preraw iifname != "wg0" ip6 daddr fd70::2 fib saddr type != local drop
add rule ip6 wg-quick-wg0 postmangle meta l4proto udp mark 51820 ct mark set mark 
add rule ip6 wg-quick-wg0 premangle meta l4proto udp meta mark set ct mark 
`

func prefixes(words ...string) (list []netip.Prefix) {
	for _, word := range words {
		list = append(list, netip.MustParsePrefix(word))
	}
	return list
}

func (m *machine) addAddresses(t *testing.T, list ...string) {
	t.Helper()
	for _, a := range prefixes(list...) {
		if err := m.AddAddress(t.Context(), m.wg, a); err != nil {
			t.Fatalf("AddAddress(%v) = %v, want no error", a, err)
		}
	}
}

func (m *machine) setLink(t *testing.T, mtu int) {
	t.Helper()
	if err := m.SetLink(t.Context(), m.wg, mtu, true); err != nil {
		t.Fatalf("SetLink(%d) = %v, want no error", mtu, err)
	}
}

func (m *machine) addRoutes(t *testing.T, table uint32, list ...string) []host.Route {
	t.Helper()
	var routes []host.Route
	for _, p := range prefixes(list...) {
		routes = append(routes, host.Route{Prefix: p, Index: m.wg, Table: table})
	}
	if err := m.AddRoutes(t.Context(), routes); err != nil {
		t.Fatalf("AddRoutes(%v) = %v, want no error", routes, err)
	}
	return routes
}

// addDefault does what wg-quick does for a default route. It returns the rules.
func (m *machine) addDefault(t *testing.T, ipv6 bool, addresses ...netip.Addr) []host.Rule {
	t.Helper()
	var rules []host.Rule
	for _, r := range []host.Rule{
		{IPv6: ipv6, Invert: true, Mark: 51820, Table: 51820},
		{IPv6: ipv6, Table: 254, SuppressPrefixLength: new(uint32)},
	} {
		added, err := m.AddRule(t.Context(), r)
		if err != nil {
			t.Fatalf("AddRule(%v) = %v, want no error", r, err)
		}
		rules = append(rules, added)
	}
	prefix := "0.0.0.0/0"
	if ipv6 {
		prefix = "::/0"
	} else if err := m.SetSysctl(srcValidMark, "1"); err != nil {
		t.Fatalf("SetSysctl(%q, 1) = %v, want no error", srcValidMark, err)
	}
	m.addRoutes(t, 51820, prefix)
	f := host.Firewall{Interface: "wg0", IPv6: ipv6, Addresses: addresses, Mark: 51820}
	if err := m.AddFirewall(t.Context(), f); err != nil {
		t.Fatalf("AddFirewall(%v) = %v, want no error", f, err)
	}
	return rules
}

// commandTests have commands of wg-quick and the calls that do the same.
var commandTests = []struct {
	name     string
	commands string
	change   func(t *testing.T, m *machine)
}{
	{
		name: "addresses",
		commands: `
			-4 address add 10.0.0.2/24 dev wg0
			-4 address add 10.0.0.3/24 dev wg0
			-4 address add 10.1.0.1 dev wg0
			-6 address add fd00::2/64 dev wg0
			-6 address add fe80::7/64 dev wg0
			-6 address add fd00:1::3 dev wg0
			link set mtu 1380 up dev wg0`,
		change: func(t *testing.T, m *machine) {
			m.addAddresses(t, "10.0.0.2/24", "10.0.0.3/24", "10.1.0.1/32", "fd00::2/64", "fe80::7/64", "fd00:1::3/128")
			m.setLink(t, 1380)
		},
	},
	{
		name: "addresses in another order",
		commands: `
			link set mtu 1280 up dev wg0
			-6 address add fd00::2/64 dev wg0
			-4 address add 10.0.0.2/24 dev wg0
			-6 address delete fd00::2/64 dev wg0`,
		change: func(t *testing.T, m *machine) {
			m.setLink(t, 1280)
			m.addAddresses(t, "fd00::2/64", "10.0.0.2/24")
			if err := m.RemoveAddress(t.Context(), m.wg, netip.MustParsePrefix("fd00::2/64")); err != nil {
				t.Fatalf("RemoveAddress(fd00::2/64) = %v, want no error", err)
			}
		},
	},
	{
		name: "routes",
		commands: `
			-4 address add 10.0.0.2/32 dev wg0
			link set mtu 1420 up dev wg0
			-6 route add fd00::/8 dev wg0
			-6 route add ::ffff:0:0/96 dev wg0
			-4 route add 10.0.0.0/8 dev wg0
			-4 route add 203.0.113.7/32 dev wg0 table 123
			-4 route add 0.0.0.0/0 dev wg0 table 123
			-6 route add ::/0 dev wg0 table 4660
			-4 route add 224.0.0.0/4 dev wg0`,
		change: func(t *testing.T, m *machine) {
			m.addAddresses(t, "10.0.0.2/32")
			m.setLink(t, 1420)
			m.addRoutes(t, 0, "fd00::/8", "::ffff:0:0/96", "10.0.0.0/8")
			m.addRoutes(t, 123, "203.0.113.7/32", "0.0.0.0/0")
			m.addRoutes(t, 4660, "::/0")
			m.addRoutes(t, 254, "224.0.0.0/4")
		},
	},
}

// The state must be the one that the commands of wg-quick leave.
func TestChangesEqualCommands(t *testing.T) {
	t.Parallel()
	for _, test := range commandTests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want, got := newMachine(t), newMachine(t)
			want.command(t, test.commands)
			test.change(t, got)
			expectState(t, got, want)
		})
	}
}

func TestDefaultRoutesEqualCommands(t *testing.T) {
	t.Parallel()
	need(t, "nft")
	want, got, before := newMachine(t), newMachine(t), newMachine(t)
	want.command(t, `
		-4 address add 10.7.0.2/32 dev wg0
		-4 address add 10.7.0.3/32 dev wg0
		-6 address add fd70::2/128 dev wg0
		link set mtu 1420 up dev wg0
		-6 rule add not fwmark 51820 table 51820
		-6 rule add table main suppress_prefixlength 0
		-6 route add ::/0 dev wg0 table 51820`)
	want.run(t, nftDefaultIPv6, "nft", "-f", "-")
	want.command(t, `
		-4 rule add not fwmark 51820 table 51820
		-4 rule add table main suppress_prefixlength 0
		-4 route add 0.0.0.0/0 dev wg0 table 51820`)
	if err := want.SetSysctl(srcValidMark, "1"); err != nil {
		t.Fatalf("SetSysctl(%q, 1) = %v, want no error", srcValidMark, err)
	}
	want.run(t, nftDefault, "nft", "-f", "-")

	got.addAddresses(t, "10.7.0.2/32", "10.7.0.3/32", "fd70::2/128")
	got.setLink(t, 1420)
	rules := got.addDefault(t, true, netip.MustParseAddr("fd70::2"))
	rules = append(rules, got.addDefault(t, false, netip.MustParseAddr("10.7.0.2"), netip.MustParseAddr("10.7.0.3"))...)
	expectState(t, got, want)

	for range 2 { // the second time, everything is missing
		for _, r := range rules {
			if err := got.RemoveRule(t.Context(), r); err != nil {
				t.Errorf("RemoveRule(%v) = %v, want no error", r, err)
			}
		}
		if err := got.RemoveFirewall(t.Context(), "wg0"); err != nil {
			t.Errorf("RemoveFirewall(%q) = %v, want no error", "wg0", err)
		}
		if err := got.DeleteLink(t.Context(), got.wg); err != nil {
			t.Errorf("DeleteLink(%d) = %v, want no error", got.wg, err)
		}
	}
	if err := got.SetSysctl(srcValidMark, "0"); err != nil {
		t.Errorf("SetSysctl(%q, 0) = %v, want no error", srcValidMark, err)
	}
	if err := before.DeleteLink(t.Context(), before.wg); err != nil {
		t.Errorf("DeleteLink(%d) = %v, want no error", before.wg, err)
	}
	expectState(t, got, before)
}
