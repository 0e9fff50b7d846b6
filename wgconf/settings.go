package wgconf

import (
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Settings are what a file says.
type Settings struct {
	// Interface is what all [Interface] sections say together.
	Interface Interface
	// Peers are the [Peer] sections, in order. One key may occur twice.
	Peers []Peer
}

// Interface is what the sections of that name say. Pointers are nil and lists
// empty where they say nothing.
type Interface struct {
	// PrivateKey is zero where the file clears it.
	PrivateKey *wgtypes.PrivateKey
	// ListenPort is 0 for a port of the system's choice.
	ListenPort *uint16
	// FwMark is 0 for off.
	FwMark *uint32

	// The rest is wg-quick's. See wg-quick(8).

	// Addresses are those of the interface, with their host bits. One without
	// a length has the full one.
	Addresses []netip.Prefix
	// DNS are the servers that DNS names, and Search the domains.
	DNS    []netip.Addr
	Search []string
	// MTU is 0 for wg-quick's choice.
	MTU int
	// Table is "off", "auto", a number or a name, and "" where it is not given,
	// which means auto.
	Table string
	// SaveConfig makes wg-quick write the file anew when the interface goes.
	SaveConfig bool
	// The hooks are shell commands, in which %i stands for the interface.
	PreUp, PostUp, PreDown, PostDown []string
}

// Peer is what one section of that name says.
type Peer struct {
	// PublicKey identifies the peer.
	PublicKey wgtypes.PublicKey
	// PresharedKey is nil where the section has none, zero where it clears it.
	PresharedKey *wgtypes.PresharedKey
	// AllowedIPs are what the section's lists say together. They replace the
	// peer's list, unless Incremental is set. The capacity is the length.
	AllowedIPs []AllowedIP
	// Incremental: AllowedIPs are added to the peer's list and removed from it,
	// in order. A file says so by + and - in the section's last list.
	Incremental bool
	// Endpoint is zero where the section has none.
	Endpoint Endpoint
	// PersistentKeepalive is nil where the section has none, and otherwise in
	// whole seconds, 0 (off) to 65535.
	PersistentKeepalive *time.Duration
}
