package testutil

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// RandomOptions bounds what [RandomDevice] and [RandomConfig] return. The zero
// value is the default.
type RandomOptions struct {
	// MinPeers is the smallest number of peers.
	MinPeers int
	// MaxPeers is the largest number of peers. Zero means MinPeers, or 4 if
	// MinPeers is zero; a negative value means no peers.
	MaxPeers int
	// MinAllowedIPs and MaxAllowedIPs bound each list of prefixes of a peer in
	// the same way.
	MinAllowedIPs, MaxAllowedIPs int
	// Collisions is the probability, from 0 to 1, that a key or prefix is one of
	// a few that all values share or, in RandomConfig, one of the device's. In a
	// device all keys and all prefixes differ nevertheless.
	Collisions float64
	// Unnormalized lets RandomConfig also return values that are valid but not
	// sent as they are: prefixes with host bits, IPv4-mapped endpoints, private
	// keys that are not clamped, settings of a peer that is removed.
	Unnormalized bool
	// Amnezia is the version of AmneziaWG that the device has. Zero means none: the
	// values are those of WireGuard.
	Amnezia wgtypes.AmneziaVersion
}

// RandomDevice returns a device as a backend could have read it: no peer has the
// device's own key, no two peers have the same key or prefix, prefixes are
// masked, and a private key is clamped. Some peers have no endpoint; the others
// have an IPv4 address, an IPv6 address, or an IPv6 address with a numeric zone.
// Those addresses are link-local or reserved for documentation, because a device
// may send packets to them.
func RandomDevice(r *rand.Rand, o RandomOptions) *wgtypes.Device {
	g := newGenerator(r, nil, o)
	d := &wgtypes.Device{
		Name:         "wg" + strconv.Itoa(r.IntN(100)),
		Kind:         wgtypes.KindKernel + wgtypes.Kind(r.IntN(3)),
		ListenPort:   uint16(g.number(1 << 16)),
		FirewallMark: uint32(g.number(1 << 32)),
	}
	if o.Amnezia != 0 {
		d.Amnezia = g.amnezia(o.Amnezia)
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

// peer returns a peer whose key is not in keys and whose prefixes are not in
// prefixes, and adds them.
func (g *generator) peer(keys map[wgtypes.PublicKey]bool, prefixes map[netip.Prefix]bool) wgtypes.Peer {
	p := wgtypes.Peer{
		PublicKey:           unused(keys, g.publicKey, g.newPublicKey),
		Endpoint:            g.endpoint(),
		PersistentKeepalive: g.keepalive(),
		ReceiveBytes:        g.number(1 << 63),
		TransmitBytes:       g.number(1 << 63),
		ProtocolVersion:     1,
	}
	p.PersistentKeepaliveMax = g.keepaliveMax(p.PersistentKeepalive)
	if g.oneIn(2) {
		p.PresharedKey = wgtypes.NewPresharedKey(g.bytes32())
	}
	if g.oneIn(2) {
		// It is often 0 or the largest value.
		nanoseconds := int64(g.number(1e9))
		p.LastHandshake = time.Unix(1_600_000_000+g.Int64N(300_000_000), nanoseconds).UTC()
	}
	for range between(g.Rand, g.o.MinAllowedIPs, g.o.MaxAllowedIPs) {
		p.AllowedIPs = append(p.AllowedIPs, unused(prefixes, g.prefix, newPrefix(g.Rand)))
	}
	p.AllowedIPs = slices.Clip(p.AllowedIPs)
	return p
}

// RandomConfig returns a change of have, which may be nil. It is valid, except that
// peers may have the zero public key. If o.Collisions is above 0, the change can
// name peers and prefixes of have, name one several times, and name the device's
// own key.
func RandomConfig(r *rand.Rand, have *wgtypes.Device, o RandomOptions) wgtypes.Config {
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
	if o.Amnezia != 0 && g.oneIn(3) {
		c.Amnezia = g.amneziaConfig(o.Amnezia, 2)
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
		p.PersistentKeepaliveMax = g.keepaliveMax(*p.PersistentKeepalive)
	}
	p.ReplaceAllowedIPs = g.oneIn(4)
	p.AllowedIPs = g.prefixList(nil)
	if !p.ReplaceAllowedIPs && g.oneIn(2) {
		p.RemoveAllowedIPs = g.prefixList(p.AllowedIPs)
	}
	return p
}

// prefixList returns prefixes that are not in others.
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

// ConfigOf returns the Config that turns an empty device into d. Counters and
// handshakes are not part of a Config. Fields that are zero in d stay unset. The
// result shares no memory with d.
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
	if d.Amnezia != nil {
		c.Amnezia = wginternal.DiffAmnezia(nil, wginternal.AmneziaConfigOf(d.Amnezia))
	}
	for _, p := range d.Peers {
		pc := wgtypes.PeerConfig{PublicKey: p.PublicKey, Endpoint: p.Endpoint, AllowedIPs: p.Clone().AllowedIPs}
		if !p.PresharedKey.IsZero() {
			pc.PresharedKey = new(p.PresharedKey)
		}
		if p.PersistentKeepalive != 0 {
			pc.PersistentKeepalive, pc.PersistentKeepaliveMax = new(p.PersistentKeepalive), p.PersistentKeepaliveMax
		}
		c.Peers = append(c.Peers, pc)
	}
	return c
}
