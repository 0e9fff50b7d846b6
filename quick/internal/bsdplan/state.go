package bsdplan

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/wgconf"
)

// State is what the commands of Up and Change made. It is stored while the tunnel is
// up, so that Down and Change know it although no process keeps it.
type State struct {
	// Device is the name of the system's interface. It is empty while the interface is
	// being created.
	Device string `json:"device,omitempty"`
	// Changing says that Change began and did not end, so that it is unknown which of
	// its commands ran.
	Changing bool `json:"changing,omitempty"`
	// Table and MTU are those of the file.
	Table string `json:"table,omitempty"`
	MTU   int    `json:"mtu,omitempty"`
	// Addresses and Routes are those that Note has added.
	Addresses []netip.Prefix `json:"addresses,omitempty"`
	Routes    []netip.Prefix `json:"routes,omitempty"`
	// First4 and First6 are the addresses that routes of OpenBSD name.
	First4 netip.Addr `json:"first4,omitzero"`
	First6 netip.Addr `json:"first6,omitzero"`
	// Hosts are the endpoints that have a route of their own, through the gateways.
	Hosts    []netip.Addr `json:"hosts,omitempty"`
	Gateway4 string       `json:"gateway4,omitempty"`
	Gateway6 string       `json:"gateway6,omitempty"`
	// DNS and Search are the DNS servers and search domains. Services have those of
	// macOS from before.
	DNS      []netip.Addr `json:"dns,omitempty"`
	Search   []string     `json:"search,omitempty"`
	Services []Service    `json:"services,omitempty"`
}

// State returns the state after Up, without the addresses and routes that Note adds.
func (t *Tunnel) State(f Facts) State {
	s := State{
		Device: t.Device, Table: t.table(), MTU: t.Interface.MTU,
		First4: t.firstAddress(false), First6: t.firstAddress(true),
		Hosts: t.EndpointHosts(), Gateway4: f.Gateway4, Gateway6: f.Gateway6,
	}
	if t.setsDNS(f) {
		s.DNS, s.Search, s.Services = t.Interface.DNS, t.Interface.Search, f.Services
	}
	return s
}

// Note adds or removes the address or route of a command that succeeded.
func (s *State) Note(c Command) {
	list := &s.Routes
	switch c.Part.Kind {
	case PartNone:
		return
	case PartAddress:
		list = &s.Addresses
	}
	*list = slices.DeleteFunc(slices.Clone(*list), func(p netip.Prefix) bool { return p == c.Part.Prefix })
	if !c.Part.Removed {
		*list = append(*list, c.Part.Prefix)
	}
}

// Until returns the state while the commands of Change run that lead to next. Down
// then removes what exists in either state.
func (s State) Until(next State) State {
	s.Changing = true
	for _, a := range next.Hosts {
		if !slices.Contains(s.Hosts, a) {
			s.Hosts = append(slices.Clone(s.Hosts), a)
		}
	}
	if len(next.DNS) > 0 {
		s.DNS, s.Search, s.Services = next.DNS, next.Search, next.Services
	}
	return s
}

// Tunnel returns the tunnel with this state, for Down. device is the interface that
// exists, or "".
func (s State) Tunnel(system System, name, device string) *Tunnel {
	return &Tunnel{
		System: system, Name: name, Device: device,
		Interface: &wgconf.Interface{DNS: s.DNS, Search: s.Search},
	}
}

// table returns the value of Table, or "" for auto.
func (t *Tunnel) table() string {
	if t.Interface.Table == "auto" {
		return ""
	}
	return t.Interface.Table
}

// setsDNS reports whether Up sets DNS servers.
func (t *Tunnel) setsDNS(f Facts) bool {
	_, ok := t.dns()
	return ok && (t.System != OpenBSD || f.HasResolver)
}

// Warning returns what the user should know about the DNS servers, or nil.
func (t *Tunnel) Warning(f Facts) error {
	_, ok := t.dns()
	switch {
	case !ok || t.System != OpenBSD:
		return nil
	case !f.HasResolver:
		return errors.New("the DNS servers are not set: neither resolvd nor unwind runs")
	}
	return errors.New("DNS queries can also go to the servers of other interfaces: resolvd and unwind keep them")
}
