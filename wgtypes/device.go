package wgtypes

import (
	"fmt"
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
	// client. It is 0 for devices that are not in the kernel, and on Windows.
	Index int `json:"index,omitempty"`
}

// Identity returns the part of r that stays the same while the device exists: its
// Kind and, since kernel devices can be renamed, its Index or, if that is 0, its
// Name. Use it as the key of a map of devices.
func (r DeviceRef) Identity() DeviceRef {
	if r.Index != 0 {
		r.Name = ""
	}
	return r
}

// Device is the state of a WireGuard interface.
//
// The JSON form of a Device omits its secrets and those of its peers, as do other
// encoders that obey struct tags. [WithSecrets] includes them in JSON.
type Device struct {
	// Name, Index and Kind are as in DeviceRef.
	Name  string `json:"name"`
	Index int    `json:"index"`
	Kind  Kind   `json:"kind"`
	// PrivateKey is zero if the device has none, or does not return it: boringtun
	// never does; FreeBSD, DragonFly BSD and NetBSD (except perhaps older releases)
	// only do to root.
	PrivateKey PrivateKey `json:"private_key" xml:"-" yaml:"-"`
	// PublicKey belongs to PrivateKey. It is zero if the device has no key, and on
	// NetBSD if the device does not return its PrivateKey.
	PublicKey PublicKey `json:"public_key"`
	// ListenPort is the UDP port. It is 0 if the system has not chosen one yet.
	ListenPort uint16 `json:"listen_port"`
	// FirewallMark is the mark of outgoing packets (fwmark). 0 means no mark. On
	// OpenBSD it is the number of their routing table.
	FirewallMark uint32 `json:"firewall_mark"`
	// Amnezia has the parameters of AmneziaWG. It is nil if the device is not one of
	// AmneziaWG, as far as it shows.
	Amnezia *Amnezia `json:"amnezia"`
	// Peers are in the order in which the backend returned them. The kernel
	// returns them in the order of their creation, wireguard-go in random order.
	Peers []Peer `json:"peers"`
}

// Peer is the state of one peer of a Device. The kernel of NetBSD does not report
// keepalives and counters: there they are 0.
type Peer struct {
	// PublicKey identifies the peer.
	PublicKey PublicKey `json:"public_key"`
	// PresharedKey is zero if the peer has none, or if FreeBSD, DragonFly BSD or NetBSD
	// hides it from a user other than root.
	PresharedKey PresharedKey `json:"preshared_key" xml:"-" yaml:"-"`
	// Endpoint is the address to which packets for the peer are sent: the
	// configured address, or the source of the peer's last packet. It is the zero
	// AddrPort if no address is known.
	Endpoint netip.AddrPort `json:"endpoint"`
	// PersistentKeepalive is 0 (off) to 65535 whole seconds.
	PersistentKeepalive time.Duration `json:"persistent_keepalive"`
	// PersistentKeepaliveMax is the upper end of the range of intervals that
	// AmneziaWG 3 uses at random, of which PersistentKeepalive is the lower end. It is 0
	// if the interval is not a range.
	PersistentKeepaliveMax time.Duration `json:"persistent_keepalive_max"`
	// LastHandshake is in UTC. It is the zero time if there was no handshake.
	LastHandshake time.Time `json:"last_handshake"`
	// ReceiveBytes counts the bytes received since the peer was created.
	ReceiveBytes uint64 `json:"receive_bytes"`
	// TransmitBytes counts the bytes sent since the peer was created.
	TransmitBytes uint64 `json:"transmit_bytes"`
	// AllowedIPs are masked. A prefix belongs to at most one peer of a device.
	// The capacity of the list is its length.
	AllowedIPs []netip.Prefix `json:"allowed_ips"`
	// ProtocolVersion is 1 if the implementation reports it, and 0 otherwise.
	ProtocolVersion int `json:"protocol_version"`
}

// SessionLifetime is how long a session may be used after its handshake
// (WireGuard's REJECT_AFTER_TIME).
const SessionLifetime = 180 * time.Second

// Connected reports whether p may have a session at the time now: whether now is at
// most [SessionLifetime] after the last handshake. If the clock was set back, now may
// be before the handshake, also by at most SessionLifetime.
func (p Peer) Connected(now time.Time) bool {
	return !p.LastHandshake.IsZero() && now.Sub(p.LastHandshake).Abs() <= SessionLifetime
}

// Clone returns a copy of d that shares no memory with it, except for keys, which
// are immutable. It returns nil if d is nil.
func (d *Device) Clone() *Device {
	if d == nil {
		return nil
	}
	c := *d
	c.Amnezia = d.Amnezia.Clone()
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

// Kind is the kind of a device: where it runs.
type Kind uint8

const (
	// KindUnknown is the zero value. No device has it.
	KindUnknown Kind = iota
	// KindKernel is a device of the operating system's kernel.
	KindKernel
	// KindUserspace is a device of a daemon with a UAPI socket.
	KindUserspace
	// KindInProcess is a device in the caller's own process.
	KindInProcess
	// KindAmneziaKernel is a device of the AmneziaWG module of Linux.
	KindAmneziaKernel
	// KindAmneziaUserspace is a device of a daemon with a UAPI socket where AmneziaWG's
	// daemons have theirs. An AmneziaWG device can also have one of the other kinds.
	KindAmneziaUserspace
)

var kinds = enum{typ: "Kind", noun: "kind", names: []string{
	KindUnknown:          "unknown",
	KindKernel:           "kernel",
	KindUserspace:        "userspace",
	KindInProcess:        "in-process",
	KindAmneziaKernel:    "amneziawg-kernel",
	KindAmneziaUserspace: "amneziawg-userspace",
}}

// String returns "unknown", "kernel", "userspace", "in-process", "amneziawg-kernel" or
// "amneziawg-userspace".
func (k Kind) String() string { return kinds.name(uint8(k)) }

// MarshalText returns what String returns. It fails if k is not one of the
// constants.
func (k Kind) MarshalText() ([]byte, error) { return kinds.marshal(uint8(k)) }

// UnmarshalText sets k from its name. On error k is unchanged.
func (k *Kind) UnmarshalText(text []byte) error {
	n, err := kinds.unmarshal(text)
	if err == nil {
		*k = Kind(n)
	}
	return err
}

// enum maps the values of an integer type to names.
type enum struct {
	typ   string   // the Go type
	noun  string   // for errors
	names []string // by value
}

// name returns the name of n, or a text such as "Kind(7)" if n has no name.
func (e enum) name(n uint8) string {
	if int(n) < len(e.names) {
		return e.names[n]
	}
	return fmt.Sprintf("%s(%d)", e.typ, n)
}

func (e enum) marshal(n uint8) ([]byte, error) {
	if int(n) >= len(e.names) {
		return nil, fmt.Errorf("wgtypes: invalid %s %d: must be 0 to %d", e.noun, n, len(e.names)-1)
	}
	return []byte(e.names[n]), nil
}

func (e enum) unmarshal(text []byte) (uint8, error) {
	for n, name := range e.names {
		if name == string(text) {
			return uint8(n), nil
		}
	}
	return 0, fmt.Errorf("wgtypes: invalid %s %q: must be one of %q", e.noun, text, e.names)
}
