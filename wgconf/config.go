package wgconf

import (
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Config returns the change that wg(8)'s setconf makes of the Settings: what
// they do not say is cleared, and peers that they do not name are removed. As
// the description for a Sync, it does what wg(8)'s syncconf does.
//
// An Endpoint whose Host is a name is a *Problem: package resolve finds its
// address. Another error is that of [wgtypes.Config.Validate], for what no file
// can say. The Config shares no memory with the Settings.
//
// NB: Settings that came with an error are not all of the file.
func (s *Settings) Config() (wgtypes.Config, error) {
	c, err := s.AddConfig()
	if err != nil {
		return wgtypes.Config{}, err
	}
	c.ReplacePeers = true
	c.PrivateKey = orZero(c.PrivateKey)
	c.ListenPort = orZero(c.ListenPort)
	c.FirewallMark = orZero(c.FirewallMark)
	// What a later section with the same key does not say stays as the first
	// one has it.
	seen := make(map[wgtypes.PublicKey]bool, len(c.Peers))
	for i := range c.Peers {
		p := &c.Peers[i]
		if seen[p.PublicKey] {
			continue
		}
		seen[p.PublicKey] = true
		p.PresharedKey = orZero(p.PresharedKey)
		p.PersistentKeepalive = orZero(p.PersistentKeepalive)
	}
	return c, nil
}

// AddConfig returns the change that wg(8)'s addconf makes of the Settings: what
// they do not say stays. Only the AllowedIPs of the peers that they name are
// replaced all the same, unless Incremental. Errors are those of Config.
func (s *Settings) AddConfig() (wgtypes.Config, error) {
	c := wgtypes.Config{
		PrivateKey:   clone(s.Interface.PrivateKey),
		ListenPort:   clone(s.Interface.ListenPort),
		FirewallMark: clone(s.Interface.FwMark),
	}
	n := 0
	for i := range s.Peers {
		n += len(s.Peers[i].AllowedIPs)
	}
	room := make([]netip.Prefix, 0, n)
	if len(s.Peers) > 0 {
		c.Peers = make([]wgtypes.PeerConfig, 0, len(s.Peers))
	}
	for i := range s.Peers {
		var err error
		if c.Peers, err = s.Peers[i].appendConfigs(c.Peers, &room); err != nil {
			return wgtypes.Config{}, err
		}
	}
	if err := c.Validate(); err != nil {
		return wgtypes.Config{}, err
	}
	return c, nil
}

// Configs returns what p changes of a device's peer: the settings that p does
// not have stay. It is one PeerConfig, or several to be applied in order where
// AllowedIPs both add and remove a prefix. Errors are those of Settings.Config.
//
// NB: AllowedIPs replace the peer's list even where there are none. Incremental
// and none leave it.
func (p Peer) Configs() ([]wgtypes.PeerConfig, error) {
	room := make([]netip.Prefix, 0, len(p.AllowedIPs))
	c, err := p.appendConfigs(nil, &room)
	if err != nil {
		return nil, err
	}
	if err := (wgtypes.Config{Peers: c}).Validate(); err != nil {
		return nil, err
	}
	return c, nil
}

// appendConfigs adds what p changes. room has the capacity for its prefixes,
// and is taken from.
func (p *Peer) appendConfigs(peers []wgtypes.PeerConfig, room *[]netip.Prefix) ([]wgtypes.PeerConfig, error) {
	c := wgtypes.PeerConfig{
		PublicKey:           p.PublicKey,
		PresharedKey:        clone(p.PresharedKey),
		PersistentKeepalive: clone(p.PersistentKeepalive),
		ReplaceAllowedIPs:   !p.Incremental,
	}
	if p.Endpoint != (Endpoint{}) {
		var ok bool
		if c.Endpoint, ok = p.Endpoint.AddrPort(); !ok {
			return nil, invalidValue("Endpoint", p.Endpoint.Host, "must be an IP address: package resolve looks up host names")
		}
	}
	if p.removesAny() {
		return p.appendOrdered(append(peers, c)), nil
	}
	for _, a := range p.AllowedIPs {
		*room = append(*room, a.Prefix.Masked())
	}
	if len(*room) > 0 {
		c.AllowedIPs = slices.Clip(*room)
	}
	*room = (*room)[len(*room):]
	return append(peers, c), nil
}

func (p *Peer) removesAny() bool {
	for _, a := range p.AllowedIPs {
		if a.Remove {
			return true
		}
	}
	return false
}

// appendOrdered adds the lists to the last of peers. A prefix cannot be in both
// lists of a PeerConfig, and one that replaces cannot remove: where the order
// needs that, another PeerConfig follows.
func (p *Peer) appendOrdered(peers []wgtypes.PeerConfig) []wgtypes.PeerConfig {
	c := &peers[len(peers)-1]
	has := make(map[netip.Prefix]bool)  // a list that was emptied
	said := make(map[netip.Prefix]bool) // what c does with a prefix: whether it removes it
	for _, a := range p.AllowedIPs {
		prefix := a.Prefix.Masked()
		if !p.Incremental && a.Remove && !has[prefix] {
			continue
		}
		has[prefix] = !a.Remove
		if removes, ok := said[prefix]; ok && removes != a.Remove || a.Remove && c.ReplaceAllowedIPs {
			peers = append(peers, wgtypes.PeerConfig{PublicKey: p.PublicKey})
			c = &peers[len(peers)-1]
			clear(said)
		}
		said[prefix] = a.Remove
		if a.Remove {
			c.RemoveAllowedIPs = append(c.RemoveAllowedIPs, prefix)
		} else {
			c.AllowedIPs = append(c.AllowedIPs, prefix)
		}
	}
	return peers
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}

func orZero[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}
