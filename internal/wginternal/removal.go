package wginternal

import (
	"net/netip"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// SplitRemovals separates the removals of single allowed IPs from c, which must be
// normalized, because not every device supports them. rest has the other changes.
// The peers of removals have only PublicKey, UpdateOnly and RemoveAllowedIPs.
// Applying rest and then removals has the effect of c.
//
// SplitRemovals omits a removal that a later element of c undoes or makes unnecessary
// (by adding the prefix to the same peer again, replacing its list, or removing the
// peer), and an element of rest that would have no effect.
func SplitRemovals(c wgtypes.Config) (rest, removals wgtypes.Config) {
	hasRemovals := func(p *wgtypes.PeerConfig) bool { return len(p.RemoveAllowedIPs) > 0 }
	if !AnyPeer(c.Peers, hasRemovals) {
		return c, wgtypes.Config{}
	}
	rest = c
	rest.Peers = nil
	later := newLaterPeers(c.Peers)
	for i := range c.Peers {
		p := c.Peers[i]
		if hasRemovals(&p) {
			if gone := later.notUndone(i, &p); len(gone) > 0 {
				removals.Peers = append(removals.Peers,
					wgtypes.PeerConfig{PublicKey: p.PublicKey, UpdateOnly: true, RemoveAllowedIPs: gone})
			}
			p.RemoveAllowedIPs = nil
			if hasNoEffect(&p) {
				continue
			}
		}
		rest.Peers = append(rest.Peers, p)
	}
	return rest, removals
}

// hasNoEffect reports whether p, which has no removals, changes nothing.
func hasNoEffect(p *wgtypes.PeerConfig) bool {
	return p.UpdateOnly && p.PresharedKey == nil && !p.Endpoint.IsValid() && p.PersistentKeepalive == nil &&
		!p.ReplaceAllowedIPs && len(p.AllowedIPs) == 0
}

// laterPeers has the elements of a list by key.
type laterPeers map[wgtypes.PublicKey][]indexedPeer

type indexedPeer struct {
	index int
	peer  *wgtypes.PeerConfig
}

func newLaterPeers(peers []wgtypes.PeerConfig) laterPeers {
	l := make(laterPeers, len(peers))
	for i := range peers {
		k := peers[i].PublicKey
		l[k] = append(l[k], indexedPeer{i, &peers[i]})
	}
	return l
}

// notUndone returns the removals of p, the element at index, that no later
// element undoes.
func (l laterPeers) notUndone(index int, p *wgtypes.PeerConfig) []netip.Prefix {
	again := make(map[netip.Prefix]bool)
	for _, later := range l[p.PublicKey] {
		if later.index <= index {
			continue
		}
		if later.peer.ReplaceAllowedIPs || later.peer.Remove {
			return nil
		}
		for _, prefix := range later.peer.AllowedIPs {
			again[prefix] = true
		}
	}
	if len(again) == 0 {
		return p.RemoveAllowedIPs
	}
	var gone []netip.Prefix
	for _, prefix := range p.RemoveAllowedIPs {
		if !again[prefix] {
			gone = append(gone, prefix)
		}
	}
	return gone
}
