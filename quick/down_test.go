//go:build unix

package quick

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/wgtypes"
)

const ipv4Default = `[Interface]
PrivateKey = KJjpYf07THRNmiHUZmTmU3tbzCwx+a27u9sd1TeFunc=
Address = 10.7.0.2/32

[Peer]
PublicKey = IJOe3K8+HkaAMzQiQ8SKH5Bb+vDaOBQAhBxH3cRQIGY=
AllowedIPs = 0.0.0.0/0
Endpoint = 198.51.100.10:51820
`

// upNamed brings up an interface with another name than wg0.
func upNamed(t testing.TB, sys *system, name, text string) *Tunnel {
	t.Helper()
	tunnel := parseTunnel(t, text)
	tunnel.Name = name
	if err := sys.up(t.Context(), tunnel, tunnel.Settings); err != nil {
		t.Fatal(err)
	}
	return tunnel
}

// Two tunnels have default routes. Down of one leaves the rules of the other, in either
// order and also without records. wg-quick removes the suppressing rule of both.
func TestDownKeepsRulesOfOtherTunnels(t *testing.T) {
	t.Parallel()
	for _, recorded := range []bool{true, false} {
		for first := range 2 {
			m := newMachine()
			dir := t.TempDir()
			tunnels := []*Tunnel{
				upNamed(t, m.system(dir), "wg0", ipv4Default),
				upNamed(t, m.system(dir), "wg1", strings.Replace(ipv4Default, "[Peer]", "FwMark = 5182\n[Peer]", 1)),
			}
			want := newMachine()
			only := 1 - first
			if only == 1 {
				want.LastIndex++
			}
			upNamed(t, want.system(t.TempDir()), tunnels[only].Name, string(tunnels[only].File.AppendTo(nil)))
			if !recorded {
				dir = t.TempDir()
			}
			if err := m.system(dir).down(t.Context(), tunnels[first]); err != nil {
				t.Fatal(err)
			}
			if diff := m.normalized(t).diff(want.normalized(t)); diff != "" {
				t.Errorf("machine after down of %s (records: %t) (-want +got):\n%s", tunnels[first].Name, recorded, diff)
			}
			if err := m.system(dir).down(t.Context(), tunnels[only]); err != nil {
				t.Fatal(err)
			}
			checkClean(t, "down of both", m, newMachine())
		}
	}
}

// The mark 5182 is part of the text 51820, but not the same number.
func TestDownComparesMarksAsNumbers(t *testing.T) {
	t.Parallel()
	none := uint32(0)
	rules := []host.Rule{
		{Table: 255},
		{Priority: 32762, Table: mainTable, SuppressPrefixLength: &none},
		{Priority: 32763, Invert: true, Mark: 51820, Table: 51820},
		{Priority: 32764, Table: mainTable, SuppressPrefixLength: &none},
		{Priority: 32765, Invert: true, Mark: 5182, Table: 5182},
		{Priority: 32766, Table: mainTable},
	}
	want := []item{
		{Kind: kindRule, Priority: 32765, Mark: 5182, Table: 5182},
		{Kind: kindSuppress, Priority: 32764, Mark: 5182},
	}
	if got := guessRules(false, 5182, rules); !slices.EqualFunc(got, want, item.same) {
		t.Errorf("guessRules(5182) = %v, want %v", got, want)
	}
}

// Whatever others did to the interface, down removes what is left, and a second down
// reports that nothing is.
func TestDownAfterChangesByOthers(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	changes := map[string]func(m *machine) error{
		"link deleted": func(m *machine) error { return m.DeleteLink(ctx, m.LastIndex) },
		"mark removed": func(m *machine) error {
			none := uint32(0)
			return m.ConfigureDevice(ctx, "wg0", wgtypes.Config{FirewallMark: &none})
		},
		"peers removed": func(m *machine) error {
			return m.ConfigureDevice(ctx, "wg0", wgtypes.Config{ReplacePeers: true})
		},
		"rules removed": func(m *machine) error {
			maps.Copy(m.RuleList, newMachine().RuleList)
			return nil
		},
		"firewall removed": func(m *machine) error { return m.RemoveFirewall(ctx, "wg0") },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine()
			sys := m.system(t.TempDir())
			tunnel := up(t, sys, hookedDefaults)
			if err := change(m); err != nil {
				t.Fatal(err)
			}
			if err := sys.down(t.Context(), tunnel); err != nil {
				t.Errorf("down = %v, want nil", err)
			}
			checkClean(t, "down", m, newMachine())
			if err := sys.down(t.Context(), tunnel); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("second down = %v, want fs.ErrNotExist", err)
			}
		})
	}
}

// The link is gone, but its rules, DNS servers and firewall are left. Up replaces them.
func TestUpReplacesLeftovers(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	tunnel := up(t, sys, hookedDefaults)
	want := m.clone(t)
	if err := m.DeleteLink(t.Context(), m.LastIndex); err != nil {
		t.Fatal(err)
	}
	if err := sys.up(t.Context(), tunnel, tunnel.Settings); err != nil {
		t.Fatal(err)
	}
	m.moveLink(t, want.LastIndex)
	if diff := m.diff(want); diff != "" {
		t.Errorf("machine after up (-want +got):\n%s", diff)
	}
}

// wg-quick removed the interface, and another tunnel has got its table. Neither up nor
// down touches the rules of that tunnel.
func TestRecordDoesNotClaimRulesOfNextTunnel(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"up", "down"} {
		m := newMachine()
		dir := t.TempDir()
		tunnel := up(t, m.system(dir), ipv4Default)
		if err := m.system(t.TempDir()).down(t.Context(), tunnel); err != nil { // as wg-quick
			t.Fatal(err)
		}
		upNamed(t, m.system(t.TempDir()), "wg1", ipv4Default)
		want := m.clone(t)
		if err := callVerb(t.Context(), m.system(dir), verb, tunnel); err != nil {
			t.Errorf("%s = %v, want nil", verb, err)
		}
		if verb == "up" {
			if err := m.system(dir).down(t.Context(), tunnel); err != nil {
				t.Error(err)
			}
		}
		if diff := m.diff(want); diff != "" {
			t.Errorf("machine after %s (-want +got):\n%s", verb, diff)
		}
	}
}

// The link is gone and nothing is left of it, but PostDown has to undo PostUp.
func TestDownOfDeletedLinkRunsPostDown(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	tunnel := up(t, sys, strings.Replace(ipv4Default, "[Peer]", "Table = off\nPreDown = pre-down\nPostDown = post-down\n[Peer]", 1))
	if err := m.DeleteLink(t.Context(), m.LastIndex); err != nil {
		t.Fatal(err)
	}
	if err := sys.down(t.Context(), tunnel); err != nil || !slices.Equal(m.Ran, []string{"post-down"}) {
		t.Errorf("down = %v with hooks %q, want only post-down", err, m.Ran)
	}
	if err := sys.down(t.Context(), tunnel); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("second down = %v, want fs.ErrNotExist", err)
	}
}

// The table of an earlier wg-quick is replaced, not doubled.
func TestUpReplacesFirewall(t *testing.T) {
	t.Parallel()
	m := newMachine()
	m.FirewallList = []host.Firewall{{Interface: "wg0", Mark: 1}}
	up(t, m.system(t.TempDir()), ipv4Default)
	if len(m.FirewallList) != 1 || m.FirewallList[0].Mark != firstTable {
		t.Errorf("firewalls = %v, want one with the mark %d", m.FirewallList, firstTable)
	}
}

// Down uses the record and the kernel, whatever the file says now.
func TestDownAfterFileChanged(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	up(t, sys, hookedDefaults)
	changed := parseTunnel(t, "[Interface]\nAddress = 10.9.9.9/24\nTable = off\n")
	if err := sys.down(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	checkClean(t, "down with another file", m, newMachine())
}

func TestDownWithoutFile(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	up(t, sys, hookedDefaults)
	m.Ran = nil
	if err := sys.down(t.Context(), &Tunnel{Name: "wg0"}); err != nil {
		t.Fatal(err)
	}
	checkClean(t, "down without a file", m, newMachine())
	if len(m.Ran) > 0 {
		t.Errorf("hooks run = %q, want none", m.Ran)
	}
}

// A record of an interface that another program replaced does not stop down.
func TestDownWithRecordOfEarlierInterface(t *testing.T) {
	t.Parallel()
	m := newMachine()
	dir := t.TempDir()
	tunnel := up(t, m.system(dir), hookedDefaults)
	if err := m.system(t.TempDir()).down(t.Context(), tunnel); err != nil { // as wg-quick
		t.Fatal(err)
	}
	up(t, m.system(t.TempDir()), hookedDefaults)
	if err := m.system(dir).down(t.Context(), tunnel); err != nil {
		t.Fatal(err)
	}
	checkClean(t, "down", m, newMachine())
}

func TestDownStopsAtFailingPreDown(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	tunnel := up(t, sys, strings.Replace(hookedDefaults, "pre-down", "fail", 1))
	want := m.clone(t)
	if err := sys.down(t.Context(), tunnel); err == nil || !strings.Contains(err.Error(), "run PreDown: fail") {
		t.Errorf("down = %v, want the error of PreDown", err)
	}
	if diff := m.diff(want); diff != "" {
		t.Errorf("machine after a failed PreDown (-want +got):\n%s", diff)
	}
}

// Down goes on after an error, so that no rule is left because another one cannot be
// removed, and can be repeated.
func TestDownGoesOnAfterAnError(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	tunnel := up(t, sys, hookedDefaults)
	failed := false
	m.fail = func(change string) error {
		if change == "remove rule" && !failed {
			failed = true
			return fs.ErrPermission
		}
		return nil
	}
	if err := sys.down(t.Context(), tunnel); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("down = %v, want fs.ErrPermission", err)
	}
	if n := len(m.RuleList["IPv4"]) + len(m.RuleList["IPv6"]); n != 6 {
		t.Errorf("%d rules are left, want 6 with the one that could not be removed", n)
	}
	if err := sys.down(t.Context(), tunnel); err != nil {
		t.Errorf("second down = %v, want nil", err)
	}
	checkClean(t, "second down", m, newMachine())
}

func TestDownRefusesOtherInterfaces(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	tunnel := parseTunnel(t, ipv4Default)
	tunnel.Name = "eth0"
	if err := sys.down(t.Context(), tunnel); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), `"eth0" is not a WireGuard interface`) {
		t.Errorf("down(eth0) = %v, want that it is not a WireGuard interface", err)
	}
}

// A resolver that fails does not keep the interface up.
func TestDownIgnoresResolver(t *testing.T) {
	t.Parallel()
	m := newMachine()
	sys := m.system(t.TempDir())
	tunnel := up(t, sys, hookedDefaults)
	var warnings []error
	sys.warn = func(err error) { warnings = append(warnings, err) }
	m.fail = func(change string) error {
		if change == "remove DNS" {
			return context.DeadlineExceeded
		}
		return nil
	}
	if err := sys.down(t.Context(), tunnel); err != nil || len(warnings) != 1 {
		t.Errorf("down = %v with warnings %v, want nil with one", err, warnings)
	}
}
