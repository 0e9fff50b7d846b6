//go:build linux

package host_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/quick/internal/host"
)

func firewall(ifname string, ipv6 bool) host.Firewall {
	f := host.Firewall{Interface: ifname, IPv6: ipv6, Mark: 51820}
	if ipv6 {
		f.Addresses = []netip.Addr{netip.MustParseAddr("fd70::2")}
	} else {
		f.Addresses = []netip.Addr{netip.MustParseAddr("10.7.0.2"), netip.MustParseAddr("10.7.0.3")}
	}
	return f
}

func (m *machine) addFirewall(t *testing.T, f host.Firewall) {
	t.Helper()
	if err := m.AddFirewall(t.Context(), f); err != nil {
		t.Fatalf("AddFirewall(%+v) = %v, want no error", f, err)
	}
}

func (m *machine) ruleset(t *testing.T) any {
	t.Helper()
	return decodeJSON(t, m.run(t, "", "nft", "-j", "list", "ruleset"))
}

// A table that an earlier run left must be replaced: wg-quick doubles its rules.
func TestAddFirewallReplaces(t *testing.T) {
	t.Parallel()
	need(t, "nft")
	m, want := newMachine(t), newMachine(t)
	m.run(t, nftDefault+nftDefault, "nft", "-f", "-")
	want.run(t, nftDefault, "nft", "-f", "-")
	for range 2 {
		m.addFirewall(t, firewall("wg0", false))
		if diff := cmp.Diff(want.ruleset(t), m.ruleset(t)); diff != "" {
			t.Errorf("the rules differ from those of nft (-want +got):\n%s", diff)
		}
	}
}

func TestAddFirewallWithoutAddresses(t *testing.T) {
	t.Parallel()
	need(t, "nft")
	m, want := newMachine(t), newMachine(t)
	want.run(t, `
		add table ip6 wg-quick-wg0
		add chain ip6 wg-quick-wg0 preraw { type filter hook prerouting priority -300; }
		add chain ip6 wg-quick-wg0 premangle { type filter hook prerouting priority -150; }
		add chain ip6 wg-quick-wg0 postmangle { type filter hook postrouting priority -150; }
		add rule ip6 wg-quick-wg0 postmangle meta l4proto udp mark 4660 ct mark set mark
		add rule ip6 wg-quick-wg0 premangle meta l4proto udp meta mark set ct mark
		`, "nft", "-f", "-")
	m.addFirewall(t, host.Firewall{Interface: "wg0", IPv6: true, Mark: 4660})
	if diff := cmp.Diff(want.ruleset(t), m.ruleset(t)); diff != "" {
		t.Errorf("the rules differ from those of nft (-want +got):\n%s", diff)
	}
}

// RemoveFirewall must remove what wg-quick added, but nothing of other interfaces.
func TestRemoveFirewall(t *testing.T) {
	t.Parallel()
	need(t, "nft")
	m := newMachine(t)
	m.run(t, "add table inet wg-quick-other\nadd table ip filter\n", "nft", "-f", "-")
	m.addFirewall(t, firewall("wg01", false))
	want := m.ruleset(t)

	m.run(t, nftDefault+nftDefaultIPv6+"add table inet wg-quick-wg0\n", "nft", "-f", "-")
	list := []host.Firewall{{Interface: "wg01"}, {Interface: "wg0"}, {Interface: "wg0", IPv6: true}}
	if got, err := m.Firewalls(t.Context()); err != nil || !cmp.Equal(got, list, compareAddrs) {
		t.Errorf("Firewalls = %+v, %v, want %+v", got, err, list)
	}
	for range 2 { // the second time, it is missing
		if err := m.RemoveFirewall(t.Context(), "wg0"); err != nil {
			t.Errorf("RemoveFirewall(%q) = %v, want no error", "wg0", err)
		}
		if diff := cmp.Diff(want, m.ruleset(t)); diff != "" {
			t.Errorf("the rules after RemoveFirewall differ from those before (-want +got):\n%s", diff)
		}
	}
}

var compareAddrs = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

func TestFirewallOfInvalidName(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for _, name := range []string{"", `a"b`, "a b", "a\n-F", "0123456789abcdef"} {
		f := firewall(name, false)
		if err := m.AddFirewall(t.Context(), f); err == nil {
			t.Errorf("AddFirewall(%+v) = nil, want an error", f)
		}
		if err := m.RemoveFirewall(t.Context(), name); err == nil {
			t.Errorf("RemoveFirewall(%q) = nil, want an error", name)
		}
	}
}
