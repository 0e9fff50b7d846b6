package wgtypes

import (
	"net"
	"time"
)

// DeviceType says where a Device runs.
type DeviceType int

// The types of devices. Kernel devices of DragonFly BSD and NetBSD are Unknown.
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

// String returns a name such as "Linux kernel", or "unknown" for a type that is not
// one of the constants.
func (dt DeviceType) String() string {
	if s, ok := deviceTypes[dt]; ok {
		return s
	}
	return "unknown"
}

// Device is the state of a WireGuard interface.
type Device struct {
	// Name is the name of the interface.
	Name string
	// Type says where the device runs.
	Type DeviceType
	// PrivateKey is zero if the device has none or does not return it.
	PrivateKey Key
	// PublicKey belongs to PrivateKey. It is zero if the device has no key, and on
	// NetBSD if the device does not return its PrivateKey.
	PublicKey Key
	// ListenPort is the UDP port. It is 0 if the system has not chosen one yet.
	ListenPort int
	// FirewallMark is the mark of outgoing packets. 0 means no mark. If an int has
	// 32 bits, a mark of 2^31 or more is negative. On OpenBSD it is the number of
	// their routing table.
	FirewallMark int
	// Peers are in the order in which the device returned them. It is nil if the
	// device has no peers.
	Peers []Peer
}

// Peer is the state of one peer of a Device. The kernel of NetBSD does not report
// keepalives and counters: there they are 0.
type Peer struct {
	// PublicKey identifies the peer.
	PublicKey Key
	// PresharedKey is zero if the peer has none, or if FreeBSD, DragonFly BSD or NetBSD
	// hides it from a user other than root.
	PresharedKey Key
	// Endpoint is the address to which packets for the peer are sent. It is nil if
	// no address is known. An IPv4 address has 4 bytes for kernel devices and 16
	// bytes for userspace devices.
	Endpoint *net.UDPAddr
	// PersistentKeepaliveInterval is 0 (off) to 65535 whole seconds.
	PersistentKeepaliveInterval time.Duration
	// LastHandshakeTime is in the local time zone. It is the zero time if there was
	// no handshake.
	LastHandshakeTime time.Time
	// ReceiveBytes and TransmitBytes count the bytes since the peer was created.
	ReceiveBytes  int64
	TransmitBytes int64
	// AllowedIPs are masked. IPv4 addresses have 4 bytes. It is nil if the peer has
	// no allowed IPs.
	AllowedIPs []net.IPNet
	// ProtocolVersion is 1 if the implementation reports it, and 0 otherwise.
	ProtocolVersion int
}
