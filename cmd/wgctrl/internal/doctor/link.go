package doctor

import (
	"fmt"
	"strings"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// link reports an interface that is down or has no address.
func (r *reporter) link(d *Device) {
	l := r.ownLink(d)
	switch {
	case l == nil:
	case !l.Up:
		r.add(d, Finding{ID: DeviceDown, Severity: Error, Summary: "the interface is down",
			Evidence: []string{"the interface " + d.Name + " does not have the flag UP, so it neither sends nor receives"},
			Remedy:   "bring it up; on Linux, run: ip link set " + d.argument() + " up"})
	case r.knows(d, TopicAddresses) && !hasAddress(l):
		r.add(d, Finding{ID: AddressMissing, Severity: Warning, Summary: "the interface has no address",
			Evidence: []string{"the interface " + d.Name + " has no address other than link-local ones"},
			Remedy:   "add the address that the peers have as an allowed IP; on Linux, run: ip address add ADDRESS/LENGTH dev " + d.argument()})
	}
}

func hasAddress(l *Link) bool {
	for _, a := range l.Addresses {
		if !a.Addr().IsLinkLocalUnicast() {
			return true
		}
	}
	return false
}

// connected reports whether a peer of d has a session.
func (r *reporter) connected(d *Device) bool {
	for _, p := range d.Peers {
		if p.Connected(r.s.Now) {
			return true
		}
	}
	return false
}

// port reports a UDP port without a socket. With a session, the socket is elsewhere:
// that of a device that was moved stays in its first network namespace.
func (r *reporter) port(d *Device) {
	l := r.ownLink(d)
	if l == nil || !l.Up || d.ListenPort == 0 || !r.knows(d, TopicSockets) || d.Net.UDPPorts[d.ListenPort] || r.connected(d) {
		return
	}
	r.add(d, Finding{ID: PortClosed, Severity: Error, Summary: fmt.Sprintf("UDP port %d is not open", d.ListenPort),
		Evidence: []string{fmt.Sprintf("the device listens on port %d, which no UDP socket of this network namespace has, and no peer is connected", d.ListenPort)},
		Remedy: fmt.Sprintf("bring the interface down and up again; if this fails, another program has the port: set another ListenPort. "+
			"If %s was created in another network namespace, look for the port there", d.Name)})
}

// The sizes of what WireGuard adds to a packet, with the headers of UDP and IP.
const (
	overheadIPv4 = 60
	overheadIPv6 = 80
)

// overhead returns how many bytes are added to packets to a peer.
func (d *Device) overhead(p *wgtypes.Peer) int {
	n := overheadIPv4
	if p.Endpoint.Addr().Unmap().Is6() {
		n = overheadIPv6
	}
	if d.Amnezia != nil {
		n += int(d.Amnezia.S4)
	}
	return n
}

// mtu reports an MTU with which encrypted packets do not fit the path to a peer.
func (r *reporter) mtu(d *Device) {
	l := r.ownLink(d)
	if l == nil || !r.knows(d, TopicRoutes, TopicRules) {
		return
	}
	most := l.MTU
	var evidence []string
	for i := range d.Peers {
		p := &d.Peers[i]
		overhead := d.overhead(p)
		route := r.routeTo(d, p)
		path, name := d.Net.pathMTU(route)
		if path == 0 || route.leadsTo(l.Index) || path-overhead >= l.MTU {
			continue
		}
		most = min(most, path-overhead)
		evidence = append(evidence, fmt.Sprintf("packets to %s leave through %s with an MTU of %d, minus %d bytes for WireGuard: %d; %s has %d",
			p.Endpoint, name, path, overhead, path-overhead, d.Name, l.MTU))
	}
	if len(evidence) == 0 {
		return
	}
	r.add(d, Finding{ID: MTUTooLarge, Severity: Warning, Summary: "the MTU is too large: encrypted packets are fragmented or dropped",
		Evidence: shorten(evidence), Remedy: fmt.Sprintf("run: ip link set %s mtu %d; and set MTU = %d in the file", d.argument(), most, most)})
}

// pathMTU returns the MTU of a route, and the names of its interfaces. It returns 0 if
// it is unknown.
func (n *Network) pathMTU(route *Route) (mtu int, names string) {
	if route == nil || route.Type != RouteUnicast {
		return 0, ""
	}
	var all []string
	for _, index := range route.Links {
		l := n.linkAt(index)
		if l == nil {
			return 0, ""
		}
		all = append(all, l.Name)
		if mtu == 0 || l.MTU < mtu {
			mtu = l.MTU
		}
	}
	if route.MTU > 0 && (mtu == 0 || route.MTU < mtu) {
		mtu = route.MTU
	}
	return mtu, strings.Join(all, " and ")
}
