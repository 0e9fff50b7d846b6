package wginternal

import (
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// desired turns want, a normalized description of a device, into changes of the
// device with the state have, whose own key is own afterwards:
//
//   - It replaces ReplacePeers by the removal of the peers that want does not
//     name, so that the others keep what want does not mention.
//   - It drops a peer with the key that the device itself has afterwards.
//   - It resolves UpdateOnly, so that applying the result twice has the same
//     effect as applying it once.
func desired(have *wgtypes.Device, want wgtypes.Config, own wgtypes.PublicKey) wgtypes.Config {
	want.Peers = resolveUpdateOnly(slices.DeleteFunc(slices.Clone(want.Peers), func(p wgtypes.PeerConfig) bool {
		return !p.Remove && p.PublicKey == own && !own.IsZero()
	}))
	if want.ReplacePeers {
		want.ReplacePeers = false
		want.Peers = slices.Insert(want.Peers, 0, removalsForUnnamed(have, want)...)
	}
	return want
}

// resolveUpdateOnly finds the last element of each peer that creates or removes it,
// and makes the peer's earlier elements independent of whether the peer exists:
// before a creation it clears UpdateOnly, and before a removal it drops the
// elements. It overwrites peers.
func resolveUpdateOnly(peers []wgtypes.PeerConfig) []wgtypes.PeerConfig {
	decided := make(map[wgtypes.PublicKey]int, len(peers)) // index of the last element that decides
	for i, p := range slices.Backward(peers) {
		if !p.UpdateOnly { // true for every removal: Normalize clears UpdateOnly
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

// dropSatisfied returns want, which is normalized, without the device's own settings
// that match have already. Any port satisfies port 0. If the private key is unknown,
// the public key decides.
func dropSatisfied(have *wgtypes.Device, want wgtypes.Config) wgtypes.Config {
	if k := want.PrivateKey; k != nil && hasKey(have, *k) {
		want.PrivateKey = nil
	}
	if p := want.ListenPort; p != nil && (*p == 0 || *p == have.ListenPort) {
		want.ListenPort = nil
	}
	if m := want.FirewallMark; m != nil && *m == have.FirewallMark {
		want.FirewallMark = nil
	}
	if want.Amnezia != nil {
		want.Amnezia = DiffAmnezia(have.Amnezia, *want.Amnezia)
	}
	return want
}

// hasKey reports whether k, which is clamped, is the private key of d.
func hasKey(d *wgtypes.Device, k wgtypes.PrivateKey) bool {
	if d.PrivateKey.IsZero() {
		return d.PublicKey == k.PublicKey() // some devices do not return their private key
	}
	return d.PrivateKey.Clamped().Equal(k)
}

// removalsForUnnamed returns removals of the device's peers that want does not
// name.
func removalsForUnnamed(have *wgtypes.Device, want wgtypes.Config) []wgtypes.PeerConfig {
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
