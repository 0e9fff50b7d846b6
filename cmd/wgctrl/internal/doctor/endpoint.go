package doctor

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// endpoints returns the endpoints that the file sets for its peers. They are zero for
// peers without one.
func (f *File) endpoints() map[wgtypes.PublicKey]wgconf.Endpoint {
	all := make(map[wgtypes.PublicKey]wgconf.Endpoint)
	for i := range f.Settings.Peers {
		p := &f.Settings.Peers[i]
		if p.Endpoint != (wgconf.Endpoint{}) || all[p.PublicKey] == (wgconf.Endpoint{}) {
			all[p.PublicKey] = p.Endpoint
		}
	}
	return all
}

// calls returns a function that reports whether this host is the one that connects to
// a peer. It is if the file has an endpoint for the peer or, without a file, if all
// packets go to the peer.
func (d *Device) calls() func(*wgtypes.Peer) bool {
	if d.File == nil || d.File.Settings == nil {
		return func(p *wgtypes.Peer) bool { return hasDefault(p.AllowedIPs) }
	}
	endpoints := d.File.endpoints()
	return func(p *wgtypes.Peer) bool { return endpoints[p.PublicKey] != wgconf.Endpoint{} }
}

// fileEndpoints reports host names in the file that have no address, or not the one
// that the device uses.
func (r *reporter) fileEndpoints(d *Device) {
	if d.File == nil || d.File.Settings == nil {
		return
	}
	have := make(map[wgtypes.PublicKey]*wgtypes.Peer)
	for i := range d.Peers {
		have[d.Peers[i].PublicKey] = &d.Peers[i]
	}
	for i := range d.File.Settings.Peers {
		e := d.File.Settings.Peers[i].Endpoint
		host, looked := d.File.Hosts[e.Host]
		if !looked {
			continue
		}
		key := d.File.Settings.Peers[i].PublicKey
		if host.Err != "" {
			r.add(d, Finding{ID: EndpointUnresolved, Severity: Error, Peer: key, Summary: "the host name of the endpoint has no address",
				Evidence: []string{host.Err}, Remedy: "check the host name in the file, and that the name servers of this host answer"})
			continue
		}
		if p := have[key]; p != nil && p.Endpoint.IsValid() && !p.Connected(r.s.Now) && !host.has(p.Endpoint, e.Port) {
			r.add(d, Finding{ID: EndpointDiffers, Severity: Warning, Peer: key, Summary: "the endpoint of the device is not the one of the file",
				Evidence: []string{fmt.Sprintf("the device sends to %s; the file has port %d of %s", p.Endpoint, e.Port, host)},
				Remedy:   d.applyFile()})
		}
	}
}

// has reports whether an endpoint is this port of one of the addresses.
func (h Host) has(e netip.AddrPort, port uint16) bool {
	return e.Port() == port && slices.Contains(h.Addrs, e.Addr().Unmap())
}

// String returns the addresses.
func (h Host) String() string {
	var texts []string
	for _, a := range h.Addrs {
		texts = append(texts, a.String())
	}
	return list(shorten(texts))
}

// routeTo returns the route of encrypted packets to a peer. It returns nil if there is
// none, and for link-local endpoints, whose route depends on their zone.
func (r *reporter) routeTo(d *Device, p *wgtypes.Peer) *Route {
	a := p.Endpoint.Addr().Unmap()
	if !a.IsValid() || a.IsLinkLocalUnicast() {
		return nil
	}
	return r.router(d).lookup(netip.PrefixFrom(a, a.BitLen()), d.FirewallMark).route
}

// loops reports endpoints whose route leads into the tunnel.
func (r *reporter) loops(d *Device) {
	l := r.ownLink(d)
	if l == nil || !l.Up || !r.knows(d, TopicRoutes, TopicRules) {
		return
	}
	for i := range d.Peers {
		p := &d.Peers[i]
		route := r.routeTo(d, p)
		if !route.leadsTo(l.Index) {
			continue
		}
		r.add(d, Finding{ID: EndpointLoop, Severity: Error, Peer: p.PublicKey,
			Summary:  "encrypted packets are sent into the tunnel again",
			Evidence: []string{fmt.Sprintf("the route %s for packets to the endpoint %s (mark %s) leads through %s", route.Dst, p.Endpoint, mark(d.FirewallMark), d.Name)},
			Remedy: "add a route to the endpoint through another interface, or set FwMark and a rule that sends packets with this mark " +
				"to another table, as wg-quick(8) does"})
	}
}

// mark returns the text of a firewall mark.
func mark(m uint32) string {
	if m == 0 {
		return "0"
	}
	return fmt.Sprintf("%#x", m)
}
