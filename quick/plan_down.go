package quick

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/wgctrl/wgctrl/quick/internal/host"
)

// removal returns the steps that remove items, in wg-quick's order: rules, IPv4
// first, the link with its addresses and routes, DNS and the firewall.
func removal(name string, items []item) []Step {
	var steps []Step
	add := func(of func(item) bool) {
		for _, i := range items {
			if of(i) {
				steps = append(steps, Step{action: actionRemove, item: i, name: name})
			}
		}
	}
	isRule := func(i item) bool { return i.Kind == kindRule || i.Kind == kindSuppress }
	add(func(i item) bool { return isRule(i) && !i.IPv6 })
	add(func(i item) bool { return isRule(i) && i.IPv6 })
	add(func(i item) bool { return i.Kind == kindLink })
	add(func(i item) bool { return i.Kind == kindDNS })
	if slices.ContainsFunc(items, func(i item) bool { return i.Kind == kindFirewall }) {
		steps = append(steps, Step{action: actionRemove, item: item{Kind: kindFirewall}, name: name})
	}
	return steps
}

// leftovers returns the items of a record that still exist, without the parts that
// the link contains. The link is missing if current is nil.
func leftovers(ctx context.Context, net queries, r *record, current *host.Link) ([]item, error) {
	rules := make(map[bool][]host.Rule)
	for _, ipv6 := range []bool{false, true} {
		var err error
		if rules[ipv6], err = net.Rules(ctx, ipv6); err != nil {
			return nil, err
		}
	}
	index := 0
	if link := r.find(kindLink); link != nil {
		index = link.Index
	}
	var list []item
	for _, i := range r.Items {
		switch i.Kind {
		case kindLink:
			if current != nil && (i.Index == current.Index || i.Index == 0) {
				i.Index = current.Index
				list = append(list, i)
			}
		case kindRule, kindSuppress:
			priority, found := i.findRule(rules[i.IPv6])
			if !found {
				continue
			}
			others, err := usedByOthers(ctx, net, i.IPv6, i.Mark, index)
			if err != nil {
				return nil, err
			}
			if !others {
				i.Priority = priority
				list = append(list, i)
			}
		case kindDNS, kindFirewall:
			list = append(list, i)
		}
	}
	return list, nil
}

// usedByOthers reports whether the table has a route to another interface: after wg-quick
// removed the interface of a record, the next tunnel gets the same table.
func usedByOthers(ctx context.Context, net queries, ipv6 bool, table uint32, index int) (bool, error) {
	routes, err := net.Routes(ctx, host.Filter{IPv6: ipv6, Table: table})
	return slices.ContainsFunc(routes, func(r host.Route) bool { return index != 0 && r.Index != index }), err
}

// findRule returns the priority of the rule. A rule that looks up a table of our own
// is ours at any priority, but the suppressing rules of all tunnels are alike.
func (a item) findRule(rules []host.Rule) (priority uint32, found bool) {
	want := a.hostRule()
	for _, r := range rules {
		if sameRule(r, want) && (r.Priority == a.Priority || a.Kind == kindRule) {
			return r.Priority, true
		}
	}
	return 0, false
}

// sameRule reports whether a and b differ at most in their priority.
func sameRule(a, b host.Rule) bool {
	suppress := (a.SuppressPrefixLength == nil) == (b.SuppressPrefixLength == nil) &&
		(a.SuppressPrefixLength == nil || *a.SuppressPrefixLength == *b.SuppressPrefixLength)
	return suppress && !a.Other && !b.Other && a.IPv6 == b.IPv6 && a.Invert == b.Invert && a.Mark == b.Mark && a.Table == b.Table
}

// guess returns the items of an interface without a record, as wg-quick finds them:
// by the mark of the device and the name.
func guess(ctx context.Context, net queries, name string, link *host.Link, mark uint32) ([]item, error) {
	var list []item
	for _, ipv6 := range []bool{false, true} {
		if mark == 0 {
			break
		}
		rules, err := net.Rules(ctx, ipv6)
		if err != nil {
			return nil, err
		}
		list = append(list, guessRules(ipv6, mark, rules)...)
	}
	if link != nil {
		list = append(list, item{Kind: kindLink, Index: link.Index})
	}
	firewalls, err := net.Firewalls(ctx)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range firewalls {
		if f.Interface == name {
			list = append(list, item{Kind: kindFirewall, IPv6: f.IPv6, Mark: f.Mark})
		}
	}
	return list, nil
}

// guessRules returns the rules of a tunnel with this mark. Each default route has a
// suppressing rule; those of other tunnels stay, even if the rules of the tunnel were
// doubled.
func guessRules(ipv6 bool, mark uint32, rules []host.Rule) []item {
	var list []item
	others := 0
	var suppress []uint32 // priorities
	for _, r := range rules {
		i := item{Kind: kindRule, IPv6: ipv6, Priority: r.Priority, Mark: r.Mark, Table: r.Table}
		switch {
		case sameRule(r, item{Kind: kindSuppress, IPv6: ipv6}.hostRule()):
			suppress = append(suppress, r.Priority)
		case !sameRule(r, i.hostRule()) || r.Mark != r.Table:
		case r.Mark == mark:
			list = append(list, i)
		default:
			others++
		}
	}
	for _, i := range slices.Clone(list) {
		if len(suppress) <= others {
			break
		}
		n := nearestBefore(suppress, i.Priority)
		list = append(list, item{Kind: kindSuppress, IPv6: ipv6, Mark: mark, Priority: suppress[n]})
		suppress = slices.Delete(suppress, n, n+1)
	}
	return list
}

// nearestBefore returns the index of the largest element below priority, or the last
// one if all are above. list is sorted and not empty.
func nearestBefore(list []uint32, priority uint32) int {
	nearest := len(list) - 1
	for n, p := range list {
		if p < priority {
			nearest = n
		}
	}
	return nearest
}
