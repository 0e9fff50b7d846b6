package doctor

import (
	"fmt"
	"net/netip"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// routesKnown reports whether routes to the peers of d are expected and were read.
func (r *reporter) routesKnown(d *Device) bool {
	l := r.ownLink(d)
	manual := d.File != nil && d.File.Settings != nil && d.File.Settings.Interface.Table == "off"
	return l != nil && l.Up && !manual && r.knows(d, TopicRoutes, TopicRules)
}

// routes reports allowed IPs that packets of this host do not reach.
func (r *reporter) routes(d *Device) {
	if !r.routesKnown(d) {
		return
	}
	own, t := r.ownLink(d).Index, r.router(d)
	for i := range d.Peers {
		p := &d.Peers[i]
		var missing, elsewhere astray
		for _, prefix := range p.AllowedIPs {
			at := t.lookup(prefix, 0)
			switch {
			case at.leadsTo(own), t.index.within(own, prefix), t.markedRule(prefix, own) != nil, t.inVRF(prefix, own):
			case at.isMissing(prefix):
				missing.add(prefix, d.Net.describe(at.route))
			default:
				elsewhere.add(prefix, d.Net.describe(at.route))
			}
		}
		r.reportAstray(d, p, missing, elsewhere)
	}
}

// astray are prefixes whose packets do not leave through a device.
type astray struct {
	prefixes []netip.Prefix
	evidence []string
}

func (a *astray) add(prefix netip.Prefix, route string) {
	a.prefixes = append(a.prefixes, prefix)
	a.evidence = append(a.evidence, fmt.Sprintf("%s: %s", prefix, route))
}

func (r *reporter) reportAstray(d *Device, p *wgtypes.Peer, missing, elsewhere astray) {
	if len(missing.prefixes) > 0 {
		r.add(d, Finding{ID: RouteMissing, Severity: Warning, Peer: p.PublicKey,
			Summary:  "allowed IPs of the peer have no route through " + d.Name,
			Evidence: shorten(missing.evidence),
			Remedy:   missing.remedy(d, fmt.Sprintf("run, for each of them: ip route add %s dev %s", missing.prefixes[0], d.argument()))})
	}
	if len(elsewhere.prefixes) > 0 {
		r.add(d, Finding{ID: RouteElsewhere, Severity: Warning, Peer: p.PublicKey,
			Summary:  "packets for allowed IPs of the peer do not go through " + d.Name,
			Evidence: shorten(elsewhere.evidence),
			Remedy:   elsewhere.remedy(d, "remove the other route or the allowed IP, or replace the route: ip route replace PREFIX dev "+d.argument())})
	}
}

// remedy returns what to do about the prefixes: specific, unless the default route is
// one of them. Encrypted packets also need another way than the default route.
func (a *astray) remedy(d *Device, specific string) string {
	if hasDefault(a.prefixes) {
		return fmt.Sprintf("to send all packets through %s, use wg-quick(8), which adds the routes and rules; "+
			"otherwise remove the default route from the allowed IPs, or set Table = off in the file", d.Name)
	}
	return specific
}

// leadsTo reports whether all or some of the packets leave through the link.
func (p path) leadsTo(link int) bool {
	if p.route.leadsTo(link) {
		return true
	}
	for _, c := range p.possible {
		if c.route.leadsTo(link) {
			return true
		}
	}
	return false
}

// isMissing reports whether prefix has no route, or only the default route.
func (p path) isMissing(prefix netip.Prefix) bool {
	return p.route == nil || p.route.Type == RouteUnicast && p.route.Dst.Bits() == 0 && prefix.Bits() > 0
}

// describe returns what a route does with packets.
func (n *Network) describe(route *Route) string {
	switch {
	case route == nil:
		return "no route"
	case route.Type == RouteLocal:
		return "an address of this host"
	case route.Type != RouteUnicast:
		return fmt.Sprintf("the route %s drops packets (%s)", route.Dst, route.Type)
	}
	_, names := n.pathMTU(route)
	if route.Dst.Bits() == 0 {
		return "only the default route, through " + names
	}
	return fmt.Sprintf("the route %s leads through %s", route.Dst, names)
}
