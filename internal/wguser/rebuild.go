package wguser

import (
	"errors"
	"slices"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// errKeyFirst is returned instead of sending a request that would crash boringtun.
var errKeyFirst = errors.New("this daemon (boringtun) cannot have peers before it has a private key: set PrivateKey first")

// rebuild converts c to a change of a boringtun device with the state have. Each
// peer that c changes is removed and added again with all of its settings, because
// boringtun crashes when a peer that it has is configured, and lacks update_only,
// replace_allowed_ips and the removal of single prefixes. Such a peer loses its
// session. Other peers are not touched.
//
// If the device would have peers but no private key, the error is errKeyFirst.
func rebuild(have *wgtypes.Device, c wgtypes.Config) (wgtypes.Config, error) {
	want := wginternal.Apply(have, c)
	out := c
	out.Peers = nil
	had := wginternal.PeersByKey(have)
	if c.ReplacePeers {
		had = nil
	} else {
		will := wginternal.PeersByKey(want)
		for i := range have.Peers {
			k := have.Peers[i].PublicKey
			if p := will[k]; p == nil || !samePeer(p, &have.Peers[i]) {
				out.Peers = append(out.Peers, wgtypes.PeerConfig{PublicKey: k, Remove: true})
			}
		}
	}
	for i := range want.Peers {
		p := &want.Peers[i]
		if old := had[p.PublicKey]; old == nil || !samePeer(p, old) {
			out.Peers = append(out.Peers, whole(p))
		}
	}
	if len(want.Peers) > 0 && want.PrivateKey.IsZero() && want.PublicKey.IsZero() {
		return wgtypes.Config{}, errKeyFirst
	}
	return out, nil
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
