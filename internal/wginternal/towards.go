package wginternal

import (
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// towards returns the normal form of want as a description of what have shall
// become. Applying it does that:
//
//   - settings of the device that have meets are left out: any port meets port
//     0, and an unknown private key is the one of the public key
//   - ReplacePeers becomes the removal of the peers that want does not name,
//     so that the others keep what want does not say
//   - the device's own key, after the change, is no peer
//   - nothing depends on UpdateOnly that a second time would find decided
func towards(have *wgtypes.Device, want wgtypes.Config) wgtypes.Config {
	want = unmet(have, Normalize(want))
	own := have.PublicKey
	if want.PrivateKey != nil {
		own = want.PrivateKey.PublicKey()
	}
	want.Peers = certain(slices.DeleteFunc(slices.Clone(want.Peers), func(p wgtypes.PeerConfig) bool {
		return !p.Remove && p.PublicKey == own && !own.IsZero()
	}))
	if want.ReplacePeers {
		want.ReplacePeers = false
		want.Peers = append(unnamed(have, want), want.Peers...)
	}
	return want
}

// certain takes out of peers, which it overwrites, what depends on whether a
// peer exists that peers create or remove later: before the creation UpdateOnly
// does not count, before the removal the element does not.
func certain(peers []wgtypes.PeerConfig) []wgtypes.PeerConfig {
	decided := make(map[wgtypes.PublicKey]int) // by the element of that index
	for i, p := range slices.Backward(peers) {
		if p.Remove || !p.UpdateOnly {
			decided[p.PublicKey] = i
		}
	}
	kept := peers[:0]
	for i, p := range peers {
		if by, ok := decided[p.PublicKey]; ok && i < by {
			if peers[by].Remove {
				continue
			}
			p.UpdateOnly = false
		}
		kept = append(kept, p)
	}
	return kept
}

// unmet leaves out of want the device's own settings that have meets.
func unmet(have *wgtypes.Device, want wgtypes.Config) wgtypes.Config {
	if k := want.PrivateKey; k != nil && hasKey(have, *k) {
		want.PrivateKey = nil
	}
	if p := want.ListenPort; p != nil && (*p == 0 || *p == have.ListenPort) {
		want.ListenPort = nil
	}
	if m := want.FirewallMark; m != nil && *m == have.FirewallMark {
		want.FirewallMark = nil
	}
	return want
}

// hasKey reports whether k, which is clamped, is the private key of d.
func hasKey(d *wgtypes.Device, k wgtypes.PrivateKey) bool {
	if d.PrivateKey.IsZero() {
		return d.PublicKey == k.PublicKey() // a device may keep its key for itself
	}
	return d.PrivateKey.Clamped().Equal(k)
}

// unnamed removes the peers of have that want does not name.
func unnamed(have *wgtypes.Device, want wgtypes.Config) []wgtypes.PeerConfig {
	named := make(map[wgtypes.PublicKey]bool, len(want.Peers))
	for i := range want.Peers {
		named[want.Peers[i].PublicKey] = true
	}
	var list []wgtypes.PeerConfig
	for i := range have.Peers {
		if k := have.Peers[i].PublicKey; !named[k] {
			list = append(list, wgtypes.PeerConfig{PublicKey: k, Remove: true})
		}
	}
	return list
}
