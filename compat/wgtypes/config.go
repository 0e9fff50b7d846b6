package wgtypes

import (
	"errors"
	"net"
	"time"
)

// ErrUpdateOnlyNotSupported was the error of wgctrl-go on systems whose kernels do
// not support UpdateOnly. No function returns it.
var ErrUpdateOnlyNotSupported = errors.New("the UpdateOnly flag is not supported by this platform")

// Config is a change to a device. Settings whose fields are nil stay as they are.
type Config struct {
	// PrivateKey replaces the device's key; a zero Key removes it.
	PrivateKey *Key
	// ListenPort replaces the UDP port, up to 65535; 0 lets the system choose.
	ListenPort *int
	// FirewallMark replaces the mark of outgoing packets, which has 32 bits; 0 is
	// off. If an int has 32 bits, a negative number means the mark with the same
	// bits. On OpenBSD it is the number of their routing table.
	FirewallMark *int
	// ReplacePeers removes every peer before Peers are applied.
	ReplacePeers bool
	// Peers are applied in order.
	Peers []PeerConfig
}

// PeerConfig is a change to one peer of a device. The peer is created if it does
// not exist. Settings whose fields are nil stay as they are.
type PeerConfig struct {
	// PublicKey identifies the peer.
	PublicKey Key
	// Remove removes the peer, if it exists; every other field is ignored.
	Remove bool
	// UpdateOnly changes the peer only if it exists.
	UpdateOnly bool
	// PresharedKey replaces the peer's key; a zero Key removes it.
	PresharedKey *Key
	// Endpoint replaces the peer's address. It must have an IP. The zone of an IPv6
	// address is the name or index of an interface.
	Endpoint *net.UDPAddr
	// PersistentKeepaliveInterval is in whole seconds, 0 (off) to 65535.
	PersistentKeepaliveInterval *time.Duration
	// ReplaceAllowedIPs empties the peer's list before AllowedIPs are added.
	ReplaceAllowedIPs bool
	// AllowedIPs are added. The mask of each must consist of ones followed by zeros
	// and have the length of the address. An IPv4 address and its mask may have 16
	// bytes.
	AllowedIPs []net.IPNet
}
