package doctor

import (
	"cmp"
	"net/netip"
	"slices"
	"sort"
)

// routeIndex finds the routes of a prefix.
type routeIndex struct {
	byPrefix map[routeKey]*Route // the route with the lowest metric
	lengths  map[tableKey][]int  // of the prefixes in a table, the longest first
	byLink   map[int][]netip.Prefix
}

type tableKey struct {
	table uint32
	ipv6  bool
}

type routeKey struct {
	table uint32
	dst   netip.Prefix
}

func newRouteIndex(routes []Route) *routeIndex {
	x := &routeIndex{make(map[routeKey]*Route), make(map[tableKey][]int), make(map[int][]netip.Prefix)}
	for i := range routes {
		r := &routes[i]
		table := tableKey{r.Table, r.Dst.Addr().Is6()}
		if !slices.Contains(x.lengths[table], r.Dst.Bits()) {
			x.lengths[table] = append(x.lengths[table], r.Dst.Bits())
		}
		key := routeKey{r.Table, r.Dst}
		if old := x.byPrefix[key]; old == nil || r.Metric < old.Metric {
			x.byPrefix[key] = r
		}
		if r.Type == RouteUnicast {
			for _, link := range r.Links {
				x.byLink[link] = append(x.byLink[link], r.Dst)
			}
		}
	}
	for _, lengths := range x.lengths {
		slices.SortFunc(lengths, func(a, b int) int { return cmp.Compare(b, a) })
	}
	for _, prefixes := range x.byLink {
		slices.SortFunc(prefixes, netip.Prefix.Compare)
	}
	return x
}

// covering returns the longest route of a table for all addresses of dst, or nil.
func (x *routeIndex) covering(table uint32, dst netip.Prefix) *Route {
	for _, bits := range x.lengths[tableKey{table, dst.Addr().Is6()}] {
		if bits > dst.Bits() {
			continue
		}
		prefix, _ := dst.Addr().Prefix(bits) // bits are valid
		if r := x.byPrefix[routeKey{table, prefix}]; r != nil {
			return r
		}
	}
	return nil
}

// within reports whether a route through the link is for a part of dst, but not for
// all of it.
func (x *routeIndex) within(link int, dst netip.Prefix) bool {
	prefixes := x.byLink[link]
	i := sort.Search(len(prefixes), func(i int) bool { return prefixes[i].Addr().Compare(dst.Addr()) >= 0 })
	for ; i < len(prefixes) && dst.Contains(prefixes[i].Addr()); i++ {
		if prefixes[i].Bits() > dst.Bits() {
			return true
		}
	}
	return false
}

// certainty says whether a rule matches a packet.
type certainty int

const (
	no certainty = iota
	perhaps
	yes
)

// matches says whether a rule matches packets to dst with a mark that this host sends
// or forwards. Their source address and program are unknown.
func (r *Rule) matches(dst netip.Prefix, mark uint32) certainty {
	result := yes
	for _, c := range []certainty{r.matchesMark(mark), r.matchesDst(dst), r.matchesSource()} {
		result = min(result, c)
	}
	if r.Invert {
		result = yes - result
	}
	return result
}

func (r *Rule) matchesMark(mark uint32) certainty {
	if (mark^r.Mark)&r.Mask != 0 {
		return no
	}
	return yes
}

func (r *Rule) matchesDst(dst netip.Prefix) certainty {
	switch {
	case !r.Dst.IsValid() || r.Dst.Bits() <= dst.Bits() && r.Dst.Contains(dst.Addr()):
		return yes
	case r.Dst.Overlaps(dst):
		return perhaps
	}
	return no
}

// matchesSource evaluates what depends on the program that sends a packet.
func (r *Rule) matchesSource() certainty {
	switch {
	case r.In != "" && r.In != "lo": // packets of other hosts, which this one forwards
		return perhaps
	case r.Out != "", r.Src.IsValid() && r.Src.Bits() > 0, r.Other:
		return perhaps
	}
	return yes
}

// path is how packets reach a prefix.
type path struct {
	// route is nil if no route matches.
	route *Route
	// possible are routes of rules that match some of the packets.
	possible []candidate
}

// candidate is a route and the rule that leads to it.
type candidate struct {
	route *Route
	rule  *Rule
}

// router finds the routes of a network namespace.
type router struct {
	rules []Rule
	index *routeIndex
}

// router returns the router of the network namespace of d.
func (r *reporter) router(d *Device) *router {
	if r.routers[d.Net] == nil {
		rules := slices.Clone(d.Net.Rules)
		slices.SortStableFunc(rules, func(a, b Rule) int { return cmp.Compare(a.Priority, b.Priority) })
		r.routers[d.Net] = &router{rules, newRouteIndex(d.Net.Routes)}
	}
	return r.routers[d.Net]
}

// lookup returns how packets of this host with the mark reach dst, all addresses of
// which are treated alike: more specific routes do not count.
func (t *router) lookup(dst netip.Prefix, mark uint32) (p path) {
	next := uint32(0)
	for i := range t.rules {
		rule := &t.rules[i]
		if rule.IPv6 != dst.Addr().Is6() || rule.Priority < next {
			continue
		}
		match := rule.matches(dst, mark)
		if match == no {
			continue
		}
		if rule.Action == RuleGoto && match == yes {
			next = rule.Goto
		}
		route := t.apply(rule, dst)
		switch {
		case route == nil:
		case match == yes:
			p.route = route
			return p
		default:
			p.possible = append(p.possible, candidate{route, rule})
		}
	}
	return p
}

// apply returns the route to which a rule leads, or nil if the next rule decides.
func (t *router) apply(rule *Rule, dst netip.Prefix) *Route {
	switch rule.Action {
	case RuleTable:
		route := t.index.covering(rule.Table, dst)
		if route == nil || route.Type == RouteThrow || route.Dst.Bits() < rule.Suppress {
			return nil
		}
		return route
	case RuleBlackhole, RuleUnreachable, RuleProhibit:
		all, _ := dst.Addr().Prefix(0) // 0 is valid
		return &Route{Type: RouteType(rule.Action), Dst: all}
	}
	return nil
}

// markedRule returns a rule that makes packets to dst leave through the link only if
// they have a mark, which programs and the firewall can set, or nil.
func (t *router) markedRule(dst netip.Prefix, link int) *Rule {
	for i := range t.rules {
		rule := &t.rules[i]
		if rule.IPv6 == dst.Addr().Is6() && rule.Mark&rule.Mask != 0 && !rule.Invert && rule.Action == RuleTable &&
			t.index.covering(rule.Table, dst).leadsTo(link) {
			return rule
		}
	}
	return nil
}

// inVRF reports whether packets to dst leave through the link if they belong to a VRF.
// The rule for VRFs has no table: each VRF has its own.
func (t *router) inVRF(dst netip.Prefix, link int) bool {
	v6 := dst.Addr().Is6()
	if !slices.ContainsFunc(t.rules, func(r Rule) bool { return r.IPv6 == v6 && r.Action == RuleTable && r.Table == 0 }) {
		return false
	}
	for key := range t.index.lengths {
		if key.ipv6 == v6 && t.index.covering(key.table, dst).leadsTo(link) {
			return true
		}
	}
	return false
}

// leadsTo reports whether packets of the route leave through the link.
func (r *Route) leadsTo(link int) bool {
	return r != nil && r.Type == RouteUnicast && slices.Contains(r.Links, link)
}
