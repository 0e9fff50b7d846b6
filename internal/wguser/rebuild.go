package wguser

import (
	"errors"
	"slices"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// errKeyFirst is what boringtun would end of, with all of its devices.
var errKeyFirst = errors.New("this daemon (boringtun) needs a private key before it can have peers")

// rebuild returns the change that makes a boringtun device into what c makes of
// have: each peer that becomes another is removed and made anew, whole, since
// boringtun panics when a peer that it has is configured. (It also lacks
// update_only, replace_allowed_ips and the removal of single prefixes.) Peers
// that stay what they are are left alone; the others lose their sessions.
//
// The private key comes first in every request. Without any, peers cannot be.
func rebuild(have *wgtypes.Device, c wgtypes.Config) (wgtypes.Config, error) {
	want := wginternal.Apply(have, c)
	out := c
	out.Peers = nil
	had := byKey(have)
	if c.ReplacePeers {
		had = nil
	} else {
		will := byKey(want)
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

func byKey(d *wgtypes.Device) map[wgtypes.PublicKey]*wgtypes.Peer {
	m := make(map[wgtypes.PublicKey]*wgtypes.Peer, len(d.Peers))
	for i := range d.Peers {
		m[d.Peers[i].PublicKey] = &d.Peers[i]
	}
	return m
}

// samePeer compares counters too: a peer that was removed and added again
// starts at 0. The order of the prefixes means nothing to boringtun.
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

// whole is what makes p.
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
