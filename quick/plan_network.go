package quick

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/wgctrl/wgctrl/quick/internal/host"
)

// firstTable is the first routing table that is tried for a default route.
const firstTable = 51820

// network returns the steps that add routes, and for default routes the rules, the
// mark and the firewall, to an interface with this state.
func (p *planner) network(ctx context.Context, state configured) ([]Step, error) {
	if p.tables.off {
		return nil, nil
	}
	var steps []Step
	mark := state.mark
	for _, prefix := range state.allowed {
		switch {
		case !p.tables.auto:
			steps = append(steps, p.add(p.tableRoute(prefix)))
		case prefix.Bits() == 0:
			if mark == 0 {
				var err error
				if mark, err = p.freeTable(ctx); err != nil {
					return nil, err
				}
				steps = append(steps, p.add(item{Kind: kindMark, Mark: mark}))
			}
			family, err := p.defaultRoute(ctx, prefix, mark, state.addresses)
			if err != nil {
				return nil, err
			}
			steps = append(steps, family...)
		case !covers(state.covering, prefix):
			steps = append(steps, p.add(item{Kind: kindRoute, Prefix: prefix}))
		}
	}
	return steps, p.checkRoutes(ctx, steps)
}

// tableRoute returns the route to prefix in the table of the file.
func (p *planner) tableRoute(prefix netip.Prefix) item {
	route := item{Kind: kindRoute, Prefix: prefix, Table: p.tables.number, Word: p.tables.word}
	if route.Table == mainTable {
		route.Table = 0
	}
	return route
}

// defaultRoute returns the steps of a default route in a table of its own, which the
// packets with the mark do not use.
func (p *planner) defaultRoute(ctx context.Context, prefix netip.Prefix, table uint32, addresses []netip.Prefix) ([]Step, error) {
	ipv6 := prefix.Addr().Is6()
	rules, err := p.net.Rules(ctx, ipv6)
	if err != nil {
		return nil, err
	}
	first := nextPriority(rules)
	p.warnOfRules(ipv6, rules, first)
	steps := []Step{
		p.add(item{Kind: kindRule, IPv6: ipv6, Mark: table, Table: table, Priority: first}),
		p.add(item{Kind: kindSuppress, IPv6: ipv6, Mark: table, Priority: priorityBefore(rules, first)}),
		p.add(item{Kind: kindRoute, Prefix: prefix, Table: table}),
	}
	if !ipv6 {
		value, err := p.net.Sysctl(srcValidMark)
		if err != nil {
			return nil, err
		}
		if value != "1" {
			steps = append(steps, p.add(item{Kind: kindSysctl}))
		}
	}
	return append(steps, p.add(firewallItem(ipv6, table, addresses))), nil
}

// warnOfRules warns once of the rules of other programs, which are evaluated before or
// after those of the interface.
func (p *planner) warnOfRules(ipv6 bool, rules []host.Rule, first uint32) {
	if p.warned[ipv6] {
		return
	}
	p.warned[ipv6] = true
	var before, after []string
	for _, r := range rules {
		switch {
		case r == host.Rule{IPv6: ipv6, Priority: r.Priority, Table: r.Table} && r.Table >= 253 && r.Table <= 255:
			continue // a rule of the kernel
		case sameRule(r, item{Kind: kindSuppress, IPv6: ipv6}.hostRule()):
			continue
		case sameRule(r, item{Kind: kindRule, IPv6: ipv6, Mark: r.Mark, Table: r.Table}.hostRule()) && r.Mark == r.Table:
			continue // a rule of a tunnel
		case r.Priority < first:
			before = append(before, r.String())
		default:
			after = append(after, r.String())
		}
	}
	const text = "%s rules of other programs are evaluated %s those of %s: %s"
	if len(before) > 0 {
		p.warn(fmt.Errorf(text, familyName(ipv6), "before", p.name, strings.Join(before, "; ")))
	}
	if len(after) > 0 {
		p.warn(fmt.Errorf(text, familyName(ipv6), "after", p.name, strings.Join(after, "; ")))
	}
}

// firewallItem returns the firewall that protects the addresses of one family.
func firewallItem(ipv6 bool, mark uint32, addresses []netip.Prefix) item {
	firewall := item{Kind: kindFirewall, IPv6: ipv6, Mark: mark}
	for _, a := range addresses {
		if a.Addr().Is6() == ipv6 {
			firewall.Addresses = append(firewall.Addresses, a.Addr())
		}
	}
	return firewall
}

// nextPriority returns the priority that the kernel gives to a new rule: one less
// than that of the second rule. It returns 0 if the kernel chooses 0.
func nextPriority(rules []host.Rule) uint32 {
	if len(rules) < 2 || rules[1].Priority == 0 {
		return 0
	}
	return rules[1].Priority - 1
}

// priorityBefore returns the priority that the kernel gives to a rule that is added
// after one with the priority first.
func priorityBefore(rules []host.Rule, first uint32) uint32 {
	switch {
	case len(rules) == 0 || first == 0:
		return 0
	case first < rules[0].Priority:
		return rules[0].Priority - 1
	}
	return first - 1
}

// freeTable returns the first number that no route uses as a table, and no rule as a
// table or mark.
func (p *planner) freeTable(ctx context.Context) (uint32, error) {
	used := make(map[uint32]bool)
	for _, ipv6 := range []bool{false, true} {
		rules, err := p.net.Rules(ctx, ipv6)
		if err != nil {
			return 0, err
		}
		for _, r := range rules {
			used[r.Table], used[r.Mark] = true, true
		}
	}
	for table := uint32(firstTable); ; table++ {
		if used[table] {
			continue
		}
		empty, err := p.emptyTable(ctx, table)
		if empty || err != nil {
			return table, err
		}
	}
}

func (p *planner) emptyTable(ctx context.Context, table uint32) (bool, error) {
	for _, ipv6 := range []bool{false, true} {
		routes, err := p.net.Routes(ctx, host.Filter{IPv6: ipv6, Table: table})
		if err != nil || len(routes) > 0 {
			return false, err
		}
	}
	return true, nil
}

// The metrics of routes without one.
const (
	metricIPv4 = 0
	metricIPv6 = 1024
)

// tableKey is a routing table of one family.
type tableKey struct {
	ipv6  bool
	table uint32
}

// checkRoutes returns an error if the kernel would refuse a route of steps because
// another interface has it.
func (p *planner) checkRoutes(ctx context.Context, steps []Step) error {
	existing := make(map[tableKey]map[netip.Prefix]host.Route)
	for _, s := range steps {
		if s.item.Kind != kindRoute {
			continue
		}
		key := tableKey{s.item.isIPv6(), s.item.Table}
		if existing[key] == nil {
			routes, err := p.routesOf(ctx, key)
			if err != nil {
				return err
			}
			existing[key] = routes
		}
		if r, found := existing[key][s.item.Prefix]; found && r.Index != p.own {
			return fmt.Errorf("%s: %s has this route already", s, p.linkName(ctx, r.Index))
		}
	}
	return nil
}

// routesOf returns the routes that a new route without a metric would collide with.
func (p *planner) routesOf(ctx context.Context, key tableKey) (map[netip.Prefix]host.Route, error) {
	table, metric := key.table, uint32(metricIPv4)
	if table == 0 {
		table = mainTable
	}
	if key.ipv6 {
		metric = metricIPv6
	}
	routes, err := p.net.Routes(ctx, host.Filter{IPv6: key.ipv6, Table: table})
	found := make(map[netip.Prefix]host.Route)
	for _, r := range routes {
		if r.Metric == metric {
			found[r.Prefix] = r
		}
	}
	return found, err
}

// linkName returns the name of a link for a message.
func (p *planner) linkName(ctx context.Context, index int) string {
	links, err := p.net.Links(ctx)
	if err == nil {
		for _, l := range links {
			if l.Index == index {
				return l.Name
			}
		}
	}
	return fmt.Sprintf("interface %d", index)
}
