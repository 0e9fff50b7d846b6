//go:build unix

package quick

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/quick/internal/host"
)

// up brings wg0 up on m with the file text.
func up(t testing.TB, sys *system, text string) *Tunnel {
	t.Helper()
	tunnel := parseTunnel(t, text)
	if err := sys.up(t.Context(), tunnel, tunnel.Settings); err != nil {
		t.Fatal(err)
	}
	return tunnel
}

// normalized returns m with the priority 1 for each rule of a tunnel, with sorted
// addresses and firewalls, and without the ports of devices, which reload keeps. The
// order of the rules stays.
func (m *machine) normalized(t testing.TB) *machine {
	c := m.clone(t)
	useTable(c, 4660, firstTable)
	for name, config := range c.Configs {
		config.ListenPort = nil
		c.Configs[name] = config
	}
	for _, rules := range c.RuleList {
		for i, r := range rules {
			if r.Invert || r.SuppressPrefixLength != nil {
				rules[i].Priority = 1
			}
		}
	}
	for index, list := range c.AddressList {
		slices.SortFunc(list, netip.Prefix.Compare)
		if len(list) == 0 {
			delete(c.AddressList, index)
		}
	}
	for _, f := range c.FirewallList {
		slices.SortFunc(f.Addresses, netip.Addr.Compare)
	}
	slices.SortFunc(c.FirewallList, func(a, b host.Firewall) int { return strings.Compare(familyName(a.IPv6), familyName(b.IPv6)) })
	return c
}

// useTable replaces a table and mark of m. A reload keeps the mark of a default route that
// the file no longer sets.
func useTable(m *machine, old, replacement uint32) {
	for _, rules := range m.RuleList {
		for i := range rules {
			if rules[i].Mark == old {
				rules[i].Mark, rules[i].Table = replacement, replacement
			}
		}
	}
	for i := range m.RouteList {
		if m.RouteList[i].Table == old {
			m.RouteList[i].Table = replacement
		}
	}
	for i := range m.FirewallList {
		m.FirewallList[i].Mark = replacement
	}
	for name, config := range m.Configs {
		if config.FirewallMark != nil && *config.FirewallMark == old {
			config.FirewallMark = &replacement
			m.Configs[name] = config
		}
	}
}

// A reload from any file to any other one leaves the state that up would.
func TestReloadEqualsUp(t *testing.T) {
	t.Parallel()
	names := recordedFiles(t)
	for _, from := range names {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			for i, to := range names {
				old, text := testFile(t, from+".conf"), testFile(t, to+".conf")
				testReload(t, old, text, from+" to "+to, true)
				// Without a record, rules that wg-quick left could be those of hooks.
				near := names[(i+1)%len(names)] == from || from == to
				if near && !strings.Contains(text, "Table = off") && !strings.Contains(text, "Table = 123") {
					testReload(t, old, text, from+" to "+to, false)
				}
			}
		})
	}
}

// testReload checks a reload with the record of up or, as if wg-quick had made the
// interface, without one.
func testReload(t *testing.T, from, to, what string, recorded bool) {
	t.Helper()
	before := newMachine()
	want := before.clone(t)
	up(t, want.system(t.TempDir()), to)
	got := before.clone(t)
	dir := t.TempDir()
	up(t, got.system(dir), from)
	if !recorded {
		dir = t.TempDir()
	}
	tunnel := parseTunnel(t, to)
	sys := got.system(dir)
	if err := sys.reload(t.Context(), tunnel, tunnel.Settings); err != nil {
		t.Errorf("reload %s (record: %t): %v", what, recorded, err)
		return
	}
	want.Settings[srcValidMark] = got.Settings[srcValidMark]
	if diff := got.normalized(t).diff(want.normalized(t)); diff != "" {
		t.Errorf("machine after reload %s (record: %t) (-want +got):\n%s", what, recorded, diff)
	}
	changes := 0
	got.fail = func(string) error { changes++; return nil }
	if err := sys.reload(t.Context(), tunnel, tunnel.Settings); err != nil || changes > 0 {
		t.Errorf("second reload %s = %d changes, %v, want 0, nil", what, changes, err)
	}
	got.fail = nil
	if err := sys.down(t.Context(), tunnel); err != nil {
		t.Errorf("down after reload %s: %v", what, err)
	}
	before.Settings[srcValidMark] = got.Settings[srcValidMark]
	if diff := got.diff(before); diff != "" {
		t.Errorf("machine after reload %s and down (-want +got):\n%s", what, diff)
	}
}

const twoPeers = `[Interface]
PrivateKey = 6O/Amv0cYGq9BqTCkuT1FeSc7EGxADR2Hv2zkT9LFUY=
Address = 10.7.0.1/24, 10.7.0.9/24
DNS = 10.7.0.53, example.com
PostUp = echo %i

[Peer]
PublicKey = AELCrzVmu89WtJ5Cwl5WPpl5h5ivD2qYjdZLB+Qj9D4=
AllowedIPs = 10.7.0.2/32, 10.20.0.0/16
Endpoint = 198.51.100.10:51820

[Peer]
PublicKey = Czs6bue3sQsgnEyL/VnaTLk+nt2dJcirQ3ltlMSJIgk=
AllowedIPs = 10.30.0.0/16
`

// A change of one value takes one step.
func TestReloadChangesOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new, want string }{
		"nothing":       {"", "", ""},
		"comment":       {"[Interface]", "[Interface]\n# comment", ""},
		"MTU":           {"DNS =", "MTU = 1400\nDNS =", "set MTU of wg0 to 1400 and bring it up\n"},
		"DNS":           {"10.7.0.53", "10.7.0.54", "set DNS servers of wg0 to 10.7.0.54\n"},
		"no DNS":        {"DNS = 10.7.0.53, example.com", "", "remove DNS servers of wg0\n"},
		"second":        {", 10.7.0.9/24", "", "remove address 10.7.0.9/24 from wg0\n"},
		"primary":       {"10.7.0.1/24, ", "", "remove address 10.7.0.1/24 from wg0\nadd address 10.7.0.9/24 to wg0\n"},
		"allowed IP":    {"10.30.0.0/16", "10.31.0.0/16", "synchronize WireGuard on wg0 (2 peers)\nadd route 10.31.0.0/16 to wg0\nremove route 10.30.0.0/16 from wg0\n"},
		"default route": {"10.30.0.0/16", "10.30.0.0/16, ::/0", "synchronize WireGuard on wg0 (2 peers)\nadd IPv6 rule 32765: not fwmark 51820 lookup 51820\nadd IPv6 rule 32764: lookup main suppress_prefixlength 0\nadd route ::/0 to wg0 in table 51820\nset IPv6 firewall rules of wg0\n"},
		"table":         {"DNS =", "Table = off\nDNS =", "remove route 10.30.0.0/16 from wg0\nremove route 10.20.0.0/16 from wg0\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine()
			sys := m.system(t.TempDir())
			up(t, sys, twoPeers)
			var steps strings.Builder
			sys.onStep = func(s Step) { steps.WriteString(s.String() + "\n") }
			changed := parseTunnel(t, strings.Replace(twoPeers, test.old, test.new, 1))
			if err := sys.reload(t.Context(), changed, changed.Settings); err != nil {
				t.Fatal(err)
			}
			if got := steps.String(); got != test.want {
				t.Errorf("steps of reload =\n%swant\n%s", got, test.want)
			}
		})
	}
}

// What hooks and other programs added stays.
func TestReloadKeepsForeignRoutesAndAddresses(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	tunnel := up(t, sys, twoPeers)
	index := m.LastIndex
	address, route := addressOf(t, "10.99.0.1/32"), addressOf(t, "10.98.0.0/16")
	if err := m.AddAddress(t.Context(), index, address); err != nil {
		t.Fatal(err)
	}
	if err := m.AddRoutes(t.Context(), []host.Route{{Prefix: route, Index: index, Table: mainTable}}); err != nil {
		t.Fatal(err)
	}
	want := m.clone(t)
	if err := sys.reload(t.Context(), tunnel, tunnel.Settings); err != nil {
		t.Fatal(err)
	}
	if diff := m.diff(want); diff != "" {
		t.Errorf("machine after reload (-want +got):\n%s", diff)
	}
}

// The record knows how the DNS servers are used, so that reload changes it, and only then.
func TestReloadChangesSplitDNS(t *testing.T) {
	t.Parallel()
	m := newMachine()
	before := m.clone(t)
	sys := m.system(t.TempDir())
	sys.splitDNS = true
	tunnel := up(t, sys, twoPeers)
	for _, test := range []struct {
		split bool
		want  string
	}{
		{true, ""},
		{false, "set DNS servers of wg0 to 10.7.0.53\n"},
		{false, ""},
		{true, "set DNS servers of wg0 to 10.7.0.53 for example.com\n"},
	} {
		var steps strings.Builder
		sys.splitDNS = test.split
		sys.onStep = func(s Step) { steps.WriteString(s.String() + "\n") }
		if err := sys.reload(t.Context(), tunnel, tunnel.Settings); err != nil {
			t.Fatal(err)
		}
		if got := steps.String(); got != test.want {
			t.Errorf("steps of reload with split DNS %t = %q, want %q", test.split, got, test.want)
		}
		if got := m.DNS["tun.wg0"].Split; got != test.split {
			t.Errorf("split DNS after reload = %t, want %t", got, test.split)
		}
	}
	if err := sys.down(t.Context(), tunnel); err != nil {
		t.Fatal(err)
	}
	before.Ran = m.Ran
	if diff := m.diff(before); diff != "" {
		t.Errorf("machine after down (-want +got):\n%s", diff)
	}
}

// Split DNS without a server or a search domain is an error before the first change.
func TestSplitDNSNeedsSearchDomain(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"DNS = 10.7.0.53", "DNS = example.com", ""} {
		m := newMachine()
		want := m.clone(t)
		sys := m.system(t.TempDir())
		sys.splitDNS = true
		tunnel := parseTunnel(t, strings.Replace(twoPeers, "DNS = 10.7.0.53, example.com", line, 1))
		if err := sys.up(t.Context(), tunnel, tunnel.Settings); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("up with split DNS and %q = %v, want fs.ErrInvalid", line, err)
		}
		if diff := m.diff(want); diff != "" {
			t.Errorf("machine after up with %q (-want +got):\n%s", line, diff)
		}
	}
}

func TestReloadRefusesEmptyFile(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	up(t, sys, twoPeers)
	want := m.clone(t)
	for _, text := range []string{"", "[Interface]\nAddress = 10.7.0.1/24\n"} {
		empty := parseTunnel(t, text)
		if err := sys.reload(t.Context(), empty, empty.Settings); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("reload(%q) = %v, want fs.ErrInvalid", text, err)
		}
	}
	if diff := m.diff(want); diff != "" {
		t.Errorf("machine after refused reloads (-want +got):\n%s", diff)
	}
}

// A route that another interface has is found before the first change.
func TestReloadChecksBeforeItChanges(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	up(t, sys, twoPeers)
	want := m.clone(t)
	changed := parseTunnel(t, strings.Replace(twoPeers, "10.30.0.0/16", "10.31.0.0/16, 192.168.7.0/24", 1))
	err := sys.reload(t.Context(), changed, changed.Settings)
	if err == nil || !strings.Contains(err.Error(), "eth0 has this route already") {
		t.Errorf("reload = %v, want eth0 has this route already", err)
	}
	if diff := m.diff(want); diff != "" {
		t.Errorf("machine after a refused reload (-want +got):\n%s", diff)
	}
}

func TestReloadKeepsKeyOfHook(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	up(t, sys, twoPeers)
	tunnel := parseTunnel(t, strings.Replace(twoPeers, "PrivateKey", "#PrivateKey", 1))
	if err := sys.reload(t.Context(), tunnel, tunnel.Settings); err != nil {
		t.Fatal(err)
	}
	d, err := m.Device(t.Context(), "wg0")
	if err != nil || d.PrivateKey.IsZero() {
		t.Errorf("Device has no private key (%v), want the one of up", err)
	}
}

func TestReloadWarnsOfChangedHooks(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	up(t, sys, twoPeers)
	var warnings []string
	sys.warn = func(err error) { warnings = append(warnings, err.Error()) }
	changed := parseTunnel(t, strings.Replace(twoPeers, "echo %i", "echo up", 1))
	if err := sys.reload(t.Context(), changed, changed.Settings); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(warnings, func(s string) bool { return strings.Contains(s, "hooks changed") }) || len(m.Ran) != 1 {
		t.Errorf("warnings = %q, hooks run = %q, want a warning and only the hook of up", warnings, m.Ran)
	}
}
