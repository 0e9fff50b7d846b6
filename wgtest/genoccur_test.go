package wgtest_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// occurrences has the cases that tests need, and whether they occurred.
type occurrences map[string]bool

func (o occurrences) saw(what string, is bool) { o[what] = o[what] || is }

// TestEverythingOccurs checks that the generators produce every case that tests
// need.
func TestEverythingOccurs(t *testing.T) {
	t.Parallel()
	o := make(occurrences)
	for seed := range uint64(1500) {
		options := wgtest.RandomOptions{Collisions: 0.6, Unnormalized: seed%2 == 0}
		if seed%3 == 0 {
			options.Amnezia = wgtypes.AmneziaVersion(1 + seed%uint64(wgtypes.AmneziaV31))
		}
		d := wgtest.RandomDevice(source(seed), options)
		o.device(d)
		o.config(d, wgtest.RandomConfig(source(seed+10000), d, options))
	}
	for what, seen := range o {
		if !seen {
			t.Errorf("%q occurs 0 times, want at least once", what)
		}
	}
}

func (o occurrences) device(d *wgtypes.Device) {
	o.saw("device without key", d.PrivateKey.IsZero())
	o.saw("device without peers", len(d.Peers) == 0)
	o.saw("device with one peer", len(d.Peers) == 1)
	o.saw("highest port", d.ListenPort == 65535)
	if a := d.Amnezia; a != nil {
		for _, p := range wgtypes.AmneziaParameters() {
			usual := wgtypes.DefaultAmnezia()
			o.saw("device with "+p.Name(), !p.Equal(a, &usual))
			o.saw("device without "+p.Name(), p.Equal(a, &usual))
		}
		o.saw("range of message types", a.H1.Lo < a.H1.Hi)
	}
	for _, p := range d.Peers {
		o.endpoint(p.Endpoint)
		o.saw("keepalive range", p.PersistentKeepaliveMax != 0)
		o.saw("keepalive range from 0", p.PersistentKeepaliveMax != 0 && p.PersistentKeepalive == 0)
		o.saw("handshake", !p.LastHandshake.IsZero())
		o.saw("whole second", !p.LastHandshake.IsZero() && p.LastHandshake.Nanosecond() == 0)
		o.saw("highest keepalive", p.PersistentKeepalive == 65535*time.Second)
		o.saw("keepalive off", p.PersistentKeepalive == 0)
		o.saw("peer without prefixes", len(p.AllowedIPs) == 0)
		o.saw("mapped prefix", slices.ContainsFunc(p.AllowedIPs, func(p netip.Prefix) bool { return p.Addr().Is4In6() }))
	}
}

func (o occurrences) endpoint(e netip.AddrPort) {
	a := e.Addr()
	o.saw("no endpoint", !e.IsValid())
	o.saw("IPv4 endpoint", a.Is4())
	o.saw("mapped endpoint", a.Is4In6())
	o.saw("zone", a.Zone() != "")
	o.saw("IPv6 endpoint", a.Is6() && a.Zone() == "" && !a.Is4In6())
}

func (o occurrences) config(d *wgtypes.Device, c wgtypes.Config) {
	var own wgtypes.PublicKey
	if c.PrivateKey != nil {
		own = c.PrivateKey.PublicKey()
		o.saw("clear key", c.PrivateKey.IsZero())
		o.saw("not clamped", !c.PrivateKey.Equal(c.PrivateKey.Clamped()))
		o.saw("own key of a peer", hasPeer(d, own))
	}
	if change := c.Amnezia; change != nil {
		for _, p := range wgtypes.AmneziaParameters() {
			after, usual := wgtypes.DefaultAmnezia(), wgtypes.DefaultAmnezia()
			p.Apply(&after, change)
			o.saw("set "+p.Name(), !p.Equal(&after, &usual))
			o.saw("clear "+p.Name(), p.IsSet(change) && p.Equal(&after, &usual))
			o.saw("keep "+p.Name(), !p.IsSet(change))
		}
	}
	o.saw("replace peers", c.ReplacePeers)
	seen := make(map[wgtypes.PublicKey]bool)
	added := make(map[netip.Prefix]bool)
	for _, p := range c.Peers {
		o.peer(d, p)
		o.saw("new own key", p.PublicKey == own && !own.IsZero())
		o.saw("same key twice", seen[p.PublicKey])
		seen[p.PublicKey] = true
		for _, prefix := range p.AllowedIPs {
			o.saw("same prefix twice", added[prefix])
			added[prefix] = true
		}
	}
}

func (o occurrences) peer(d *wgtypes.Device, p wgtypes.PeerConfig) {
	o.endpoint(p.Endpoint)
	o.saw("remove", p.Remove)
	o.saw("prefixes with remove", p.Remove && len(p.AllowedIPs) > 0)
	o.saw("update only", p.UpdateOnly)
	o.saw("clear preshared key", p.PresharedKey != nil && p.PresharedKey.IsZero())
	o.saw("clear keepalive", p.PersistentKeepalive != nil && *p.PersistentKeepalive == 0)
	o.saw("replace prefixes", p.ReplaceAllowedIPs)
	o.saw("known peer", hasPeer(d, p.PublicKey))
	o.saw("own key", p.PublicKey == d.PublicKey && !d.PublicKey.IsZero())
	o.saw("known prefix removed", slices.ContainsFunc(p.RemoveAllowedIPs, func(p netip.Prefix) bool { return hasPrefix(d, p) }))
	o.saw("known prefix added", slices.ContainsFunc(p.AllowedIPs, func(p netip.Prefix) bool { return hasPrefix(d, p) }))
	o.saw("host bits", slices.ContainsFunc(p.AllowedIPs, func(p netip.Prefix) bool { return p != p.Masked() }))
}

func hasPeer(d *wgtypes.Device, k wgtypes.PublicKey) bool {
	return slices.ContainsFunc(d.Peers, func(p wgtypes.Peer) bool { return p.PublicKey == k })
}

func hasPrefix(d *wgtypes.Device, prefix netip.Prefix) bool {
	return slices.ContainsFunc(d.Peers, func(p wgtypes.Peer) bool { return slices.Contains(p.AllowedIPs, prefix) })
}
