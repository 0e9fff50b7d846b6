package wgtypes

import (
	"net/netip"
	"slices"
	"time"
)

// DeviceRef names a device without its state, as listing finds it.
type DeviceRef struct {
	// Name is the interface's name. One name may occur once for each Kind.
	Name string `json:"name"`
	// Kind says where the device lives.
	Kind Kind `json:"kind"`
	// Index is the interface's index in the client's network namespace, and 0
	// where there is none: it is known of kernel devices only.
	Index int `json:"index,omitempty"`
}

// Device is the state of a WireGuard interface at one moment.
type Device struct {
	// Name, Index and Kind are as in DeviceRef.
	Name  string
	Index int
	Kind  Kind
	// PrivateKey is zero when the device has none, or, as boringtun, keeps it
	// for itself.
	PrivateKey PrivateKey
	// PublicKey belongs to PrivateKey. It is zero when the device has no key.
	PublicKey PublicKey
	// ListenPort is the UDP port, and 0 when none was chosen yet.
	ListenPort uint16
	// FirewallMark is the mark of outgoing packets (fwmark), and 0 for none.
	FirewallMark uint32
	// Peers are in the order in which the backend gave them: a kernel's is
	// that of creation, wireguard-go's is random.
	Peers []Peer
}

// Peer is the state of one peer of a Device.
type Peer struct {
	// PublicKey identifies the peer.
	PublicKey PublicKey
	// PresharedKey is zero when there is none.
	PresharedKey PresharedKey
	// Endpoint is where packets to the peer are sent: configured, or learned
	// from its last packet. It is invalid (zero) when unknown.
	Endpoint netip.AddrPort
	// PersistentKeepalive is in whole seconds up to 65535, and 0 when off.
	PersistentKeepalive time.Duration
	// LastHandshake is in UTC, and the zero time when there was none.
	LastHandshake time.Time
	// ReceiveBytes and TransmitBytes count since the peer was created.
	ReceiveBytes, TransmitBytes uint64
	// AllowedIPs are masked. A prefix belongs to at most one peer of a device.
	// The capacity is the length, so that appending reaches no other peer.
	AllowedIPs []netip.Prefix
	// ProtocolVersion is 1 in every implementation that reports it, and 0 in
	// the others.
	ProtocolVersion int
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

// Clone returns a copy of d that shares no memory with it. A nil Device has a
// nil clone.
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

// Clone returns a copy of p that shares no memory with it. (Keys are immutable
// and may be shared.)
func (p Peer) Clone() Peer {
	p.AllowedIPs = slices.Clip(slices.Clone(p.AllowedIPs))
	return p
}
