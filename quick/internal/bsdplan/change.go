package bsdplan

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/quick/internal/dns"
)

// Change returns the commands that change a tunnel with the state s to match its
// settings, and the state after them, in which Note changes addresses and routes. f
// are the facts from before.
//
// Without an MTU in the file, the MTU stays. Errors wrap errors.ErrUnsupported if the
// key Table changed.
func (t *Tunnel) Change(s State, f Facts) ([]Command, State, error) {
	next := t.next(s, f)
	if s.Table != next.Table {
		err := fmt.Errorf("the key Table changed from %q to %q: bring the interface down and up: %w", s.Table, next.Table, errors.ErrUnsupported)
		return nil, next, err
	}
	removed, added, err := t.changeRoutes(s, next, f)
	if err != nil {
		return nil, next, err
	}
	servers, err := t.changeDNS(s, next, f)
	if err != nil {
		return nil, next, err
	}
	commands := append(t.EndpointRoutes(s, f), removed...)
	commands = append(commands, t.changeAddresses(s)...)
	if mtu := t.Interface.MTU; mtu != 0 && mtu != s.MTU {
		commands = append(commands, t.setMTU(mtu))
	}
	return slices.Concat(commands, added, servers), next, nil
}

// next returns the state after Change. What network services had before the tunnel
// came up stays, and that of new services is added.
func (t *Tunnel) next(s State, f Facts) State {
	next := t.State(f)
	next.Addresses, next.Routes = s.Addresses, s.Routes
	if len(next.DNS) == 0 {
		return next
	}
	next.Services = slices.Clone(s.Services)
	for _, service := range f.Services {
		if !hasService(s.Services, service.Name) {
			next.Services = append(next.Services, service)
		}
	}
	return next
}

func hasService(services []Service, name string) bool {
	return slices.ContainsFunc(services, func(s Service) bool { return s.Name == name })
}

// changeAddresses returns the commands that remove and add addresses.
func (t *Tunnel) changeAddresses(s State) (commands []Command) {
	for _, p := range s.Addresses {
		if slices.Contains(t.Interface.Addresses, p) {
			continue
		}
		words := []string{"inet", p.Addr().String(), "-alias"}
		if p.Addr().Is6() {
			words[0] = "inet6"
		}
		c := t.ifconfig(fmt.Sprintf("remove address %s from %s", p, t.Device), words...)
		c.Part = Part{Kind: PartAddress, Prefix: p, Removed: true}
		commands = append(commands, c)
	}
	for _, p := range t.Interface.Addresses {
		if !slices.Contains(s.Addresses, p) {
			commands = append(commands, t.addAddress(p))
		}
	}
	return commands
}

// changeRoutes returns the commands that remove and add routes.
func (t *Tunnel) changeRoutes(s, next State, f Facts) (removed, added []Command, err error) {
	all, err := t.allRoutes(f)
	if err != nil {
		return nil, nil, err
	}
	var kept []netip.Prefix
	for _, p := range s.Routes {
		wanted := slices.ContainsFunc(all, func(c Command) bool { return c.Part.Prefix == p })
		if wanted && !(t.System == OpenBSD && retargeted(s, next, p)) {
			kept = append(kept, p)
			continue
		}
		removed = append(removed, Command{
			Text:    fmt.Sprintf("remove route %s from %s", p, t.Device),
			Words:   t.routeWords("delete", p),
			MayFail: true,
			Part:    Part{Kind: PartRoute, Prefix: p, Removed: true},
		})
	}
	for _, c := range all {
		p := c.Part.Prefix
		// Another route of the interface may be about to go.
		covered := (next.Table == "" || t.System == Darwin) && f.RouteInterfaces[p] == t.Device &&
			(covers(kept, p) || covers(t.Interface.Addresses, p))
		if !slices.Contains(kept, p) && !covered {
			added = append(added, c)
		}
	}
	return removed, added, nil
}

// allRoutes returns the commands that add the routes of all allowed IPs.
func (t *Tunnel) allRoutes(f Facts) ([]Command, error) {
	f.RouteInterfaces = nil
	commands, err := t.routes(f)
	return slices.DeleteFunc(commands, func(c Command) bool { return c.Part.Kind != PartRoute }), err
}

// retargeted reports whether the address that a route of OpenBSD names has changed.
func retargeted(s, next State, p netip.Prefix) bool {
	if p.Addr().Is6() {
		return s.First6 != next.First6
	}
	return s.First4 != next.First4
}

// covers reports whether one of list contains all of p.
func covers(list []netip.Prefix, p netip.Prefix) bool {
	return slices.ContainsFunc(list, func(q netip.Prefix) bool {
		return q.Bits() <= p.Bits() && q.Contains(p.Addr())
	})
}

// changeDNS returns the commands that change the DNS servers.
func (t *Tunnel) changeDNS(s, next State, f Facts) ([]Command, error) {
	same := !s.Changing && slices.Equal(s.DNS, next.DNS) && slices.Equal(s.Search, next.Search)
	switch {
	case len(next.DNS) > 0:
		if err := dns.Check(t.Name, dns.Config{Servers: next.DNS, Search: next.Search}); err != nil {
			return nil, err
		}
	case len(s.DNS) == 0:
		return nil, nil
	default:
		f.Services = s.Services
		old := s.Tunnel(t.System, t.Name, t.Device)
		return old.unsetDNS(f), nil
	}
	switch {
	case same && t.System == Darwin:
		isOld := func(service Service) bool { return hasService(s.Services, service.Name) }
		return t.setServices(slices.DeleteFunc(slices.Clone(f.Services), isOld)), nil
	case same:
		return nil, nil
	}
	commands, err := t.setDNS(f)
	if t.System == OpenBSD && f.HasBackup {
		commands = append(t.unsetResolvd("remove DNS servers of "+t.Name), commands...)
	}
	return commands, err
}
