package doctor

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// silenceSlack is how much later than expected a handshake may be.
const silenceSlack = 30 * time.Second

// silence returns how old the last handshake of a peer with a keepalive may be: the
// first keepalive after two thirds of a session causes one, unless the peer does not
// answer. AmneziaWG can have longer sessions.
func (d *Device) silence(p *wgtypes.Peer) time.Duration {
	session := wgtypes.SessionLifetime
	if d.Amnezia != nil {
		session = max(session, seconds(d.Amnezia.RejectAfterTime), seconds(d.Amnezia.RekeyAfterTime))
	}
	return session + max(p.PersistentKeepalive, p.PersistentKeepaliveMax) + silenceSlack
}

// seconds returns the upper end of a range of seconds.
func seconds(r wgtypes.Range) time.Duration { return time.Duration(r.Hi) * time.Second }

// peers reports peers that do not answer.
func (r *reporter) peers(d *Device) {
	if l := r.ownLink(d); l != nil && !l.Up {
		return // link reports it
	}
	for i := range d.Peers {
		p := &d.Peers[i]
		age := r.s.Now.Sub(p.LastHandshake)
		switch {
		case !p.LastHandshake.IsZero():
			if p.PersistentKeepalive > 0 && age > d.silence(p) {
				r.silentPeer(d, p, age)
			}
		case p.TransmitBytes > 0 && p.ReceiveBytes == 0:
			r.add(d, Finding{ID: NothingReceived, Severity: Error, Peer: p.PublicKey,
				Summary:  "the peer does not answer",
				Evidence: []string{fmt.Sprintf("%s sent to %s, nothing received, and no handshake", bytes(p.TransmitBytes), endpoint(p))},
				Remedy: "check on the peer that it is running, that its UDP port is the one of the endpoint, that no firewall " +
					"drops the packets, and that each side has the public key of the other (and the same preshared key)"})
		default:
			r.neverConnected(d, p)
		}
	}
}

// neverConnected reports a peer without a handshake, which may be expected if only
// the peer can begin one.
func (r *reporter) neverConnected(d *Device, p *wgtypes.Peer) {
	f := Finding{ID: HandshakeNever, Severity: Notice, Peer: p.PublicKey, Summary: "the peer has never connected",
		Evidence: []string{fmt.Sprintf("no handshake; %s sent, %s received; endpoint: %s", bytes(p.TransmitBytes), bytes(p.ReceiveBytes), endpoint(p))},
		Remedy:   "send a packet through the tunnel, for example with ping, and run doctor again"}
	switch {
	case p.ReceiveBytes > 0:
		f.Severity = Error
		f.Summary = "no handshake was completed, although packets arrive"
		f.Remedy = "check that each side has the public key of the other, and the same preshared key"
	case !p.Endpoint.IsValid():
		f.Remedy = "start the tunnel on the peer; if this side should begin, set an Endpoint for the peer"
	}
	r.add(d, f)
}

func (r *reporter) silentPeer(d *Device, p *wgtypes.Peer, age time.Duration) {
	r.add(d, Finding{ID: PeerSilent, Severity: Warning, Peer: p.PublicKey,
		Summary: "the peer has stopped answering",
		Evidence: []string{fmt.Sprintf("last handshake %s ago, although a keepalive is sent every %d s to %s",
			age.Round(time.Second), int(p.PersistentKeepalive/time.Second), endpoint(p))},
		Remedy: "check that the peer is running and online, and that the endpoint is still its address"})
}

// endpoint returns the text of a peer's endpoint.
func endpoint(p *wgtypes.Peer) string {
	if !p.Endpoint.IsValid() {
		return "(none)"
	}
	return p.Endpoint.String()
}

// bytes returns a number of bytes for people.
func bytes(n uint64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/1024, 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", value, units[unit])
}

// keepalives reports peers that cannot reach this host after a while, because it is
// behind a NAT and sends them no keepalives.
func (r *reporter) keepalives(d *Device) {
	if !r.knows(d, TopicLink, TopicAddresses, TopicRoutes, TopicRules) {
		return
	}
	calls := d.calls()
	for i := range d.Peers {
		p := &d.Peers[i]
		to := p.Endpoint.Addr().Unmap()
		if p.PersistentKeepalive > 0 || !to.Is4() || !isPublic(to) || !calls(p) {
			continue
		}
		route := r.routeTo(d, p)
		if route == nil || route.Type != RouteUnicast || len(route.Links) != 1 {
			continue
		}
		uplink := d.Net.linkAt(route.Links[0])
		if uplink == nil {
			continue
		}
		if own, ok := privateOnly(uplink.Addresses); ok {
			r.add(d, Finding{ID: KeepaliveMissing, Severity: Notice, Peer: p.PublicKey,
				Summary: "behind a NAT, the peer cannot reach this host after a pause",
				Evidence: []string{fmt.Sprintf("%s has the private address %s, the endpoint %s is public, and the peer has no persistent keepalive",
					uplink.Name, own, p.Endpoint)},
				Remedy: "if the peer must be able to send first, set PersistentKeepalive = 25 for it on this host"})
		}
	}
}

// hasDefault reports whether a prefix of a list isDefault.
func hasDefault(prefixes []netip.Prefix) bool {
	return slices.ContainsFunc(prefixes, isDefault)
}

// isDefault reports whether a prefix has all addresses, a half of them, or all public
// addresses of IPv6.
func isDefault(p netip.Prefix) bool {
	return p.Bits() <= 1 || p == netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20}), 3)
}

// isPublic reports whether an address can be reached from everywhere.
func isPublic(a netip.Addr) bool {
	sharedAddresses := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) // of carrier-grade NAT (RFC 6598)
	return a.IsGlobalUnicast() && !a.IsPrivate() && !sharedAddresses.Contains(a)
}

// privateOnly returns an IPv4 address of an interface, unless it has none or a public
// one.
func privateOnly(addresses []netip.Prefix) (own netip.Addr, ok bool) {
	for _, p := range addresses {
		a := p.Addr()
		switch {
		case !a.Is4() || !a.IsGlobalUnicast():
		case isPublic(a):
			return netip.Addr{}, false
		default:
			own = a
		}
	}
	return own, own.IsValid()
}
