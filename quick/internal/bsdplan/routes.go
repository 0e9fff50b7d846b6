package bsdplan

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// routes returns the commands that add the routes. A default route becomes two
// routes that are more specific than that of the system, so that they win.
func (t *Tunnel) routes(f Facts) ([]Command, error) {
	table := t.Interface.Table
	auto := table == "" || table == "auto"
	if table == "off" {
		return nil, nil
	}
	if t.System == Darwin && !auto && table != "main" {
		return nil, fmt.Errorf("invalid Table %q: must be auto, main or off on macOS", table)
	}
	var commands []Command
	for _, p := range sortRoutes(t.AllowedIPs) {
		target, err := t.target(p)
		if err != nil {
			return nil, err
		}
		halves := []netip.Prefix{p}
		switch {
		case auto && p.Bits() == 0:
			halves = halve(p)
		case (auto || t.System == Darwin) && f.RouteInterfaces[p] == t.Device:
			continue // the interface already has a route that covers p
		}
		for _, half := range halves {
			commands = append(commands, t.addRoute(half, target))
		}
	}
	if auto {
		commands = append(commands, t.endpointRoutes(f)...)
	}
	return commands, nil
}

// target returns the words of route(8) that name the interface. OpenBSD needs an
// address of it.
func (t *Tunnel) target(p netip.Prefix) ([]string, error) {
	if t.System != OpenBSD {
		return []string{"-interface", t.Device}, nil
	}
	if a := t.firstAddress(p.Addr().Is6()); a.IsValid() {
		return []string{"-iface", a.String()}, nil
	}
	return nil, fmt.Errorf("add route %s: %s needs an address of the same family", p, t.Name)
}

// firstAddress returns the first address of a family, or the zero Addr.
func (t *Tunnel) firstAddress(ipv6 bool) netip.Addr {
	for _, a := range t.Interface.Addresses {
		if a.Addr().Is6() == ipv6 {
			return a.Addr()
		}
	}
	return netip.Addr{}
}

func (t *Tunnel) addRoute(p netip.Prefix, target []string) Command {
	return Command{
		Text:  fmt.Sprintf("add route %s to %s", p, t.Device),
		Words: append(t.routeWords("add", p), target...),
		Part:  Part{Kind: PartRoute, Prefix: p},
	}
}

// routeWords returns the words that add or delete a route, without its target.
func (t *Tunnel) routeWords(verb string, p netip.Prefix) []string {
	table := t.Interface.Table
	words := []string{"route", "-q", "-n", verb, family(p.Addr())}
	switch {
	case table == "" || table == "auto" || t.System == Darwin:
	case t.System == OpenBSD:
		words = []string{"route", "-q", "-n", "-T", table, verb, family(p.Addr())}
	default:
		words = append(words, "-fib", table)
	}
	return append(words, p.String())
}

// endpointRoutes returns the commands that keep the packets to endpoints out of the
// tunnel, if it has a default route of their family.
func (t *Tunnel) endpointRoutes(f Facts) []Command {
	var commands []Command
	for _, a := range t.EndpointHosts() {
		gateway := f.Gateway4
		if a.Is6() {
			gateway = f.Gateway6
		}
		commands = append(commands, addHost(a, gateway))
	}
	return commands
}

// EndpointHosts returns the endpoints that get a route of their own. wg-quick adds
// such routes only for endpoints of a family with a default route through the tunnel.
func (t *Tunnel) EndpointHosts() (hosts []netip.Addr) {
	if table := t.Interface.Table; table != "" && table != "auto" {
		return nil
	}
	for _, a := range t.Endpoints {
		isDefault := func(p netip.Prefix) bool { return p.Bits() == 0 && p.Addr().Is6() == a.Is6() }
		if slices.ContainsFunc(t.AllowedIPs, isDefault) && !slices.Contains(hosts, a) {
			hosts = append(hosts, a)
		}
	}
	return hosts
}

// EndpointRoutes returns the commands that change the routes of endpoints after a
// gateway or an endpoint changed since the state s.
func (t *Tunnel) EndpointRoutes(s State, now Facts) []Command {
	moved := s.Changing || s.Gateway4 != now.Gateway4 || s.Gateway6 != now.Gateway6
	want := t.EndpointHosts()
	var commands []Command
	for _, a := range s.Hosts {
		if moved || !slices.Contains(want, a) {
			commands = append(commands, deleteHost(a))
		}
	}
	for _, a := range want {
		if !moved && slices.Contains(s.Hosts, a) {
			continue
		}
		gateway := now.Gateway4
		if a.Is6() {
			gateway = now.Gateway6
		}
		commands = append(commands, addHost(a, gateway))
	}
	return commands
}

// addHost returns the command that adds the route of an endpoint. Without a gateway,
// packets for it are dropped, because they would enter the tunnel.
func addHost(a netip.Addr, gateway string) Command {
	words := []string{"route", "-q", "-n", "add", family(a), a.String()}
	switch {
	case gateway != "":
		words = append(words, "-gateway", gateway)
	case a.Is6():
		words = append(words, "::1", "-blackhole")
	default:
		words = append(words, "127.0.0.1", "-blackhole")
	}
	return Command{Text: "add route to endpoint " + a.String(), Words: words, MayFail: true}
}

func deleteHost(a netip.Addr) Command {
	return Command{
		Text:  "remove route to endpoint " + a.String(),
		Words: []string{"route", "-q", "-n", "delete", family(a), a.String()}, MayFail: true,
	}
}

func family(a netip.Addr) string {
	if a.Is6() {
		return "-inet6"
	}
	return "-inet"
}

// halve returns the two halves of a prefix of length 0.
func halve(p netip.Prefix) []netip.Prefix {
	if p.Addr().Is6() {
		return []netip.Prefix{netip.MustParsePrefix("::/1"), netip.MustParsePrefix("8000::/1")}
	}
	return []netip.Prefix{netip.MustParsePrefix("0.0.0.0/1"), netip.MustParsePrefix("128.0.0.0/1")}
}

// sortRoutes returns the prefixes in the order of wg-quick: longer ones first, and
// prefixes of the same length by their text, descending.
func sortRoutes(prefixes []netip.Prefix) []netip.Prefix {
	return slices.SortedFunc(slices.Values(prefixes), func(a, b netip.Prefix) int {
		return cmp.Or(cmp.Compare(b.Bits(), a.Bits()), strings.Compare(b.String(), a.String()))
	})
}
