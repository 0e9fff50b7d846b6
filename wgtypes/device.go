package wgtypes

import (
	"net/netip"
	"slices"
	"time"
)

// DeviceRef identifies a device, without its state.
type DeviceRef struct {
	// Name is the name of the interface. Each Kind may have a device of that name.
	Name string `json:"name"`
	// Kind says where the device lives.
	Kind Kind `json:"kind"`
	// Index is the index of the interface in the network namespace of the
	// client. It is 0 for devices that are not in the kernel.
	Index int `json:"index,omitempty"`
}

// Device is the state of a WireGuard interface.
//
// The secrets of a Device and its peers are not in its JSON form, nor do other
// encoders see them that obey struct tags. WithSecrets includes them in JSON.
type Device struct {
	// Name, Index and Kind are as in DeviceRef.
	Name  string `json:"name"`
	Index int    `json:"index"`
	Kind  Kind   `json:"kind"`
	// PrivateKey is zero if the device has none, or does not tell it (boringtun).
	PrivateKey PrivateKey `json:"private_key" xml:"-" yaml:"-"`
	// PublicKey belongs to PrivateKey. It is zero if the device has no key.
	PublicKey PublicKey `json:"public_key"`
	// ListenPort is the UDP port. It is 0 if none was chosen yet.
	ListenPort uint16 `json:"listen_port"`
	// FirewallMark is the mark of outgoing packets (fwmark). 0 means no mark.
	FirewallMark uint32 `json:"firewall_mark"`
	// Peers are in the order in which the backend returned them. The kernel
	// returns them in the order of their creation, wireguard-go in random order.
	Peers []Peer `json:"peers"`
}

// Peer is the state of one peer of a Device.
type Peer struct {
	// PublicKey identifies the peer.
	PublicKey PublicKey `json:"public_key"`
	// PresharedKey is zero if there is none.
	PresharedKey PresharedKey `json:"preshared_key" xml:"-" yaml:"-"`
	// Endpoint is the address to which packets for the peer are sent: the
	// configured one, or the source of its last packet. It is invalid (zero) if
	// it is not known.
	Endpoint netip.AddrPort `json:"endpoint"`
	// PersistentKeepalive is 0 (off) to 65535 whole seconds.
	PersistentKeepalive time.Duration `json:"persistent_keepalive"`
	// LastHandshake is in UTC. It is the zero time if there was no handshake.
	LastHandshake time.Time `json:"last_handshake"`
	// ReceiveBytes counts the bytes received since the peer was created.
	ReceiveBytes uint64 `json:"receive_bytes"`
	// TransmitBytes counts the bytes sent since the peer was created.
	TransmitBytes uint64 `json:"transmit_bytes"`
	// AllowedIPs are masked. A prefix belongs to at most one peer of a device.
	// The capacity of the list is its length.
	AllowedIPs []netip.Prefix `json:"allowed_ips"`
	// ProtocolVersion is 1 in every implementation that reports it, else 0.
	ProtocolVersion int `json:"protocol_version"`
}

// SessionLifetime is how long a session may be used after its handshake
// (WireGuard's REJECT_AFTER_TIME).
const SessionLifetime = 180 * time.Second

// Connected reports whether p may have a session at the time now: its last
// handshake is at most SessionLifetime before it. If the clock was set back, the
// handshake may be as much after it.
func (p Peer) Connected(now time.Time) bool {
	return !p.LastHandshake.IsZero() && now.Sub(p.LastHandshake).Abs() <= SessionLifetime
}

// Clone returns a copy of d that shares no memory with it, and nil if d is nil.
func (d *Device) Clone() *Device {
	if d == nil {
		return nil
	}
	c := *d
	c.Peers = slices.Clone(d.Peers)
	for i := range c.Peers {
		c.Peers[i] = c.Peers[i].Clone()
	}
	return &c
}

// Clone returns a copy of p that shares no memory with it, except for keys,
// which are immutable.
func (p Peer) Clone() Peer {
	p.AllowedIPs = slices.Clip(slices.Clone(p.AllowedIPs))
	return p
}
