package wginternal

import (
	"iter"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Apply returns the state of device d after it applies c, which must be valid. It
// does not modify d. Tests compare the backends with it.
//
// It differs from a real device in what the device chooses: listen port 0 stays 0,
// and endpoints and counters do not change by packets.
func Apply(d *wgtypes.Device, c wgtypes.Config) *wgtypes.Device {
	m := newModel(d)
	m.apply(Normalize(c))
	return m.result()
}

// model is a device that is being changed. byKey has its current peers, and owner
// has the current peer and list position of each prefix. Other entries of the
// lists are stale; result drops them.
type model struct {
	dev   wgtypes.Device
	peers []*modelPeer
	byKey map[wgtypes.PublicKey]*modelPeer
	owner map[netip.Prefix]place
}

type modelPeer struct {
	wgtypes.Peer
	list []netip.Prefix
}

type place struct {
	peer  *modelPeer
	index int
}

func newModel(d *wgtypes.Device) *model {
	m := &model{dev: *d}
	n := 0
	for i := range d.Peers {
		n += len(d.Peers[i].AllowedIPs)
	}
	m.peers = make([]*modelPeer, len(d.Peers))
	m.byKey = make(map[wgtypes.PublicKey]*modelPeer, len(d.Peers))
	m.owner = make(map[netip.Prefix]place, n)
	peers, lists := make([]modelPeer, len(d.Peers)), make([]netip.Prefix, n)
	for i := range d.Peers {
		p := &peers[i]
		p.Peer = d.Peers[i]
		m.peers[i], m.byKey[p.PublicKey] = p, p
		p.list, lists = lists[:0:len(p.AllowedIPs)], lists[len(p.AllowedIPs):]
		for _, prefix := range p.AllowedIPs {
			m.own(p, prefix)
		}
	}
	return m
}

// apply applies c, which must be normalized.
func (m *model) apply(c wgtypes.Config) {
	if c.FirewallMark != nil {
		m.dev.FirewallMark = *c.FirewallMark
	}
	if c.ListenPort != nil {
		m.dev.ListenPort = *c.ListenPort
	}
	if c.Amnezia != nil && DiffAmnezia(m.dev.Amnezia, *c.Amnezia) != nil {
		m.dev.Amnezia = MergeAmnezia(m.dev.Amnezia, *c.Amnezia)
	}
	if c.ReplacePeers {
		m.removeAll()
	}
	if c.PrivateKey != nil {
		m.setKey(*c.PrivateKey)
	}
	for _, p := range c.Peers {
		m.applyPeer(p)
	}
}

func (m *model) removeAll() {
	m.peers = nil
	m.byKey = make(map[wgtypes.PublicKey]*modelPeer)
	m.owner = make(map[netip.Prefix]place)
}

func (m *model) setKey(k wgtypes.PrivateKey) {
	m.dev.PrivateKey, m.dev.PublicKey = k, k.PublicKey()
	if !k.IsZero() {
		m.remove(m.dev.PublicKey)
	}
}

func (m *model) remove(k wgtypes.PublicKey) {
	p := m.byKey[k]
	if p == nil {
		return
	}
	m.disown(p)
	delete(m.byKey, k)
}

// own moves prefix to the end of p's list, from whichever peer had it.
func (m *model) own(p *modelPeer, prefix netip.Prefix) {
	m.owner[prefix] = place{p, len(p.list)}
	p.list = append(p.list, prefix)
}

// disown removes all prefixes of p.
func (m *model) disown(p *modelPeer) {
	for _, prefix := range p.list {
		if m.owner[prefix].peer == p {
			delete(m.owner, prefix)
		}
	}
	p.list = p.list[:0]
}

func (m *model) applyPeer(c wgtypes.PeerConfig) {
	if c.Remove {
		m.remove(c.PublicKey)
		return
	}
	p := m.byKey[c.PublicKey]
	if p == nil {
		if c.UpdateOnly || m.isOwn(c.PublicKey) {
			return
		}
		p = &modelPeer{Peer: wgtypes.Peer{PublicKey: c.PublicKey, ProtocolVersion: 1}}
		m.peers = append(m.peers, p)
		m.byKey[c.PublicKey] = p
	}
	if c.PresharedKey != nil {
		p.PresharedKey = *c.PresharedKey
	}
	if c.Endpoint.IsValid() {
		p.Endpoint = c.Endpoint
	}
	if c.PersistentKeepalive != nil {
		p.PersistentKeepalive, p.PersistentKeepaliveMax = *c.PersistentKeepalive, c.PersistentKeepaliveMax
	}
	m.applyAllowedIPs(p, c)
}

// isOwn reports whether k is the device's own key, which no peer can have.
func (m *model) isOwn(k wgtypes.PublicKey) bool { return !k.IsZero() && k == m.dev.PublicKey }

func (m *model) applyAllowedIPs(p *modelPeer, c wgtypes.PeerConfig) {
	if c.ReplaceAllowedIPs {
		m.disown(p)
	}
	for _, prefix := range c.RemoveAllowedIPs {
		if m.owner[prefix].peer == p {
			delete(m.owner, prefix)
		}
	}
	p.list = slices.Grow(p.list, len(c.AllowedIPs))
	for _, prefix := range c.AllowedIPs {
		m.own(p, prefix)
	}
}

func (m *model) result() *wgtypes.Device {
	d := m.dev
	d.Peers = nil
	for p := range m.all() {
		p.AllowedIPs = slices.Clip(slices.Collect(m.allowedIPs(p)))
		d.Peers = append(d.Peers, p.Peer)
	}
	return &d
}

// all returns an iterator over the current peers in order.
func (m *model) all() iter.Seq[*modelPeer] {
	return func(yield func(*modelPeer) bool) {
		for _, p := range m.peers {
			if m.byKey[p.PublicKey] == p && !yield(p) {
				return
			}
		}
	}
}

// allowedIPs returns an iterator over the prefixes of p in order.
func (m *model) allowedIPs(p *modelPeer) iter.Seq[netip.Prefix] {
	return func(yield func(netip.Prefix) bool) {
		for i, prefix := range p.list {
			if m.owner[prefix] == (place{p, i}) && !yield(prefix) {
				return
			}
		}
	}
}
