package wgcommand

import (
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// change is a change to a device, as the words of set or the lines of a file
// make it up.
type change struct {
	device wgtypes.Config // without its peers
	peers  []*peer
}

// peer is a change to one peer.
type peer struct {
	// AllowedIPs are all elements of its lists, in order.
	wgtypes.PeerConfig
	// removes are the places of those elements that are to be removed.
	removes []int
	hasKey  bool
}

// add begins a change to another peer.
func (c *change) add() *peer {
	p := &peer{}
	c.peers = append(c.peers, p)
	return p
}

// config returns the change as the library takes it.
func (c *change) config() (wgtypes.Config, error) {
	config := c.device
	config.Peers = make([]wgtypes.PeerConfig, 0, len(c.peers))
	for _, p := range c.peers {
		if len(p.removes) == 0 || p.Remove {
			config.Peers = append(config.Peers, p.PeerConfig)
			continue
		}
		ordered, err := p.ordered()
		if err != nil {
			return wgtypes.Config{}, err
		}
		config.Peers = append(config.Peers, ordered...)
	}
	return config, nil
}

// ordered returns what p is where elements of its lists are removed: the order
// of removals and additions counts, and one PeerConfig has none.
func (p *peer) ordered() ([]wgtypes.PeerConfig, error) {
	lists := wgconf.Peer{PublicKey: p.PublicKey, Incremental: !p.ReplaceAllowedIPs}
	for _, prefix := range p.AllowedIPs {
		lists.AllowedIPs = append(lists.AllowedIPs, wgconf.AllowedIP{Prefix: prefix})
	}
	for _, i := range p.removes {
		lists.AllowedIPs[i].Remove = true
	}
	configs, err := lists.Configs()
	if err != nil {
		return nil, err
	}
	first := &configs[0]
	first.PresharedKey = p.PresharedKey
	first.Endpoint = p.Endpoint
	first.PersistentKeepalive = p.PersistentKeepalive
	return configs, nil
}
