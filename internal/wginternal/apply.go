package wginternal

import (
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Apply returns what d becomes when a device applies c, a valid Config. It is
// the model that judges the backends: slow and obvious where they are fast.
//
// It differs from real devices where these choose: listen port 0 stays 0, and
// no packet moves an endpoint or a counter. d is left as it is.
func Apply(d *wgtypes.Device, c wgtypes.Config) *wgtypes.Device {
	c = Normalize(c)
	m := newModel(d)
	if c.FirewallMark != nil {
		m.dev.FirewallMark = *c.FirewallMark
	}
	if c.ListenPort != nil {
		m.dev.ListenPort = *c.ListenPort
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
	return m.result()
}

// model is a device under change. A prefix belongs to the peer and the place
// that owner says; other entries of the peers' lists are leftovers, which
// result drops.
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
	m.removeAll()
	for _, p := range d.Peers {
		mp := &modelPeer{Peer: p}
		m.peers = append(m.peers, mp)
		m.byKey[p.PublicKey] = mp
		for _, prefix := range p.AllowedIPs {
			m.own(mp, prefix)
		}
	}
	return m
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
	m.peers = slices.DeleteFunc(m.peers, func(q *modelPeer) bool { return q == p })
}

// own gives prefix to p, at the end of its list, whoever had it.
func (m *model) own(p *modelPeer, prefix netip.Prefix) {
	m.owner[prefix] = place{p, len(p.list)}
	p.list = append(p.list, prefix)
}

// disown empties the list of p.
func (m *model) disown(p *modelPeer) {
	for _, prefix := range p.list {
		if m.owner[prefix].peer == p {
			delete(m.owner, prefix)
		}
	}
	p.list = nil
}

func (m *model) applyPeer(c wgtypes.PeerConfig) {
	if c.Remove {
		m.remove(c.PublicKey)
		return
	}
	p := m.byKey[c.PublicKey]
	if p == nil {
		own := !m.dev.PublicKey.IsZero() && c.PublicKey == m.dev.PublicKey
		if c.UpdateOnly || own {
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
		p.PersistentKeepalive = *c.PersistentKeepalive
	}
	m.applyAllowedIPs(p, c)
}

func (m *model) applyAllowedIPs(p *modelPeer, c wgtypes.PeerConfig) {
	if c.ReplaceAllowedIPs {
		m.disown(p)
	}
	for _, prefix := range c.RemoveAllowedIPs {
		if m.owner[prefix].peer == p {
			delete(m.owner, prefix)
		}
	}
	for _, prefix := range c.AllowedIPs {
		m.own(p, prefix)
	}
}

func (m *model) result() *wgtypes.Device {
	d := m.dev
	d.Peers = nil
	for _, p := range m.peers {
		p.AllowedIPs = nil
		for i, prefix := range p.list {
			if m.owner[prefix] == (place{p, i}) {
				p.AllowedIPs = append(p.AllowedIPs, prefix)
			}
		}
		p.AllowedIPs = slices.Clip(p.AllowedIPs)
		d.Peers = append(d.Peers, p.Peer)
	}
	return &d
}
