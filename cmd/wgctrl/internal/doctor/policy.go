package doctor

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// fwmark reports a mark that has no effect on routes, unless only the firewall may
// need it: then neither the file sets it nor do all packets go to a peer.
func (r *reporter) fwmark(d *Device) {
	l := r.ownLink(d)
	if l == nil || !l.Up || d.FirewallMark == 0 || !r.knows(d, TopicRules) {
		return
	}
	family := d.lacksRule()
	if family == "" {
		return
	}
	m := mark(d.FirewallMark)
	r.add(d, Finding{ID: FwmarkWithoutRule, Severity: Warning, Summary: "no routing rule uses the firewall mark",
		Evidence: []string{fmt.Sprintf("the device marks its packets with %s, and no rule of ip-rule(8) for %s matches this mark", m, family)},
		Remedy: fmt.Sprintf("use wg-quick(8), which adds the rules; or remove the mark, unless the firewall uses it: wgctrl set %s fwmark off",
			d.argument())})
}

// lacksRule returns the family of addresses that probably needs a rule for the mark and
// has none, or "".
func (d *Device) lacksRule() string {
	has := func(v6 bool) bool {
		return slices.ContainsFunc(d.Net.Rules, func(r Rule) bool {
			return r.IPv6 == v6 && r.Mask != 0 && r.Mark == d.FirewallMark&r.Mask
		})
	}
	needs := func(v6 bool) bool {
		return slices.ContainsFunc(d.Peers, func(p wgtypes.Peer) bool {
			return slices.ContainsFunc(p.AllowedIPs, func(a netip.Prefix) bool { return isDefault(a) && a.Addr().Is6() == v6 })
		})
	}
	inFile := d.File != nil && d.File.Settings != nil && d.File.Settings.Interface.FwMark != nil
	switch {
	case needs(false) && !has(false):
		return "IPv4"
	case needs(true) && !has(true):
		return "IPv6"
	case inFile && !has(false) && !has(true):
		return "IPv4 and IPv6"
	}
	return ""
}

// strict is the value of the kernel's setting rp_filter with which it drops packets
// whose way back is another interface.
const strict = 1

// rpFilter reports interfaces that drop answers because these arrive on another
// interface than packets to their source leave through.
func (r *reporter) rpFilter(d *Device) {
	own := r.ownLink(d)
	if own == nil || !own.Up || !r.knows(d, TopicRoutes, TopicRules, TopicSysctls) {
		return
	}
	var evidence []string
	for i := range d.Peers {
		p := &d.Peers[i]
		if text := r.filteredEndpoint(d, own, p); text != "" {
			evidence = append(evidence, text)
		}
		for _, prefix := range p.AllowedIPs {
			if text := r.filteredPrefix(d, own, prefix); text != "" {
				evidence = append(evidence, text)
			}
		}
	}
	if len(evidence) == 0 {
		return
	}
	r.add(d, Finding{ID: RPFilterStrict, Severity: Warning, Summary: "the kernel drops answers, because of its strict reverse path filter",
		Evidence: shorten(evidence),
		Remedy:   "run: sysctl -w net.ipv4.conf.all.src_valid_mark=1, as wg-quick(8) does; or set rp_filter of this interface to 2"})
}

// filteredEndpoint says why encrypted answers of a peer are dropped, or "".
func (r *reporter) filteredEndpoint(d *Device, own *Link, p *wgtypes.Peer) string {
	from := p.Endpoint.Addr().Unmap()
	if !from.Is4() || d.FirewallMark == 0 {
		return ""
	}
	marked := r.routeTo(d, p)
	back := r.router(d).lookup(netip.PrefixFrom(from, from.BitLen()), 0).route
	if marked == nil || marked.Type != RouteUnicast || marked.leadsTo(own.Index) || !back.leadsTo(own.Index) {
		return ""
	}
	for _, index := range marked.Links {
		if l := d.Net.linkAt(index); l != nil && d.Net.filters(l.Name) {
			return fmt.Sprintf("packets from %s arrive on %s, which has rp_filter %d and src_valid_mark 0; without a mark, their way back is %s",
				from, l.Name, strict, d.Name)
		}
	}
	return ""
}

// filteredPrefix says why packets of a peer are dropped, or "". They are if only a
// marked packet leaves through the device.
func (r *reporter) filteredPrefix(d *Device, own *Link, prefix netip.Prefix) string {
	if !prefix.Addr().Is4() || !d.Net.filters(d.Name) {
		return ""
	}
	t := r.router(d)
	rule := t.markedRule(prefix, own.Index)
	if rule == nil || t.lookup(prefix, 0).leadsTo(own.Index) {
		return ""
	}
	return fmt.Sprintf("packets from %s arrive on %s, which has rp_filter %d and src_valid_mark 0; only packets with the mark %s leave through it",
		prefix, d.Name, strict, mark(rule.Mark))
}

// filters reports whether an interface drops packets whose way back is another one,
// without regard to marks.
func (n *Network) filters(name string) bool {
	value := func(file string) int {
		return max(n.Sysctls["ipv4/conf/all/"+file], n.Sysctls["ipv4/conf/"+name+"/"+file])
	}
	return value("rp_filter") == strict && value("src_valid_mark") == 0
}

// forwarding reports that this host does not forward packets between its peers, or
// between them and its networks.
func (r *reporter) forwarding(d *Device) {
	l := r.ownLink(d)
	if l == nil || !l.Up || !r.knows(d, TopicAddresses, TopicSysctls) {
		return
	}
	for _, f := range []struct {
		name, file string
		is         func(netip.Addr) bool
	}{
		{"IPv4", "ipv4/conf/" + d.Name + "/forwarding", netip.Addr.Is4},
		{"IPv6", "ipv6/conf/all/forwarding", netip.Addr.Is6},
	} {
		value, ok := d.Net.Sysctls[f.file]
		reason := d.forwards(l, f.is)
		if !ok || value != 0 || reason == "" {
			continue
		}
		setting := "net.ipv4.ip_forward"
		if f.name == "IPv6" {
			setting = "net.ipv6.conf.all.forwarding"
		}
		r.add(d, Finding{ID: ForwardingOff, Severity: Warning, Summary: "this host does not forward " + f.name + " packets of its peers",
			Evidence: []string{reason, "/proc/sys/net/" + f.file + " is 0"},
			Remedy:   "if peers reach others through this host, run: sysctl -w " + setting + "=1"})
	}
}

// forwards returns why a device probably forwards packets, or "". It does if it is a
// server: several peers connect to it, or a peer has networks behind it.
func (d *Device) forwards(l *Link, is func(netip.Addr) bool) string {
	calls := d.calls()
	callers := 0
	for i := range d.Peers {
		p := &d.Peers[i]
		if hasDefault(p.AllowedIPs) {
			return "" // a client
		}
		if calls(p) || p.PersistentKeepalive > 0 {
			continue
		}
		counts := false
		for _, prefix := range p.AllowedIPs {
			if !is(prefix.Addr()) {
				continue
			}
			counts = true
			if !isOwn(l, prefix) && prefix.Bits() < prefix.Addr().BitLen() {
				return fmt.Sprintf("the network %s is behind a peer", prefix)
			}
		}
		if counts {
			callers++
		}
	}
	if callers > 1 {
		return fmt.Sprintf("%d peers connect to this host", callers)
	}
	return ""
}

// isOwn reports whether a prefix is in a network of the interface.
func isOwn(l *Link, prefix netip.Prefix) bool {
	for _, a := range l.Addresses {
		if contains(a.Masked(), prefix) {
			return true
		}
	}
	return false
}
