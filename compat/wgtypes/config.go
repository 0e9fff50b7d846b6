package wgtypes

import (
	"errors"
	"net"
	"time"
)

// ErrUpdateOnlyNotSupported was for systems whose kernels could not do what
// UpdateOnly asks for. Nothing returns it today.
var ErrUpdateOnlyNotSupported = errors.New("the UpdateOnly flag is not supported by this platform")

// Config is a change to a device. Fields left nil stay as they are.
type Config struct {
	// PrivateKey replaces the device's key; a zero Key removes it.
	PrivateKey *Key
	// ListenPort replaces the UDP port, up to 65535; 0 lets the system choose.
	ListenPort *int
	// FirewallMark replaces the mark, of up to 32 bits; 0 is off. Where int has
	// 32 bits, a negative number is the mark with the same bits.
	FirewallMark *int
	// ReplacePeers removes every peer before Peers are applied.
	ReplacePeers bool
	// Peers are applied in order.
	Peers []PeerConfig
}

// PeerConfig is a change to one peer of a device, which is created if it does
// not exist. Fields left nil stay as they are.
type PeerConfig struct {
	// PublicKey identifies the peer.
	PublicKey Key
	// Remove removes the peer, if it exists; every other field is ignored.
	Remove bool
	// UpdateOnly changes the peer only if it exists.
	UpdateOnly bool
	// PresharedKey replaces the peer's key; a zero Key removes it.
	PresharedKey *Key
	// Endpoint replaces the peer's address, which must have an IP. The zone of
	// an IPv6 address is an interface's name or number.
	Endpoint *net.UDPAddr
	// PersistentKeepaliveInterval is in whole seconds, 0 (off) to 65535.
	PersistentKeepaliveInterval *time.Duration
	// ReplaceAllowedIPs empties the peer's list before AllowedIPs are added.
	ReplaceAllowedIPs bool
	// AllowedIPs are added. Each has a mask of leading ones, as long as the
	// address; an IPv4 address and its mask may have 16 bytes.
	AllowedIPs []net.IPNet
}
