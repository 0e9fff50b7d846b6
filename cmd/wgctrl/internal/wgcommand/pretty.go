package wgcommand

import (
	"slices"
	"strconv"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// pretty shows a device to people.
func (c *command) pretty(d *wgtypes.Device) {
	p := printer{palette: c.palette(), clear: c.showsKeys(), now: c.env.now().Unix()}
	c.cleanDevice(d)
	out := &c.out
	out.b = p.appendDevice(out.b, d)
	peers := make([]*wgtypes.Peer, len(d.Peers))
	for i := range peers {
		peers[i] = &d.Peers[i]
	}
	// The latest handshake first. The zero time of who had none is the earliest.
	slices.SortStableFunc(peers, func(a, b *wgtypes.Peer) int { return b.LastHandshake.Compare(a.LastHandshake) })
	for _, peer := range peers {
		out.b = p.appendPeer(append(out.b, '\n'), peer)
		out.spill()
	}
}

// showsKeys says whether secret keys are shown to people.
func (c *command) showsKeys() bool {
	hide, _ := c.env.lookup("WG_HIDE_KEYS")
	return hide == "never"
}

// printer is how the pretty form is printed.
type printer struct {
	palette
	clear bool  // show secret keys
	now   int64 // seconds since 1970
}

// appendDevice appends everything but the peers.
func (p *printer) appendDevice(b []byte, d *wgtypes.Device) []byte {
	b = append(b, p.reset...)
	b = p.appendTitle(b, p.green, "interface")
	b = append(p.appendIn(b, p.green, d.Name), '\n')
	if !d.PublicKey.IsZero() {
		b = p.appendLabel(b, "public key")
		b = append(appendPublicKey(b, &d.PublicKey), '\n')
	}
	if !d.PrivateKey.IsZero() {
		b = p.appendLabel(b, "private key")
		b = append(p.appendSecret(b, d.PrivateKey), '\n')
	}
	if d.ListenPort != 0 {
		b = p.appendLabel(b, "listening port")
		b = append(strconv.AppendUint(b, uint64(d.ListenPort), 10), '\n')
	}
	if d.FirewallMark != 0 {
		b = p.appendLabel(b, "fwmark")
		b = append(appendMark(b, d.FirewallMark), '\n')
	}
	return b
}

func (p *printer) appendPeer(b []byte, peer *wgtypes.Peer) []byte {
	b = p.appendTitle(b, p.yellow, "peer")
	b = append(b, p.yellow...)
	b = appendPublicKey(b, &peer.PublicKey)
	b = append(append(b, p.reset...), '\n')
	if !peer.PresharedKey.IsZero() {
		b = p.appendLabel(b, "preshared key")
		b = append(p.appendSecret(b, peer.PresharedKey), '\n')
	}
	if peer.Endpoint.IsValid() {
		b = p.appendLabel(b, "endpoint")
		b = append(wgconf.AppendAddrPort(b, peer.Endpoint), '\n')
	}
	b = p.appendLabel(b, "allowed ips")
	if len(peer.AllowedIPs) == 0 {
		b = append(b, none...)
	}
	b = append(appendPrefixes(b, peer.AllowedIPs, p.cyan+"/"+p.reset, ", "), '\n')
	return p.appendActivity(b, peer)
}

// appendActivity appends what packets have to do with.
func (p *printer) appendActivity(b []byte, peer *wgtypes.Peer) []byte {
	if at := handshake(peer); at != 0 {
		b = p.appendLabel(b, "latest handshake")
		b = append(p.appendAgo(b, at), '\n')
	}
	if peer.ReceiveBytes != 0 || peer.TransmitBytes != 0 {
		b = p.appendLabel(b, "transfer")
		b = append(p.appendBytes(b, peer.ReceiveBytes), " received, "...)
		b = append(p.appendBytes(b, peer.TransmitBytes), " sent\n"...)
	}
	if peer.PersistentKeepalive != 0 {
		b = append(p.appendLabel(b, "persistent keepalive"), "every "...)
		b = append(p.appendTime(b, keepalive(peer)), '\n')
	}
	return b
}

func (p *printer) appendSecret(b []byte, k secretKey) []byte {
	if !p.clear {
		return append(b, "(hidden)"...)
	}
	return appendSecret(b, k)
}
