package host

import (
	"fmt"
	"net/netip"
)

// Link is a network interface.
type Link struct {
	Name  string
	Index int
	MTU   int
	Kind  string // such as "wireguard"; empty for hardware
	Up    bool
}

// Filter selects routes.
type Filter struct {
	IPv6  bool
	Table uint32 // 0 selects every table
	Index int    // of the interface; 0 selects every route
}

// Route is a route to an interface.
type Route struct {
	Prefix netip.Prefix
	Index  int    // of the interface; a route with several next hops has the first one's
	Table  uint32 // 0 means the main table
	Metric uint32 // 0 means the kernel's default
}

// Rule is a policy rule that looks up a routing table.
type Rule struct {
	IPv6     bool
	Priority uint32 // for AddRule, 0 means that the kernel chooses
	Invert   bool   // the rule matches packets without Mark
	Mark     uint32 // 0 means any
	Table    uint32
	// SuppressPrefixLength makes the rule ignore routes whose prefix is not longer.
	SuppressPrefixLength *uint32
	// Other is true if the rule has other conditions or another action. Only Rules
	// returns such a Rule.
	Other bool
}

// String returns the rule in the words of ip-rule(8).
func (r Rule) String() string {
	text := ""
	if r.Priority != 0 {
		text = fmt.Sprintf("priority %d ", r.Priority)
	}
	if r.Invert {
		text += "not "
	}
	if r.Mark != 0 {
		text += fmt.Sprintf("fwmark %d ", r.Mark)
	}
	text += fmt.Sprintf("table %d", r.Table)
	if r.SuppressPrefixLength != nil {
		text += fmt.Sprintf(" suppress_prefixlength %d", *r.SuppressPrefixLength)
	}
	return text
}

// Firewall has the rules that wg-quick(8) sets for one address family of an interface
// with a default route: a packet to one of the addresses must come from the interface,
// and replies to the device's UDP packets get the mark of the device.
type Firewall struct {
	Interface string
	IPv6      bool
	Addresses []netip.Addr
	Mark      uint32
}
