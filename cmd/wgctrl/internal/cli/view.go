package cli

import (
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// The JSON of show is that of wgtypes.Device, but for secrets, in whose place
// stands "(hidden)" unless they were asked for, and for what a field leaves
// out. docs/command.md describes it.

type deviceView struct {
	Name         string            `json:"name"`
	Kind         wgtypes.Kind      `json:"kind"`
	Index        int               `json:"index,omitzero"`
	PrivateKey   string            `json:"private_key,omitzero"`
	PublicKey    wgtypes.PublicKey `json:"public_key,omitzero"`
	ListenPort   *uint16           `json:"listen_port,omitzero"`
	FirewallMark *uint32           `json:"firewall_mark,omitzero"`
	Peers        []peerView        `json:"peers,omitzero"`
}

type peerView struct {
	PublicKey           wgtypes.PublicKey `json:"public_key"`
	PresharedKey        string            `json:"preshared_key,omitzero"`
	Endpoint            netip.AddrPort    `json:"endpoint,omitzero"`
	PersistentKeepalive *int64            `json:"persistent_keepalive,omitzero"`
	LastHandshake       time.Time         `json:"last_handshake,omitzero"`
	ReceiveBytes        *uint64           `json:"receive_bytes,omitzero"`
	TransmitBytes       *uint64           `json:"transmit_bytes,omitzero"`
	AllowedIPs          []netip.Prefix    `json:"allowed_ips,omitzero"`
	ProtocolVersion     int               `json:"protocol_version,omitzero"`
}

// view shows a device. show says which of its fields, and keys whether secrets.
func view(d *wgtypes.Device, show field, keys bool) deviceView {
	v := deviceView{Name: d.Name, Kind: d.Kind, Index: d.Index}
	if show.has(fieldPrivateKey) {
		v.PrivateKey = shown(d.PrivateKey, keys)
	}
	if show.has(fieldPublicKey) {
		v.PublicKey = d.PublicKey
	}
	if show.has(fieldListenPort) {
		v.ListenPort = &d.ListenPort
	}
	if show.has(fieldFwMark) {
		v.FirewallMark = &d.FirewallMark
	}
	if show&fieldsOfPeers != 0 {
		v.Peers = make([]peerView, len(d.Peers))
		for i := range d.Peers {
			v.Peers[i] = viewPeer(&d.Peers[i], show, keys)
		}
	}
	return v
}

func viewPeer(p *wgtypes.Peer, show field, keys bool) peerView {
	v := peerView{PublicKey: p.PublicKey}
	if show.has(fieldPresharedKeys) {
		v.PresharedKey = shown(p.PresharedKey, keys)
	}
	if show.has(fieldEndpoints) {
		v.Endpoint = p.Endpoint
	}
	if show.has(fieldKeepalive) {
		v.PersistentKeepalive = new(int64(p.PersistentKeepalive / time.Second))
	}
	if show.has(fieldHandshakes) {
		v.LastHandshake = p.LastHandshake
	}
	if show.has(fieldTransfer) {
		v.ReceiveBytes, v.TransmitBytes = &p.ReceiveBytes, &p.TransmitBytes
	}
	if show.has(fieldAllowedIPs) {
		v.AllowedIPs = append([]netip.Prefix{}, p.AllowedIPs...)
	}
	if show == fieldAll {
		v.ProtocolVersion = p.ProtocolVersion
	}
	return v
}

// shown is a secret's text, or what stands for it; "" for none.
func shown(k interface {
	IsZero() bool
	MarshalText() ([]byte, error)
}, keys bool) string {
	switch {
	case k.IsZero():
		return ""
	case !keys:
		return "(hidden)"
	}
	text, _ := k.MarshalText() // cannot fail
	return string(text)
}
