//go:build linux

package host_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/quick/internal/host"
)

func (m *machine) rules(t *testing.T, ipv6 bool) []host.Rule {
	t.Helper()
	rules, err := m.Rules(t.Context(), ipv6)
	if err != nil {
		t.Fatalf("Rules(%v) = %v, want no error", ipv6, err)
	}
	return rules
}

// The kernel chooses the priority before that of the second rule. AddRule returns it.
func TestAddRulePriority(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.command(t, `rule add from 10.9.0.0/16 table 52 priority 5210`)
	for _, ipv6 := range []bool{false, true} {
		before := m.rules(t, ipv6)
		first := before[1].Priority
		added := m.addRules(t, ipv6)
		for i, r := range added {
			if want := first - 1 - uint32(i); r.Priority != want {
				t.Errorf("AddRule returned priority %d, want %d", r.Priority, want)
			}
		}
		want := slices.Concat(before[:1], []host.Rule{added[1], added[0]}, before[1:])
		if got := m.rules(t, ipv6); !cmp.Equal(got, want) {
			t.Errorf("Rules(%v) = %v, want %v", ipv6, got, want)
		}
		for _, r := range added {
			if err := m.RemoveRule(t.Context(), r); err != nil {
				t.Errorf("RemoveRule(%v) = %v, want no error", r, err)
			}
		}
		if got := m.rules(t, ipv6); !cmp.Equal(got, before) {
			t.Errorf("Rules(%v) = %v, want %v", ipv6, got, before)
		}
	}
}

// addRules adds the two rules of a default route.
func (m *machine) addRules(t *testing.T, ipv6 bool) (rules []host.Rule) {
	t.Helper()
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
	return rules
}

// Two tunnels have the same suppress rule. RemoveRule removes the one with the priority.
func TestRemoveRuleByPriority(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	first, second := m.addRules(t, false), m.addRules(t, false)
	if err := m.RemoveRule(t.Context(), first[1]); err != nil {
		t.Errorf("RemoveRule(%v) = %v, want no error", first[1], err)
	}
	got := m.rules(t, false)
	for _, r := range []host.Rule{first[0], second[0], second[1]} {
		if !slices.ContainsFunc(got, func(other host.Rule) bool { return cmp.Equal(r, other) }) {
			t.Errorf("Rules = %v, want %v among them", got, r)
		}
	}
	if slices.ContainsFunc(got, func(other host.Rule) bool { return cmp.Equal(first[1], other) }) {
		t.Errorf("Rules = %v, want no %v", got, first[1])
	}
	if err := m.RemoveRule(t.Context(), host.Rule{Table: 254, SuppressPrefixLength: new(uint32)}); err == nil {
		t.Error("RemoveRule without a priority = nil, want an error")
	}
}

func TestAddRuleWithPriority(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	want := host.Rule{Priority: 4000, Mark: 0x1234, Table: 123}
	if got, err := m.AddRule(t.Context(), want); err != nil || !cmp.Equal(got, want) {
		t.Errorf("AddRule(%v) = %v, %v, want the same rule", want, got, err)
	}
	if got, err := m.AddRule(t.Context(), want); !errors.Is(err, fs.ErrExist) {
		t.Errorf("AddRule(%v) twice = %v, %v, want fs.ErrExist", want, got, err)
	}
}

// Rules of others with conditions that this package does not know must not look like
// those of a tunnel.
func TestRulesWithOtherConditions(t *testing.T) {
	t.Parallel()
	for _, words := range []string{
		"from 10.0.0.0/8 table 51820",
		"to 10.0.0.0/8 table 51820",
		"iif eth0 table 51820",
		"oif eth0 table 51820",
		"fwmark 0x10/0xf0 table 51820",
		"not fwmark 51820/0xffff table 51820",
		"tos 0x10 table 51820",
		"uidrange 0-99 table 51820",
		"ipproto udp dport 51820 table 51820",
		"fwmark 51820 blackhole",
		"table main suppress_ifgroup 1",
	} {
		m := newMachine(t)
		m.command(t, "rule add priority 4000 "+words)
		rules := m.rules(t, false)
		i := slices.IndexFunc(rules, func(r host.Rule) bool { return r.Priority == 4000 })
		if i < 0 || !rules[i].Other {
			t.Errorf("Rules after %q = %+v, want one with priority 4000 and Other", words, rules)
		}
	}
	m := newMachine(t)
	for _, r := range slices.Concat(m.rules(t, false), m.rules(t, true)) {
		if r.Other {
			t.Errorf("Rules of a new namespace have %+v, want no Other", r)
		}
	}
}
