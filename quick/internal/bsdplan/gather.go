package bsdplan

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// Querier asks the system.
type Querier interface {
	// Output returns the standard output of a program that changes nothing.
	Output(ctx context.Context, words ...string) (string, error)
	// Exists reports whether a file exists.
	Exists(path string) bool
	// ModTime returns the time of the last change of a file. The error wraps
	// fs.ErrNotExist if it does not exist.
	ModTime(path string) (time.Time, error)
	// ReadFile returns the text of a file. The error is as that of ModTime.
	ReadFile(path string) ([]byte, error)
}

// Gather returns the Facts for Up, after the interface was created. What a system
// does not answer has the zero value, except that the network services of macOS must
// be known to set DNS servers.
func (t *Tunnel) Gather(ctx context.Context, q Querier) (Facts, error) {
	g := gatherer{q, ctx}
	f := Facts{
		Gateway4:        ParseGateway(g.output("netstat", "-nr", "-f", "inet")),
		Gateway6:        ParseGateway(g.output("netstat", "-nr", "-f", "inet6")),
		RouteInterfaces: t.routeInterfaces(g),
		HasBackup:       t.System == OpenBSD && q.Exists(t.backup()),
	}
	t.gatherMTUs(g, &f)
	if err := t.gatherDNS(g, &f); err != nil {
		return Facts{}, err
	}
	return f, context.Cause(ctx)
}

// GatherDown returns the Facts for Down. services are those that Gather returned
// before the interface came up.
func (t *Tunnel) GatherDown(q Querier, services []Service) Facts {
	return Facts{HasSocket: q.Exists(t.socket()), HasBackup: q.Exists(t.backup()), Services: services}
}

// gatherer runs queries that may fail.
type gatherer struct {
	Querier
	ctx context.Context
}

// output returns "" if the program fails, as route does for a route that does not
// exist.
func (g gatherer) output(words ...string) string {
	text, err := g.Output(g.ctx, words...)
	if err != nil {
		return ""
	}
	return text
}

// routeInterface returns the interface of a route, or "".
func (g gatherer) routeInterface(words ...string) string {
	return ParseRouteInterface(g.output(append([]string{"route", "-n", "get"}, words...)...))
}

// mtuOf returns the MTU of an interface, or 0.
func (g gatherer) mtuOf(name string) int {
	if name == "" {
		return 0
	}
	return ParseMTU(g.output("ifconfig", name))
}

func (t *Tunnel) routeInterfaces(g gatherer) map[netip.Prefix]string {
	names := make(map[netip.Prefix]string)
	for _, p := range t.AllowedIPs {
		if p.Bits() > 0 && t.Interface.Table != "off" {
			names[p] = g.routeInterface(family(p.Addr()), p.String())
		}
	}
	return names
}

func (t *Tunnel) gatherMTUs(g gatherer, f *Facts) {
	if t.Interface.MTU != 0 {
		return
	}
	f.DefaultMTU = g.mtuOf(g.routeInterface("default"))
	if t.System == Darwin {
		f.CurrentMTU = g.mtuOf(t.Device)
		return
	}
	for _, a := range t.Endpoints {
		if mtu := g.mtuOf(g.routeInterface(family(a), a.String())); mtu > 0 {
			f.EndpointMTUs = append(f.EndpointMTUs, mtu)
		}
	}
}

func (t *Tunnel) gatherDNS(g gatherer, f *Facts) error {
	if _, ok := t.dns(); !ok {
		return nil
	}
	switch t.System {
	case OpenBSD:
		for _, name := range []string{"unwind", "resolvd"} {
			_, err := g.Output(g.ctx, "pgrep", "-qx", name)
			f.HasResolver = f.HasResolver || err == nil
		}
	case Darwin:
		text, err := g.Output(g.ctx, "networksetup", "-listallnetworkservices")
		if err != nil {
			return fmt.Errorf("list network services: %w", err)
		}
		for _, name := range ParseServices(text) {
			f.Services = append(f.Services, Service{
				Name:    name,
				Servers: ParseServiceValues(g.output("networksetup", "-getdnsservers", name)),
				Search:  ParseServiceValues(g.output("networksetup", "-getsearchdomains", name)),
			})
		}
	}
	return nil
}
