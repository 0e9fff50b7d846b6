package wginternal

import "github.com/wgctrl/wgctrl/wgtypes"

// HasUpdateOnly reports whether an element of c has UpdateOnly.
func HasUpdateOnly(c wgtypes.Config) bool {
	return AnyPeer(c.Peers, func(p *wgtypes.PeerConfig) bool { return p.UpdateOnly })
}

// DropAbsent returns c without the elements that have UpdateOnly and whose peer does
// not exist when they are applied to a device with the state have. The other elements
// lose UpdateOnly. So the result has the effect of c on a device that cannot update
// only, unless the device has changed since it was read. c must be normalized; it is
// not modified.
func DropAbsent(have *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
	if !HasUpdateOnly(c) {
		return c
	}
	own := have.PublicKey
	if c.PrivateKey != nil {
		own = c.PrivateKey.PublicKey()
	}
	isOwn := func(k wgtypes.PublicKey) bool { return k == own && !own.IsZero() }
	exists := make(map[wgtypes.PublicKey]bool, len(have.Peers))
	if !c.ReplacePeers {
		for i := range have.Peers {
			exists[have.Peers[i].PublicKey] = true
		}
	}
	if c.PrivateKey != nil && !own.IsZero() {
		delete(exists, own)
	}
	kept := make([]wgtypes.PeerConfig, 0, len(c.Peers))
	for _, p := range c.Peers {
		if p.UpdateOnly && !exists[p.PublicKey] {
			continue
		}
		p.UpdateOnly = false
		exists[p.PublicKey] = !p.Remove && (exists[p.PublicKey] || !isOwn(p.PublicKey))
		kept = append(kept, p)
	}
	c.Peers = kept
	return c
}
