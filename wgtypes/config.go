package wgtypes

import (
	"net/netip"
	"time"
)

// Config is a change to a device. Settings whose fields are nil stay as they are;
// the zero Config changes nothing.
//
// docs/semantics.md says what each field does in each backend, and what is not
// atomic.
type Config struct {
	// PrivateKey replaces the device's key; a zero key removes it. A peer whose
	// public key becomes the device's own is removed.
	PrivateKey *PrivateKey `json:"private_key"`
	// ListenPort replaces the UDP port; 0 lets the system choose one.
	ListenPort *uint16 `json:"listen_port"`
	// FirewallMark replaces the mark of outgoing packets; 0 is off. On OpenBSD it is
	// the number of their routing table.
	FirewallMark *uint32 `json:"firewall_mark"`
	// Amnezia changes the parameters of AmneziaWG. Only AmneziaWG devices have them; nil
	// leaves them as they are.
	Amnezia *AmneziaConfig `json:"amnezia"`
	// ReplacePeers removes every peer before Peers are applied.
	ReplacePeers bool `json:"replace_peers"`
	// Peers are applied in order. The same key may occur twice.
	Peers []PeerConfig `json:"peers"`
}

// IsZero reports whether c sets nothing, so that it changes no device.
func (c Config) IsZero() bool {
	return c.PrivateKey == nil && c.ListenPort == nil && c.FirewallMark == nil &&
		(c.Amnezia == nil || c.Amnezia.IsZero()) && !c.ReplacePeers && len(c.Peers) == 0
}

// String returns the fields that c sets on one line, without secrets, as in
// "{listen_port=51820 peers=[{public_key=... allowed_ips=[10.0.0.0/8]}]}". The
// names are those of the JSON form. [AppendChange] returns a text for people.
func (c Config) String() string { return objectText(configFields, &c) }

// String returns the fields that p sets, in the form of [Config.String].
func (p PeerConfig) String() string { return objectText(peerConfigFields, &p) }

// PeerConfig is a change to one peer of a device. The peer is created if it does
// not exist. Settings whose fields are nil or zero stay as they are.
type PeerConfig struct {
	// PublicKey identifies the peer. It must not be zero, unless Remove is set.
	// Every backend ignores a peer with the key of the device itself.
	PublicKey PublicKey `json:"public_key"`
	// Remove removes the peer, if it exists; every other field is ignored.
	Remove bool `json:"remove"`
	// UpdateOnly changes the peer only if it exists.
	UpdateOnly bool `json:"update_only"`
	// PresharedKey replaces the peer's key; a zero key removes it.
	PresharedKey *PresharedKey `json:"preshared_key"`
	// Endpoint replaces the peer's address; the zero AddrPort leaves it as it is.
	// An IPv4-mapped address means the IPv4 address. The zone of a link-local
	// address is the name or index of an interface. A port without an address and
	// a zone with control bytes are invalid. No backend can clear an endpoint.
	Endpoint netip.AddrPort `json:"endpoint"`
	// PersistentKeepalive is in whole seconds, 0 (off) to 65535.
	PersistentKeepalive *time.Duration `json:"persistent_keepalive"`
	// PersistentKeepaliveMax makes PersistentKeepalive the lower end of a range of
	// intervals that AmneziaWG 3 uses at random. It is in whole seconds, from
	// PersistentKeepalive, which must be set, to 65535; 0 means no range. Other
	// implementations have no ranges.
	PersistentKeepaliveMax time.Duration `json:"persistent_keepalive_max"`
	// ReplaceAllowedIPs empties the peer's list before AllowedIPs are added.
	ReplaceAllowedIPs bool `json:"replace_allowed_ips"`
	// AllowedIPs are masked and added. A prefix that belongs to another peer of
	// the device moves to this one. Prefixes must be valid: see
	// netip.Prefix.IsValid.
	AllowedIPs []netip.Prefix `json:"allowed_ips"`
	// RemoveAllowedIPs are masked and removed from the peer. Prefixes that the peer
	// does not have are ignored, even if they are part of one that it has. Prefixes
	// must be valid, as in AllowedIPs. The field must be empty if ReplaceAllowedIPs
	// is set, and share no prefix with AllowedIPs.
	RemoveAllowedIPs []netip.Prefix `json:"remove_allowed_ips"`
}
