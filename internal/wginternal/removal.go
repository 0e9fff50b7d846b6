package wginternal

import (
	"net/netip"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// SplitRemovals takes the removals of single prefixes out of c, since not every
// device can do them: rest has the other changes, removals has elements with
// PublicKey, UpdateOnly and RemoveAllowedIPs alone. Applying rest and then
// removals equals applying c, in its normal form.
//
// A removal that a later element of c makes void (it adds the prefix to the
// same peer again, or replaces its list) is left out, as is an element of rest
// that is left with nothing to do.
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
			if gone := later.notVoid(i, &p); len(gone) > 0 {
				removals.Peers = append(removals.Peers,
					wgtypes.PeerConfig{PublicKey: p.PublicKey, UpdateOnly: true, RemoveAllowedIPs: gone})
			}
			p.RemoveAllowedIPs = nil
			if isNothing(&p) {
				continue
			}
		}
		rest.Peers = append(rest.Peers, p)
	}
	return rest, removals
}

// isNothing reports whether p does nothing, its removals left aside.
func isNothing(p *wgtypes.PeerConfig) bool {
	return p.UpdateOnly && p.PresharedKey == nil && !p.Endpoint.IsValid() && p.PersistentKeepalive == nil &&
		!p.ReplaceAllowedIPs && len(p.AllowedIPs) == 0
}

// laterPeers finds the elements of one key in a list.
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

// notVoid returns the removals of p, the element at index, that hold to the end.
func (l laterPeers) notVoid(index int, p *wgtypes.PeerConfig) []netip.Prefix {
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

// Owned returns the prefixes that removals name and that their peers have in
// d exactly: what a device without removals must get rid of otherwise.
func Owned(d *wgtypes.Device, removals wgtypes.Config) []netip.Prefix {
	wanted := make(map[wgtypes.PublicKey]map[netip.Prefix]bool, len(removals.Peers))
	for _, p := range removals.Peers {
		if wanted[p.PublicKey] == nil {
			wanted[p.PublicKey] = make(map[netip.Prefix]bool, len(p.RemoveAllowedIPs))
		}
		for _, prefix := range p.RemoveAllowedIPs {
			wanted[p.PublicKey][prefix] = true
		}
	}
	var owned []netip.Prefix
	for _, p := range d.Peers {
		for _, prefix := range p.AllowedIPs {
			if wanted[p.PublicKey][prefix] {
				owned = append(owned, prefix)
			}
		}
	}
	return owned
}

// maxMoved bounds one request of MoveAway: 48 bytes for each prefix in
// netlink, so that the request is one message.
const maxMoved = 1000

// MoveAway returns requests that take prefixes from whoever has them, by
// moving them to a peer of the unused key dummy that the same request removes
// again. Other prefixes of the peers stay where they are all the while, which
// replacing a list would not do.
func MoveAway(prefixes []netip.Prefix, dummy wgtypes.PublicKey) []wgtypes.Config {
	var requests []wgtypes.Config
	for len(prefixes) > 0 {
		n := min(len(prefixes), maxMoved)
		requests = append(requests, wgtypes.Config{Peers: []wgtypes.PeerConfig{
			{PublicKey: dummy, AllowedIPs: prefixes[:n]},
			{PublicKey: dummy, Remove: true},
		}})
		prefixes = prefixes[n:]
	}
	return requests
}
