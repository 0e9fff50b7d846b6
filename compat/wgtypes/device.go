package wgtypes

import (
	"net"
	"time"
)

// DeviceType says what drives a Device.
type DeviceType int

// The types of devices. LinuxKernel and Userspace are those that occur: kernel
// devices of other systems are not supported yet.
const (
	Unknown DeviceType = iota
	LinuxKernel
	OpenBSDKernel
	FreeBSDKernel
	WindowsKernel
	Userspace
)

var deviceTypes = map[DeviceType]string{
	LinuxKernel:   "Linux kernel",
	OpenBSDKernel: "OpenBSD kernel",
	FreeBSDKernel: "FreeBSD kernel",
	WindowsKernel: "Windows kernel",
	Userspace:     "userspace",
}

// String returns the type in words, and "unknown" for one that does not exist.
func (dt DeviceType) String() string {
	if s, ok := deviceTypes[dt]; ok {
		return s
	}
	return "unknown"
}

// Device is the state of a WireGuard interface at one moment.
type Device struct {
	// Name is the interface's.
	Name string
	// Type says what drives it.
	Type DeviceType
	// PrivateKey is zero when the device has none or does not tell it.
	PrivateKey Key
	// PublicKey belongs to PrivateKey. It is zero when the device has no key.
	PublicKey Key
	// ListenPort is the UDP port, and 0 when none was chosen yet.
	ListenPort int
	// FirewallMark is the mark of outgoing packets, and 0 for none. NB: where
	// int has 32 bits, a mark above them is negative.
	FirewallMark int
	// Peers are in the order in which the device gave them, and nil for none.
	Peers []Peer
}

// Peer is the state of one peer of a Device.
type Peer struct {
	// PublicKey identifies the peer.
	PublicKey Key
	// PresharedKey is zero when there is none.
	PresharedKey Key
	// Endpoint is where packets to the peer are sent, configured or learned. It
	// is nil when unknown. A kernel device gives an IPv4 address in 4 bytes, a
	// userspace device in 16.
	Endpoint *net.UDPAddr
	// PersistentKeepaliveInterval is in whole seconds, and 0 when off.
	PersistentKeepaliveInterval time.Duration
	// LastHandshakeTime is in the local time zone, and the zero time when there
	// was none.
	LastHandshakeTime time.Time
	// ReceiveBytes and TransmitBytes count since the peer was created.
	ReceiveBytes  int64
	TransmitBytes int64
	// AllowedIPs are masked, IPv4 in 4 bytes, and nil for none.
	AllowedIPs []net.IPNet
	// ProtocolVersion is 1 where it is known, and 0 elsewhere.
	ProtocolVersion int
}
