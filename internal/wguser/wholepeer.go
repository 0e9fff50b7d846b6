package wguser

import (
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// contested returns the peers of have that list a prefix which c adds and which another
// peer lists, too. boringtun and GotaTun route a prefix that moves to its new peer, but
// the old one still lists it. Their replies do not show which of the two has it.
func contested(have *wgtypes.Device, c wgtypes.Config) map[wgtypes.PublicKey]bool {
	added := make(map[netip.Prefix][]wgtypes.PublicKey) // the peers that list it
	for i := range c.Peers {
		for _, prefix := range c.Peers[i].AllowedIPs {
			added[prefix] = nil
		}
	}
	for i := range have.Peers {
		for _, prefix := range have.Peers[i].AllowedIPs {
			if list, ok := added[prefix]; ok {
				added[prefix] = append(list, have.Peers[i].PublicKey)
			}
		}
	}
	peers := make(map[wgtypes.PublicKey]bool)
	for _, list := range added {
		for _, k := range list {
			peers[k] = peers[k] || len(list) > 1
		}
	}
	return peers
}

// samePeer compares counters, too: those of a peer that was removed and added
// again start at 0. boringtun does not keep the order of prefixes.
func samePeer(a, b *wgtypes.Peer) bool {
	return a.PresharedKey.Equal(b.PresharedKey) && a.Endpoint == b.Endpoint &&
		a.PersistentKeepalive == b.PersistentKeepalive && a.LastHandshake.Equal(b.LastHandshake) &&
		a.ReceiveBytes == b.ReceiveBytes && a.TransmitBytes == b.TransmitBytes &&
		slices.Equal(sorted(a), sorted(b))
}

func sorted(p *wgtypes.Peer) []string {
	list := make([]string, len(p.AllowedIPs))
	for i, prefix := range p.AllowedIPs {
		list[i] = prefix.String()
	}
	slices.Sort(list)
	return list
}

// whole returns the settings that create p.
func whole(p *wgtypes.Peer) wgtypes.PeerConfig {
	c := wgtypes.PeerConfig{PublicKey: p.PublicKey, Endpoint: p.Endpoint, AllowedIPs: p.AllowedIPs}
	if !p.PresharedKey.IsZero() {
		c.PresharedKey = &p.PresharedKey
	}
	if p.PersistentKeepalive != 0 {
		c.PersistentKeepalive = &p.PersistentKeepalive
	}
	return c
}
