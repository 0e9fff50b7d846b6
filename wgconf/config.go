package wgconf

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Config returns the change that wg(8)'s setconf makes: it clears settings that s
// does not have and removes peers that s does not have. Passed to SyncDevice, it
// does what wg(8)'s syncconf does, except that without a ListenPort the device keeps
// its port. Parameters of AmneziaWG that s does not have stay as they are, as with
// awg(8).
//
// An Endpoint whose Host is a name is an error, a *Problem; package resolve
// replaces names by addresses. Other errors are those of
// [wgtypes.Config.Validate], except that the zero public key, which a file can
// have, is not an error here. The Config shares no memory with s.
//
// Settings that [File.Settings] returned with an error lack the lines with errors.
func (s *Settings) Config() (wgtypes.Config, error) {
	c, err := s.AddConfig()
	if err != nil {
		return wgtypes.Config{}, err
	}
	c.ReplacePeers = true
	c.PrivateKey = orZero(c.PrivateKey)
	c.ListenPort = orZero(c.ListenPort)
	c.FirewallMark = orZero(c.FirewallMark)
	// A later section with the same key keeps what the first one sets.
	seen := make(map[wgtypes.PublicKey]struct{}, len(c.Peers))
	for i := range c.Peers {
		p, before := &c.Peers[i], len(seen)
		if seen[p.PublicKey] = struct{}{}; len(seen) == before {
			continue
		}
		p.PresharedKey = orZero(p.PresharedKey)
		p.PersistentKeepalive = orZero(p.PersistentKeepalive)
	}
	return c, nil
}

// AddConfig returns the change that wg(8)'s addconf makes: it keeps settings and
// peers that s does not have. It replaces the AllowedIPs of the peers in s, unless
// they are Incremental. Errors are those of Config.
func (s *Settings) AddConfig() (wgtypes.Config, error) {
	c := wgtypes.Config{
		PrivateKey:   clone(s.Interface.PrivateKey),
		ListenPort:   clone(s.Interface.ListenPort),
		FirewallMark: clone(s.Interface.FwMark),
		Amnezia:      cloneAmnezia(s.Interface.Amnezia),
	}
	to := room{make([]netip.Prefix, 0, s.countAllowedIPs()), make([]wgtypes.PresharedKey, 0, len(s.Peers)), make([]time.Duration, 0, len(s.Peers))}
	if len(s.Peers) > 0 {
		c.Peers = make([]wgtypes.PeerConfig, 0, len(s.Peers))
	}
	for i := range s.Peers {
		var err error
		if c.Peers, err = s.Peers[i].appendConfigs(c.Peers, &to); err != nil {
			return wgtypes.Config{}, err
		}
	}
	if err := validate(c); err != nil {
		return wgtypes.Config{}, err
	}
	return c, nil
}

// countAllowedIPs returns the number of AllowedIPs of all peers.
func (s *Settings) countAllowedIPs() (n int) {
	for i := range s.Peers {
		n += len(s.Peers[i].AllowedIPs)
	}
	return n
}

// validate returns the error of c.Validate, but accepts the zero public key,
// which a file can have. Clients refuse it.
func validate(c wgtypes.Config) error {
	err := c.Validate()
	// Validate reports missing keys last, so everything else is valid.
	if fe, ok := errors.AsType[*wgtypes.FieldError](err); ok && fe.Field == "PublicKey" {
		return nil
	}
	return err
}

// Configs returns the change to a device's peer. It keeps settings that p does not
// have. The result is one PeerConfig, or several to apply in order if AllowedIPs
// both add and remove a prefix. Errors are those of [Settings.Config].
//
// An empty list replaces the peer's list, unless p is Incremental.
func (p Peer) Configs() ([]wgtypes.PeerConfig, error) {
	c, err := p.appendConfigs(nil, &room{prefixes: make([]netip.Prefix, 0, len(p.AllowedIPs))})
	if err != nil {
		return nil, err
	}
	if err := validate(wgtypes.Config{Peers: c}); err != nil {
		return nil, err
	}
	return c, nil
}

// room is memory that peers share, so that each needs no allocations of its own.
type room struct {
	prefixes   []netip.Prefix // of the next peers
	keys       []wgtypes.PresharedKey
	keepalives []time.Duration
}

// appendConfigs appends the change to a peer. It stores values in to, which has the
// capacity for the prefixes.
func (p *Peer) appendConfigs(peers []wgtypes.PeerConfig, to *room) ([]wgtypes.PeerConfig, error) {
	c := wgtypes.PeerConfig{
		PublicKey:              p.PublicKey,
		PresharedKey:           cloneIn(&to.keys, p.PresharedKey),
		PersistentKeepalive:    cloneIn(&to.keepalives, p.PersistentKeepalive),
		PersistentKeepaliveMax: p.PersistentKeepaliveMax,
		ReplaceAllowedIPs:      !p.Incremental,
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
		to.prefixes = append(to.prefixes, a.Prefix.Masked())
	}
	if len(to.prefixes) > 0 {
		c.AllowedIPs = slices.Clip(to.prefixes)
	}
	to.prefixes = to.prefixes[len(to.prefixes):]
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

// appendOrdered adds the lists to the last of peers. A PeerConfig cannot have a
// prefix in both lists, and cannot both replace and remove. Where the order
// requires that, appendOrdered appends another PeerConfig.
func (p *Peer) appendOrdered(peers []wgtypes.PeerConfig) []wgtypes.PeerConfig {
	c := &peers[len(peers)-1]
	has := make(map[netip.Prefix]bool)  // the prefixes of the list so far
	said := make(map[netip.Prefix]bool) // the prefixes in c: whether it removes them
	for _, a := range p.AllowedIPs {
		prefix := a.Prefix.Masked()
		if !p.Incremental && a.Remove && !has[prefix] {
			continue
		}
		has[prefix] = !a.Remove
		// This also separates a removal from the PeerConfig that replaces the list:
		// only a prefix in it can be removed.
		if removes, ok := said[prefix]; ok && removes != a.Remove {
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

// cloneIn is clone with a copy in list.
func cloneIn[T any](list *[]T, p *T) *T {
	if p == nil {
		return nil
	}
	*list = append(*list, *p)
	return &(*list)[len(*list)-1]
}

func orZero[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}
