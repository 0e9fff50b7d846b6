// Package wgrand makes random devices and configurations from a seeded source.
// It knows what is valid, and refuses to know how it is sent. Package wgtest
// hands it to everyone; what wgtest itself is built on uses it here.
//
// Addresses of endpoints are those that are reserved for documentation or
// link-local, since a device that gets one may send packets there.
package wgrand

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Options says what Device and Config make. The zero value is
// the default.
type Options struct {
	// MinPeers and MaxPeers bound the number of peers. A maximum of 0 means
	// the minimum, but 4 at least where the minimum is 0; below 0 is none.
	MinPeers, MaxPeers int
	// MinAllowedIPs and MaxAllowedIPs bound each list of prefixes of a peer,
	// as above.
	MinAllowedIPs, MaxAllowedIPs int
	// Collisions is how often a key or prefix is one of a few that all values
	// have in common or, in Config, one that the device has: from 0, all
	// are new, to 1, none is. In a device no two are the same all the same.
	Collisions float64
	// Unnormalized lets Config also make what is valid but not sent as
	// it is: prefixes with host bits, IPv4-mapped endpoints, private keys that
	// are not clamped, settings beside Remove.
	Unnormalized bool
}

// Device returns a device that a backend could have read: no peer has
// the device's own key, no two have the same key or prefix, prefixes are masked
// and the private key, where there is one, is clamped. Endpoints are absent,
// IPv4, IPv6 or IPv6 with a numeric zone.
func Device(r *rand.Rand, o Options) *wgtypes.Device {
	g := newGenerator(r, nil, o)
	d := &wgtypes.Device{
		Name:         "wg" + strconv.Itoa(r.IntN(100)),
		Kind:         wgtypes.KindKernel + wgtypes.Kind(r.IntN(3)),
		ListenPort:   uint16(g.number(1 << 16)),
		FirewallMark: uint32(g.number(1 << 32)),
	}
	if d.Kind == wgtypes.KindKernel {
		d.Index = 1 + r.IntN(1000)
	}
	if !g.oneIn(4) {
		d.PrivateKey = g.privateKey().Clamped()
		d.PublicKey = d.PrivateKey.PublicKey()
	}
	keys := map[wgtypes.PublicKey]bool{d.PublicKey: true}
	prefixes := make(map[netip.Prefix]bool)
	for range between(r, o.MinPeers, o.MaxPeers) {
		d.Peers = append(d.Peers, g.peer(keys, prefixes))
	}
	return d
}

// peer returns a peer whose key and prefixes are in neither set, and adds them.
func (g *generator) peer(keys map[wgtypes.PublicKey]bool, prefixes map[netip.Prefix]bool) wgtypes.Peer {
	p := wgtypes.Peer{
		PublicKey:           unused(keys, g.publicKey, g.newPublicKey),
		Endpoint:            g.endpoint(),
		PersistentKeepalive: g.keepalive(),
		ReceiveBytes:        g.number(1 << 63),
		TransmitBytes:       g.number(1 << 63),
		ProtocolVersion:     1,
	}
	if g.oneIn(2) {
		p.PresharedKey = wgtypes.NewPresharedKey(g.bytes32())
	}
	if g.oneIn(2) {
		// A whole second is a trap of its own.
		nanoseconds := int64(g.number(1e9))
		p.LastHandshake = time.Unix(1_600_000_000+g.Int64N(300_000_000), nanoseconds).UTC()
	}
	for range between(g.Rand, g.o.MinAllowedIPs, g.o.MaxAllowedIPs) {
		p.AllowedIPs = append(p.AllowedIPs, unused(prefixes, g.prefix, newPrefix(g.Rand)))
	}
	p.AllowedIPs = slices.Clip(p.AllowedIPs)
	return p
}

// Config returns a valid change to have, which may be nil for a device
// that is not known. With Collisions above 0 it names peers and prefixes that
// have has, the same ones several times, and the device's own key.
func Config(r *rand.Rand, have *wgtypes.Device, o Options) wgtypes.Config {
	g := newGenerator(r, have, o)
	c := wgtypes.Config{ReplacePeers: g.oneIn(6)}
	if g.oneIn(3) {
		key := g.privateKey()
		switch {
		case g.oneIn(4):
			key = wgtypes.PrivateKey{}
		case !o.Unnormalized:
			key = key.Clamped()
		}
		c.PrivateKey = &key
		g.keys = append(g.keys, key.PublicKey())
	}
	if g.oneIn(3) {
		c.ListenPort = new(uint16(g.number(1 << 16)))
	}
	if g.oneIn(3) {
		c.FirewallMark = new(uint32(g.number(1 << 32)))
	}
	for range between(r, o.MinPeers, o.MaxPeers) {
		c.Peers = append(c.Peers, g.peerConfig())
	}
	return c
}

func (g *generator) peerConfig() wgtypes.PeerConfig {
	p := wgtypes.PeerConfig{PublicKey: g.publicKey(), Remove: g.oneIn(6)}
	if p.Remove && !g.o.Unnormalized {
		return p
	}
	p.UpdateOnly = g.oneIn(4)
	if g.oneIn(3) {
		p.PresharedKey = new(wgtypes.PresharedKey)
		if !g.oneIn(4) {
			*p.PresharedKey = wgtypes.NewPresharedKey(g.bytes32())
		}
	}
	p.Endpoint = g.endpoint()
	if g.o.Unnormalized && p.Endpoint.Addr().Is4() && g.oneIn(2) {
		p.Endpoint = netip.AddrPortFrom(netip.AddrFrom16(p.Endpoint.Addr().As16()), p.Endpoint.Port())
	}
	if g.oneIn(3) {
		p.PersistentKeepalive = new(g.keepalive())
	}
	p.ReplaceAllowedIPs = g.oneIn(4)
	p.AllowedIPs = g.prefixList(nil)
	if !p.ReplaceAllowedIPs && g.oneIn(2) {
		p.RemoveAllowedIPs = g.prefixList(p.AllowedIPs)
	}
	return p
}

// prefixList returns prefixes, none of them the same as one of others.
func (g *generator) prefixList(others []netip.Prefix) []netip.Prefix {
	excluded := make(map[netip.Prefix]bool, len(others))
	for _, p := range others {
		excluded[p.Masked()] = true
	}
	var list []netip.Prefix
	for range between(g.Rand, g.o.MinAllowedIPs, g.o.MaxAllowedIPs) {
		p := g.prefix()
		if g.o.Unnormalized && g.oneIn(2) {
			p = withHostBits(p)
		}
		for excluded[p.Masked()] {
			p = newPrefix(g.Rand)()
		}
		list = append(list, p)
	}
	return slices.Clip(list)
}

// ConfigOf returns the change that makes a device without key, port, mark and
// peers into d, as far as a configuration can: counters and handshakes are not
// in it. What d does not have is left unset. The result shares no memory with d.
func ConfigOf(d *wgtypes.Device) wgtypes.Config {
	var c wgtypes.Config
	if !d.PrivateKey.IsZero() {
		c.PrivateKey = new(d.PrivateKey)
	}
	if d.ListenPort != 0 {
		c.ListenPort = new(d.ListenPort)
	}
	if d.FirewallMark != 0 {
		c.FirewallMark = new(d.FirewallMark)
	}
	for _, p := range d.Peers {
		pc := wgtypes.PeerConfig{PublicKey: p.PublicKey, Endpoint: p.Endpoint, AllowedIPs: p.Clone().AllowedIPs}
		if !p.PresharedKey.IsZero() {
			pc.PresharedKey = new(p.PresharedKey)
		}
		if p.PersistentKeepalive != 0 {
			pc.PersistentKeepalive = new(p.PersistentKeepalive)
		}
		c.Peers = append(c.Peers, pc)
	}
	return c
}
