package wgcommand

import (
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// change is a change to a device, built from the arguments of set or the lines of
// a file.
type change struct {
	device wgtypes.Config // without its peers
	peers  []*peer
}

// peer is a change to one peer.
type peer struct {
	// AllowedIPs has the elements of all lists, in order.
	wgtypes.PeerConfig
	// removes has the indexes of the elements of AllowedIPs to remove.
	removes []int
	hasKey  bool
}

// add adds a change to another peer.
func (c *change) add() *peer {
	p := &peer{}
	c.peers = append(c.peers, p)
	return p
}

// config returns the change as a Config.
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

// ordered returns the PeerConfigs for a peer that removes allowed IPs. The order of
// removals and additions matters, and one PeerConfig cannot express it.
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
