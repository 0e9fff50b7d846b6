//go:build unix

package quick

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl/quick/internal/host"
)

func TestParseTable(t *testing.T) {
	t.Parallel()
	names := func(name string) (uint32, error) {
		if name == "office" {
			return 77, nil
		}
		return 0, errors.New("unknown")
	}
	for word, want := range map[string]tables{
		"":           {auto: true},
		"auto":       {auto: true},
		"off":        {off: true},
		"0":          {word: "0"},
		"123":        {number: 123, word: "123"},
		"0x10":       {number: 16, word: "0x10"},
		"4294967295": {number: 4294967295, word: "4294967295"},
		"office":     {number: 77, word: "office"},
	} {
		if got, err := parseTable(word, names); err != nil || got != want {
			t.Errorf("parseTable(%q) = %+v, %v, want %+v", word, got, err, want)
		}
	}
	for _, word := range []string{"OFF", "4294967296", "-1"} {
		if got, err := parseTable(word, names); err == nil {
			t.Errorf("parseTable(%q) = %+v, want an error", word, got)
		}
	}
}

func TestFindTable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "rt_tables")
	if err := os.WriteFile(file, []byte("# 1 comment\n255\tlocal\n0x20 hex # 3 hex\nno number\n12 office\n13 office\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]uint32{"local": 255, "hex": 32, "office": 12} {
		if got, found, err := findTable(file, name); err != nil || !found || got != want {
			t.Errorf("findTable(%q) = %d, %t, %v, want %d", name, got, found, err, want)
		}
	}
	for _, name := range []string{"comment", "number", "1"} {
		if got, found, err := findTable(file, name); err != nil || found {
			t.Errorf("findTable(%q) = %d, %t, %v, want false", name, got, found, err)
		}
	}
}

// A table is free if no route and no rule uses it, and no rule has its number as mark.
func TestFreeTable(t *testing.T) {
	t.Parallel()
	m := newMachine()
	m.RouteList = append(m.RouteList, host.Route{Prefix: netip.MustParsePrefix("fd80::/16"), Index: 10, Table: 51820})
	m.RuleList["IPv4"] = append(m.RuleList["IPv4"], host.Rule{Priority: 40000, Table: 51821}, host.Rule{Priority: 40001, Mark: 51822, Table: 5})
	p := &planner{net: m}
	if got, err := p.freeTable(t.Context()); err != nil || got != 51823 {
		t.Errorf("freeTable = %d, %v, want 51823", got, err)
	}
}

// The kernel puts a new rule above the second one.
func TestRulePriorities(t *testing.T) {
	t.Parallel()
	list := func(priorities ...uint32) (rules []host.Rule) {
		for _, p := range priorities {
			rules = append(rules, host.Rule{Priority: p})
		}
		return rules
	}
	for _, test := range []struct {
		rules         []host.Rule
		first, second uint32
	}{
		{list(0, 32766, 32767), 32765, 32764},
		{list(0, 5210, 32766), 5209, 5208},
		{list(0, 32764, 32765, 32766), 32763, 32762},
		{list(100, 100, 32766), 99, 99},
		{list(0, 0), 0, 0},
		{list(0), 0, 0},
		{nil, 0, 0},
	} {
		first := nextPriority(test.rules)
		if second := priorityBefore(test.rules, first); first != test.first || second != test.second {
			t.Errorf("priorities with %v = %d and %d, want %d and %d", test.rules, first, second, test.first, test.second)
		}
	}
}

// Up says which rules of other programs are evaluated before and after its own.
func TestUpWarnsOfRulesOfOthers(t *testing.T) {
	t.Parallel()
	m := newMachine()
	none := uint32(0)
	m.RuleList["IPv4"] = []host.Rule{
		{Table: 255},
		{Priority: 100, Table: 7},
		{Priority: 5210, Mark: 8, Table: 254},
		{Priority: 32764, Table: mainTable, SuppressPrefixLength: &none},
		{Priority: 32765, Invert: true, Mark: 51820, Table: 51820},
		{Priority: 32766, Table: mainTable},
		{Priority: 32767, Table: 253},
	}
	sys := m.system(t.TempDir())
	var got []string
	sys.warn = func(err error) { got = append(got, err.Error()) }
	up(t, sys, hookedDefaults)
	want := []string{
		"IPv4 rules of other programs are evaluated after those of wg0: " + host.Rule{Priority: 100, Table: 7}.String() + "; " + host.Rule{Priority: 5210, Mark: 8, Table: 254}.String(),
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings of up = %q, want %q", got, want)
	}
	m = newMachine()
	m.RuleList["IPv6"] = []host.Rule{{IPv6: true, Table: 9}, {IPv6: true, Priority: 5, Table: 255}, {IPv6: true, Priority: 32766, Table: mainTable}}
	sys, got = m.system(t.TempDir()), nil
	sys.warn = func(err error) { got = append(got, err.Error()) }
	up(t, sys, hookedDefaults)
	want = []string{"IPv6 rules of other programs are evaluated before those of wg0: " + host.Rule{IPv6: true, Table: 9}.String()}
	if !slices.Equal(got, want) {
		t.Errorf("warnings of up = %q, want %q", got, want)
	}
}
