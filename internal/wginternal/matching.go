package wginternal

import (
	"net/netip"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// withoutMatching returns have and the peers of want without the peers that match
// already. Usually these are nearly all, and Diff is much faster without them; its
// result is the same. want must be normalized, and own is the device's own key
// afterwards.
//
// A peer matches if exactly one element of want names it, and this element replaces
// its prefixes by the same ones. If a peer or an element that does not match has one
// of these prefixes, the order of the elements decides who owns it: then
// withoutMatching drops no peer.
//
// If want describes the same peers with the same prefixes in the same order, no prefix
// matters, and the peers that do not match are returned without theirs.
func withoutMatching(have *wgtypes.Device, want []wgtypes.PeerConfig, own wgtypes.PublicKey, keepEndpoint func(wgtypes.Peer) bool) (*wgtypes.Device, []wgtypes.PeerConfig) {
	if samePeers(have.Peers, want, own) {
		changed, rest := withOtherSettings(have, want, keepEndpoint)
		if len(rest) == 0 || len(newMatcher(have).index) == len(have.Peers) {
			return changed, rest
		}
	}
	m := newMatcher(have)
	if len(m.index) < len(have.Peers) {
		return have, want // two peers have the same key
	}
	var others []int // the indexes of the elements that do not match
	for i := range want {
		c := &want[i]
		at, ok := m.index[c.PublicKey]
		if !ok || m.matches[at] || !keepsSettings(&have.Peers[at], c, keepEndpoint) || !keepsPrefixes(&have.Peers[at], c, own) {
			others = append(others, i)
			continue
		}
		m.match(at)
	}
	if len(others) == len(want) {
		return have, want
	}
	rest := make([]wgtypes.PeerConfig, 0, len(others))
	for _, i := range others {
		rest = append(rest, want[i])
	}
	if m.overlap(rest) {
		return have, want
	}
	reduced := *have
	reduced.Peers = nil
	for i := range have.Peers {
		if !m.matches[i] {
			reduced.Peers = append(reduced.Peers, have.Peers[i])
		}
	}
	return &reduced, rest
}

// samePeers reports whether want describes exactly these peers with these prefixes, in
// the same order. That is usual, and found without an index.
func samePeers(have []wgtypes.Peer, want []wgtypes.PeerConfig, own wgtypes.PublicKey) bool {
	if len(have) != len(want) {
		return false
	}
	for i := range want {
		if want[i].PublicKey != have[i].PublicKey || !keepsPrefixes(&have[i], &want[i], own) {
			return false
		}
	}
	return true
}

// withOtherSettings returns the peers whose settings other than prefixes differ. Neither
// they nor their elements have prefixes, which are the same. samePeers must be true for
// have and want.
func withOtherSettings(have *wgtypes.Device, want []wgtypes.PeerConfig, keepEndpoint func(wgtypes.Peer) bool) (*wgtypes.Device, []wgtypes.PeerConfig) {
	reduced := *have
	reduced.Peers = nil
	var rest []wgtypes.PeerConfig
	for i := range want {
		if keepsSettings(&have.Peers[i], &want[i], keepEndpoint) {
			continue
		}
		p, c := have.Peers[i], want[i]
		p.AllowedIPs, c.AllowedIPs = nil, nil
		reduced.Peers = append(reduced.Peers, p)
		rest = append(rest, c)
	}
	return &reduced, rest
}

// keepsPrefixes reports whether c, which is normalized, does not change the existence
// and the prefixes of the peer p that it names. The result is false for the device's own
// key. An element that replaces the prefixes removes no single ones: it would be invalid.
func keepsPrefixes(p *wgtypes.Peer, c *wgtypes.PeerConfig, own wgtypes.PublicKey) bool {
	if c.PublicKey == own && !own.IsZero() {
		return false
	}
	return !c.Remove && c.ReplaceAllowedIPs && samePrefixes(p.AllowedIPs, c.AllowedIPs)
}

// keepsSettings reports whether c does not change the other settings of the peer p that
// it names.
func keepsSettings(p *wgtypes.Peer, c *wgtypes.PeerConfig, keepEndpoint func(wgtypes.Peer) bool) bool {
	switch {
	case c.PresharedKey != nil && !c.PresharedKey.Equal(p.PresharedKey):
		return false
	case c.PersistentKeepalive != nil && (*c.PersistentKeepalive != p.PersistentKeepalive || c.PersistentKeepaliveMax != p.PersistentKeepaliveMax):
		return false
	}
	return !newEndpoint(p, c.Endpoint, keepEndpoint).IsValid()
}

// matcher records which peers of a device match.
type matcher struct {
	peers   []wgtypes.Peer
	index   map[wgtypes.PublicKey]int // in peers
	matches []bool                    // by index
	last    int                       // the index of the last match
	moved   bool                      // the matches are not in the order of peers
}

func newMatcher(d *wgtypes.Device) *matcher {
	m := &matcher{peers: d.Peers, index: make(map[wgtypes.PublicKey]int, len(d.Peers)), matches: make([]bool, len(d.Peers))}
	for i := range d.Peers {
		m.index[d.Peers[i].PublicKey] = i
	}
	return m
}

func (m *matcher) match(i int) {
	m.matches[i] = true
	m.moved = m.moved || i < m.last
	m.last = i
}

// overlap reports whether an element of rest names a peer that matches, or a prefix
// of a peer that matches is also that of an element of rest, of a peer that does not
// match or, if the order of the peers differs, of another peer.
func (m *matcher) overlap(rest []wgtypes.PeerConfig) bool {
	seen := make(map[netip.Prefix]bool)
	add := func(list []netip.Prefix) {
		for _, prefix := range list {
			seen[prefix] = true
		}
	}
	for i := range rest {
		if at, ok := m.index[rest[i].PublicKey]; ok && m.matches[at] {
			return true
		}
		add(rest[i].AllowedIPs)
	}
	for i := range m.peers {
		if !m.matches[i] {
			add(m.peers[i].AllowedIPs)
		}
	}
	for i := range m.peers {
		if !m.matches[i] {
			continue
		}
		for _, prefix := range m.peers[i].AllowedIPs {
			if seen[prefix] {
				return true
			}
		}
		if m.moved {
			add(m.peers[i].AllowedIPs)
		}
	}
	return false
}
