package quick

import (
	"context"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// reloader plans the changes to a running interface.
type reloader struct {
	*planner
	link   *host.Link
	device *wgtypes.Device
	record *record
	// have are the rules, the firewalls and the DNS servers of the interface.
	have []item
	// mark is the mark that the interface gets. It is 0 if the planner has to choose one
	// for a new default route.
	mark uint32
	// linkChanges are the steps that change the MTU and the DNS servers.
	linkChanges []Step
}

// want returns the configuration of WireGuard that the file describes. A key that the
// file does not have stays: a hook may have set it.
func (r *reloader) want() (wgtypes.Config, error) {
	want, err := r.settings.Config()
	if err != nil {
		return want, err
	}
	if r.settings.Interface.PrivateKey == nil {
		want.PrivateKey = nil
	}
	if r.mark != 0 {
		want.FirewallMark = &r.mark
	}
	return want, nil
}

// chooseMark sets the mark: that of the file, or else that of the rules that exist, also
// if they are removed later, or else a free one if the interface gets a default route.
func (r *reloader) chooseMark(ctx context.Context) error {
	if mark := r.config.FirewallMark; mark != nil && *mark != 0 {
		r.mark = *mark
		return nil
	}
	for _, i := range r.have {
		if i.Kind == kindRule {
			r.mark = i.Mark
			return nil
		}
	}
	if !r.tables.auto || !slices.ContainsFunc(r.allowed, isDefault) {
		return nil
	}
	var err error
	r.mark, err = r.freeTable(ctx)
	return err
}

func isDefault(p netip.Prefix) bool { return p.Bits() == 0 }

// dropsMark reports whether the interface has a mark only for default routes that the
// file no longer has.
func (r *reloader) dropsMark() bool {
	if mark := r.config.FirewallMark; mark != nil && *mark != 0 {
		return false
	}
	return r.mark != 0 && (!r.tables.auto || !slices.ContainsFunc(r.allowed, isDefault))
}

// addressSteps returns the steps from the addresses that the interface has to those of
// the file. It adds before it removes, except where the kernel takes both for the
// same address.
func (r *reloader) addressSteps(have []netip.Prefix) []Step {
	want := r.settings.Interface.Addresses
	var first, add, remove []Step
	for _, a := range have {
		if slices.Contains(want, a) || !r.owns(a) {
			continue
		}
		step := Step{action: actionRemove, item: item{Kind: kindAddress, Prefix: a}, name: r.name}
		if slices.ContainsFunc(want, func(b netip.Prefix) bool { return sameAddress(a, b) }) {
			first = append(first, step)
		} else {
			remove = append(remove, step)
		}
	}
	for _, s := range r.addresses() {
		if !slices.Contains(have, s.item.Prefix) {
			add = append(add, s)
		}
	}
	return slices.Concat(first, add, remove)
}

// owns reports whether an address comes from the file and not from a hook or the
// kernel. Without a record, all do except those that the kernel makes.
func (r *reloader) owns(a netip.Prefix) bool {
	if r.record.empty() {
		return !a.Addr().IsLinkLocalUnicast()
	}
	return slices.ContainsFunc(r.record.Items, func(i item) bool { return i.Kind == kindAddress && i.Prefix == a })
}

// linkSteps returns the steps that change the MTU and the DNS servers.
func (r *reloader) linkSteps(ctx context.Context) ([]Step, error) {
	mtu, err := r.mtu(ctx)
	if err != nil {
		return nil, err
	}
	var steps []Step
	if mtu != r.link.MTU || !r.link.Up {
		steps = append(steps, r.add(item{Kind: kindMTU, MTU: mtu}))
	}
	n := slices.IndexFunc(r.have, func(i item) bool { return i.Kind == kindDNS })
	switch {
	case !r.setsDNS() && n >= 0:
		steps = append(steps, Step{action: actionRemove, item: r.have[n], name: r.name})
	case r.setsDNS() && (n < 0 || !r.have[n].same(r.dnsItem())):
		steps = append(steps, r.add(r.dnsItem()))
	}
	return steps, nil
}

// networkSteps returns the steps that change routes, rules and firewall. addresses are
// those that the interface has by then.
func (r *reloader) networkSteps(ctx context.Context, addresses []netip.Prefix) ([]Step, error) {
	state := r.expected()
	state.mark, state.addresses = r.mark, addresses
	want, err := r.network(ctx, state)
	if err != nil {
		return nil, err
	}
	routes, err := r.ownRoutes(ctx)
	if err != nil {
		return nil, err
	}
	have := append(routes, r.have...)
	return r.difference(have, want), nil
}

// difference returns the steps of want whose items are missing, and steps that remove
// the items of the file that want does not have.
func (r *reloader) difference(have []item, want []Step) []Step {
	var steps []Step
	exists, wanted, recorded := newItemSet(have), make(itemSet), newItemSet(r.record.Items)
	for _, s := range want {
		wanted[s.item.id()] = true
		if s.item.Kind == kindFirewall {
			wanted[firewallID(s.item)] = true
		}
		if !exists.has(s.item) {
			steps = append(steps, s)
		}
	}
	var gone []item
	for _, i := range have {
		switch i.Kind {
		case kindDNS, kindLink:
			continue
		case kindRoute:
			// A route that the record does not have may come from a hook.
			if !r.record.empty() && !recorded.has(i) {
				continue
			}
		case kindFirewall:
			if wanted[firewallID(i)] {
				continue // the new one replaces it
			}
		}
		if !wanted.has(i) {
			gone = append(gone, i)
		}
	}
	return append(steps, r.removeSteps(gone, want)...)
}

// firewallID identifies the firewall of a family, whatever its rules are.
func firewallID(i item) itemID { return item{Kind: kindFirewall, IPv6: i.IPv6}.id() }

// removeSteps returns the steps that remove items: rules first. The firewall of one
// family cannot be removed alone, so that of the other one is set again.
func (r *reloader) removeSteps(gone []item, want []Step) []Step {
	steps := removal(r.name, gone)
	if slices.ContainsFunc(gone, func(i item) bool { return i.Kind == kindFirewall }) {
		for _, s := range want {
			if s.item.Kind == kindFirewall {
				steps = append(steps, s)
			}
		}
	}
	for _, i := range gone {
		if i.Kind == kindRoute {
			steps = append(steps, Step{action: actionRemove, item: i, name: r.name})
		}
	}
	return steps
}

// ownRoutes returns the routes of the interface that a file can describe: those that
// the kernel made for the addresses are not among them.
func (r *reloader) ownRoutes(ctx context.Context) ([]item, error) {
	const localTable = 255
	var list []item
	for _, ipv6 := range []bool{false, true} {
		addresses, err := r.net.Addresses(ctx, r.link.Index)
		if err != nil {
			return nil, err
		}
		kernel := connected(addresses)
		routes, err := r.net.Routes(ctx, host.Filter{IPv6: ipv6, Index: r.link.Index})
		if err != nil {
			return nil, err
		}
		for _, route := range routes {
			i := item{Kind: kindRoute, Prefix: route.Prefix, Table: route.Table}
			if i.Table == mainTable {
				i.Table = 0
			}
			made := route.Table == localTable || ipv6 && route.Metric != metricIPv6 ||
				!ipv6 && i.Table == 0 && slices.Contains(kernel, route.Prefix)
			if !made {
				list = append(list, i)
			}
		}
	}
	return list, nil
}
