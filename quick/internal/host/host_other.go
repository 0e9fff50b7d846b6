//go:build !linux

package host

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
)

// Host is a network namespace of Linux. On this system, Open returns none.
type Host struct{}

// Open fails with errors.ErrUnsupported.
func Open(netns string) (*Host, error) {
	return nil, fmt.Errorf("open network namespace %q: %w", netns, errors.ErrUnsupported)
}

// Close releases the sockets of h.
func (h *Host) Close() error { return errors.ErrUnsupported }

// Link returns the link with that name.
func (h *Host) Link(ctx context.Context, name string) (Link, error) {
	return Link{}, errors.ErrUnsupported
}

// Links returns all links.
func (h *Host) Links(ctx context.Context) ([]Link, error) { return nil, errors.ErrUnsupported }

// DeleteLink removes a link.
func (h *Host) DeleteLink(ctx context.Context, index int) error { return errors.ErrUnsupported }

// SetLink changes a link.
func (h *Host) SetLink(ctx context.Context, index, mtu int, up bool) error {
	return errors.ErrUnsupported
}

// Addresses returns the addresses of a link.
func (h *Host) Addresses(ctx context.Context, index int) ([]netip.Prefix, error) {
	return nil, errors.ErrUnsupported
}

// AddAddress adds an address to a link.
func (h *Host) AddAddress(ctx context.Context, index int, a netip.Prefix) error {
	return errors.ErrUnsupported
}

// RemoveAddress removes an address from a link.
func (h *Host) RemoveAddress(ctx context.Context, index int, a netip.Prefix) error {
	return errors.ErrUnsupported
}

// Routes returns the routes that the filter selects.
func (h *Host) Routes(ctx context.Context, f Filter) ([]Route, error) {
	return nil, errors.ErrUnsupported
}

// RouteTo returns the MTU and the interface of the route to a.
func (h *Host) RouteTo(ctx context.Context, a netip.Addr) (mtu, index int, err error) {
	return 0, 0, errors.ErrUnsupported
}

// DefaultRoute returns the MTU and the interface of the default route.
func (h *Host) DefaultRoute(ctx context.Context, ipv6 bool) (mtu, index int, err error) {
	return 0, 0, errors.ErrUnsupported
}

// AddRoutes adds routes.
func (h *Host) AddRoutes(ctx context.Context, routes []Route) error { return errors.ErrUnsupported }

// RemoveRoutes removes routes.
func (h *Host) RemoveRoutes(ctx context.Context, routes []Route) error {
	return errors.ErrUnsupported
}

// Rules returns the policy rules of a family.
func (h *Host) Rules(ctx context.Context, ipv6 bool) ([]Rule, error) {
	return nil, errors.ErrUnsupported
}

// AddRule adds a policy rule.
func (h *Host) AddRule(ctx context.Context, r Rule) (Rule, error) {
	return Rule{}, errors.ErrUnsupported
}

// RemoveRule removes a policy rule.
func (h *Host) RemoveRule(ctx context.Context, r Rule) error { return errors.ErrUnsupported }

// Sysctl returns the value of a setting.
func (h *Host) Sysctl(name string) (string, error) { return "", errors.ErrUnsupported }

// SetSysctl changes a setting.
func (h *Host) SetSysctl(name, value string) error { return errors.ErrUnsupported }

// IPv6Disabled reports whether an interface can have no IPv6 addresses.
func (h *Host) IPv6Disabled(ifname string) (bool, error) { return false, errors.ErrUnsupported }

// AddFirewall adds firewall rules.
func (h *Host) AddFirewall(ctx context.Context, f Firewall) error { return errors.ErrUnsupported }

// RemoveFirewall removes the firewall rules of an interface.
func (h *Host) RemoveFirewall(ctx context.Context, ifname string) error {
	return errors.ErrUnsupported
}

// Firewalls returns the firewall tables of wg-quick(8).
func (h *Host) Firewalls(ctx context.Context) ([]Firewall, error) {
	return nil, errors.ErrUnsupported
}
