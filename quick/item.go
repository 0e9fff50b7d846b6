package quick

import (
	"fmt"
	"net/netip"

	"github.com/wgctrl/wgctrl/quick/internal/dns"
)

// kind says what an item is.
type kind string

const (
	kindLink      kind = "link"
	kindWireGuard kind = "wireguard"
	kindAddress   kind = "address"
	kindMTU       kind = "mtu"
	kindDNS       kind = "dns"
	kindMark      kind = "mark"
	kindRule      kind = "rule"     // not fwmark Mark lookup Table
	kindSuppress  kind = "suppress" // lookup main suppress_prefixlength 0
	kindRoute     kind = "route"
	kindSysctl    kind = "sysctl"
	kindFirewall  kind = "firewall"
	kindHook      kind = "hook"
	kindSave      kind = "save"
)

// item is a part of an interface, or a hook. The items that exist make up the
// record. Each kind uses some of the fields.
type item struct {
	Kind kind `json:"kind"`
	// Pending reports that the item may not exist yet.
	Pending bool `json:"pending,omitempty"`
	// IPv6 is the family of a rule or a firewall.
	IPv6 bool `json:"ipv6,omitempty"`
	// Index is that of a link. It is 0 while the link is being created.
	Index int `json:"index,omitempty"`
	// Userspace reports that a program made the link.
	Userspace bool `json:"userspace,omitempty"`
	// Prefix is an address with its length, or the destination of a route.
	Prefix netip.Prefix `json:"prefix,omitzero"`
	MTU    int          `json:"mtu,omitempty"`
	// Table is that of a rule or a route. For a route, 0 means the main table.
	Table uint32 `json:"table,omitempty"`
	// Priority is that of a rule. It is 0 if the kernel chooses it.
	Priority uint32 `json:"priority,omitempty"`
	// Mark is that of a rule, a firewall or the device. A suppressing rule has that of
	// the rule that it stands above.
	Mark uint32 `json:"mark,omitempty"`
	// Addresses are the addresses that a firewall protects, or DNS servers.
	Addresses []netip.Addr `json:"addresses,omitempty"`
	// Search has the search domains of DNS, and DNS the program that sets them.
	Search []string   `json:"search,omitempty"`
	DNS    dns.Record `json:"dns,omitzero"`
	// Split reports that the DNS servers are for the search domains only.
	Split bool `json:"split,omitempty"`
	// Peers is the number of peers of a WireGuard configuration.
	Peers int `json:"-"`
	// Word is an address or a table as the file has it, or the name that a command
	// uses.
	Word string `json:"word,omitempty"`
	// Event and Hook are the key and the command of a hook.
	Event string `json:"-"`
	Hook  string `json:"-"`
}

// itemID identifies what an item is for, whatever the kernel chose for it.
type itemID struct {
	kind    kind
	ipv6    bool
	prefix  netip.Prefix
	table   uint32
	mark    uint32
	mtu     int
	index   int
	record  dns.Record
	details string // addresses and search domains
	split   bool
}

func (a item) id() itemID {
	id := itemID{a.Kind, a.IPv6, a.Prefix, a.Table, a.Mark, a.MTU, a.Index, a.DNS, "", a.Split}
	if len(a.Addresses) > 0 || len(a.Search) > 0 {
		id.details = fmt.Sprint(a.Addresses, a.Search)
	}
	return id
}

// matches reports whether an interface that has b needs no a.
func (a item) matches(b item) bool { return a.Kind == b.Kind && a.id() == b.id() }

// same reports whether a and b are the same item of the system.
func (a item) same(b item) bool { return a.Priority == b.Priority && a.matches(b) }

// itemSet is a set of items by what they are for.
type itemSet map[itemID]bool

func newItemSet(items []item) itemSet {
	set := make(itemSet, len(items))
	for _, i := range items {
		set[i.id()] = true
	}
	return set
}

func (s itemSet) has(i item) bool { return s[i.id()] }

// isIPv6 reports whether an address, route, rule or firewall is one of IPv6.
func (a item) isIPv6() bool { return a.IPv6 || a.Prefix.Addr().Is6() }
