package wginternal

import (
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/internal/arena"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Diff returns the smallest change after which a device with the state have matches
// the description want, which must be valid; see dropSatisfied and desired. Peers for
// which keepEndpoint returns true keep their current endpoint; a nil keepEndpoint
// keeps none.
//
// The result is normalized, replaces no lists and names only peers that change. It
// is in an order in which a prefix that has an owner before and after the change
// always has one: adding the prefix to its new owner moves it, and peers are
// removed last. A peer whose key becomes the device's own is the exception: the
// device removes it first.
func Diff(have *wgtypes.Device, want wgtypes.Config, keepEndpoint func(wgtypes.Peer) bool) wgtypes.Config {
	if have == nil {
		have = new(wgtypes.Device)
	}
	want = dropSatisfied(have, Normalize(want))
	own := have.PublicKey
	if want.PrivateKey != nil {
		own = want.PrivateKey.PublicKey()
	}
	have, want.Peers = withoutMatching(have, want.Peers, own, keepEndpoint)
	want = desired(have, want, own)
	d := differ{before: newModel(have), after: newModel(have), keepEndpoint: keepEndpoint}
	d.after.apply(want)
	want.Peers = slices.Concat(d.changes(), d.removals(want.PrivateKey != nil))
	return want
}

// differ compares the peers of a device before and after a change.
type differ struct {
	before, after *model
	keepEndpoint  func(wgtypes.Peer) bool
	lists         arena.Slab[netip.Prefix] // of the result
}

// changes returns the elements that create and change peers.
func (d *differ) changes() []wgtypes.PeerConfig {
	list := make([]wgtypes.PeerConfig, 0, len(d.after.byKey))
	for p := range d.after.all() {
		if c, ok := d.change(p); ok {
			list = append(list, c)
		}
	}
	return list
}

// change returns the change that p needs, and whether it needs one.
//
// An existing peer is changed with UpdateOnly. If it was removed meanwhile, the
// change must not recreate it with part of its settings, such as without its
// preshared key.
func (d *differ) change(p *modelPeer) (c wgtypes.PeerConfig, needed bool) {
	old := d.before.byKey[p.PublicKey]
	exists := old != nil
	if !exists {
		old = new(modelPeer)
	}
	c = wgtypes.PeerConfig{PublicKey: p.PublicKey, UpdateOnly: exists}
	if !p.PresharedKey.Equal(old.PresharedKey) {
		c.PresharedKey = new(p.PresharedKey)
	}
	if p.PersistentKeepalive != old.PersistentKeepalive || p.PersistentKeepaliveMax != old.PersistentKeepaliveMax {
		c.PersistentKeepalive, c.PersistentKeepaliveMax = new(p.PersistentKeepalive), p.PersistentKeepaliveMax
	}
	c.Endpoint = newEndpoint(&old.Peer, p.Endpoint, d.keepEndpoint)
	c.AllowedIPs, c.RemoveAllowedIPs = d.added(p, old), d.removed(old)
	needed = !exists || c.PresharedKey != nil || c.PersistentKeepalive != nil || c.Endpoint.IsValid() ||
		len(c.AllowedIPs) > 0 || len(c.RemoveAllowedIPs) > 0
	return c, needed
}

// newEndpoint returns the endpoint to set so that old has the endpoint e, or the zero
// AddrPort for no change.
func newEndpoint(old *wgtypes.Peer, e netip.AddrPort, keepEndpoint func(wgtypes.Peer) bool) netip.AddrPort {
	e = Unmap(e)
	if !e.IsValid() || e == Unmap(old.Endpoint) {
		return netip.AddrPort{}
	}
	if old.Endpoint.IsValid() && keepEndpoint != nil && keepEndpoint(*old) {
		return netip.AddrPort{}
	}
	return e
}

// added returns the prefixes of p that old does not have.
func (d *differ) added(p, old *modelPeer) []netip.Prefix {
	for prefix := range d.after.allowedIPs(p) {
		if d.before.owner[prefix].peer != old {
			d.lists.Append(prefix)
		}
	}
	return d.lists.Take()
}

// removed returns the prefixes of old that no peer has afterwards. Prefixes that
// move to another peer are removed by adding them there.
func (d *differ) removed(old *modelPeer) []netip.Prefix {
	for prefix := range d.before.allowedIPs(old) {
		if d.after.owner[prefix].peer == nil {
			d.lists.Append(prefix)
		}
	}
	return d.lists.Take()
}

// removals returns the elements that remove peers. The device itself removes the
// peer whose key becomes its own.
func (d *differ) removals(newKey bool) []wgtypes.PeerConfig {
	var list []wgtypes.PeerConfig
	for p := range d.before.all() {
		k := p.PublicKey
		if d.after.byKey[k] == nil && !(newKey && d.after.isOwn(k)) {
			list = append(list, wgtypes.PeerConfig{PublicKey: k, Remove: true})
		}
	}
	return list
}
