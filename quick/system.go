package quick

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick/internal/dns"
	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// system is what the functions of this package ask and change.
type system struct {
	// dir is the directory of the records.
	dir string
	// net is the network namespace of the interface. outer is that of its UDP sockets.
	net, outer network
	// devices are those of net. userspace has the devices of programs, whose sockets do
	// not belong to a namespace.
	devices, userspace devices
	links              linkMaker
	resolver           resolver
	hooks              hooks
	// splitDNS says that DNS servers are for the search domains only.
	splitDNS bool
	// lookup returns the addresses of a host name, or none.
	lookup func(ctx context.Context, name string) []netip.Addr
	onStep func(Step)
	warn   func(error)
}

// lock waits until no other process changes the interface with this name.
func (s *system) lock(ctx context.Context, name string) (unlock func(), err error) {
	return lock(ctx, s.dir, name+".lock", func() {
		s.warn(fmt.Errorf("waiting for another process that changes %s", name))
	})
}

// lockNetwork waits until no other process chooses tables and priorities of rules.
func (s *system) lockNetwork(ctx context.Context) (unlock func(), err error) {
	return lock(ctx, s.dir, "network", func() {})
}

// linkMaker creates links.
type linkMaker interface {
	// Create creates a link of the kernel. The error wraps ErrNoModule if the kernel has
	// no WireGuard and Start may be tried.
	Create(ctx context.Context, name string) error
	// Program is the name of the program that Start runs.
	Program() string
	// Start starts a program that creates the link.
	Start(ctx context.Context, name string) error
}

// resolver sets DNS servers: a dns.System.
type resolver interface {
	Find(ctx context.Context, ifname string, c dns.Config) (dns.Record, error)
	Set(ctx context.Context, r dns.Record, c dns.Config) error
	Remove(ctx context.Context, r dns.Record) error
}

// hooks runs hooks.
type hooks interface {
	// Ready returns an error if no shell for the hooks was found.
	Ready() error
	Run(ctx context.Context, command string) error
}

// network is a network namespace: what *host.Host reports and changes.
type network interface {
	queries
	DeleteLink(ctx context.Context, index int) error
	SetLink(ctx context.Context, index, mtu int, up bool) error
	AddAddress(ctx context.Context, index int, a netip.Prefix) error
	RemoveAddress(ctx context.Context, index int, a netip.Prefix) error
	AddRoutes(ctx context.Context, routes []host.Route) error
	RemoveRoutes(ctx context.Context, routes []host.Route) error
	AddRule(ctx context.Context, r host.Rule) (host.Rule, error)
	RemoveRule(ctx context.Context, r host.Rule) error
	SetSysctl(name, value string) error
	AddFirewall(ctx context.Context, f host.Firewall) error
	RemoveFirewall(ctx context.Context, ifname string) error
}

// queries are what planning asks of a network namespace.
type queries interface {
	Link(ctx context.Context, name string) (host.Link, error)
	Links(ctx context.Context) ([]host.Link, error)
	Addresses(ctx context.Context, index int) ([]netip.Prefix, error)
	Routes(ctx context.Context, f host.Filter) ([]host.Route, error)
	RouteTo(ctx context.Context, a netip.Addr) (mtu, index int, err error)
	DefaultRoute(ctx context.Context, ipv6 bool) (mtu, index int, err error)
	Rules(ctx context.Context, ipv6 bool) ([]host.Rule, error)
	Sysctl(name string) (string, error)
	IPv6Disabled(ifname string) (bool, error)
	Firewalls(ctx context.Context) ([]host.Firewall, error)
}

// devices is the part of *wgctrl.Client that this package uses.
type devices interface {
	Device(ctx context.Context, name string) (*wgtypes.Device, error)
	ConfigureDevice(ctx context.Context, name string, config wgtypes.Config) error
	SyncDevice(ctx context.Context, name string, want wgtypes.Config, o wgctrl.SyncOptions) (wgtypes.Config, error)
}
