package wgcommand

import (
	"slices"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// change is a change to a device, built from the arguments of set or the lines of
// a file. Settings that are not set do not change.
type change struct {
	wgconf.Interface
	replacePeers bool
	peers        []*peer
}

// peer is a change to one peer, which is added if it does not exist.
type peer struct {
	wgconf.Peer
	hasKey bool
	remove bool
}

// addPeer adds a peer.
func (c *change) addPeer() *peer {
	p := &peer{}
	c.peers = append(c.peers, p)
	return p
}

// hasPublicKeys reports whether every peer has a public key.
func (c *change) hasPublicKeys() bool {
	return !slices.ContainsFunc(c.peers, func(p *peer) bool { return !p.hasKey })
}

// config returns the change as a Config.
func (c *change) config() (wgtypes.Config, error) {
	s := wgconf.Settings{Interface: c.Interface}
	config, err := s.AddConfig()
	if err != nil {
		return wgtypes.Config{}, err
	}
	config.ReplacePeers = c.replacePeers
	config.Peers = make([]wgtypes.PeerConfig, 0, len(c.peers))
	for _, p := range c.peers {
		if p.remove {
			config.Peers = append(config.Peers, wgtypes.PeerConfig{PublicKey: p.PublicKey, Remove: true})
			continue
		}
		configs, err := p.Configs()
		if err != nil {
			return wgtypes.Config{}, err
		}
		config.Peers = append(config.Peers, configs...)
	}
	return config, nil
}
