package quick

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"

	"github.com/wgctrl/wgctrl/quick/internal/host"
)

// The sizes of packets in bytes.
const (
	// overhead is what WireGuard adds to a packet, with an outer header of IPv6.
	overhead = 80
	// defaultMTU is assumed for a path with an unknown MTU.
	defaultMTU = 1500
	// Below these the kernel removes the addresses of the family.
	minMTUIPv4 = 68
	minMTUIPv6 = 1280
)

// mtu returns the MTU of the interface: that of the file or else the smallest one of
// the routes to the peers, or that of the default route, less the overhead. It raises
// an MTU at which the kernel would remove the addresses.
func (p *planner) mtu(ctx context.Context) (int, error) {
	mtu := p.settings.Interface.MTU
	if mtu == 0 {
		path, err := p.pathMTU(ctx)
		if err != nil {
			return 0, err
		}
		mtu = path - overhead
	}
	least, family := minMTUIPv4, "IPv4"
	if p.usesIPv6() {
		least, family = minMTUIPv6, "IPv6"
	}
	if mtu < least {
		p.warn(fmt.Errorf("MTU %d is too small for %s: using %d", mtu, family, least))
		return least, nil
	}
	return mtu, nil
}

// pathMTU returns the smallest MTU of the paths to the endpoints.
func (p *planner) pathMTU(ctx context.Context) (int, error) {
	links, err := p.outer.Links(ctx)
	if err != nil {
		return 0, err
	}
	smallest := 0
	seen := make(map[netip.Addr]bool)
	for _, peer := range p.config.Peers {
		a := peer.Endpoint.Addr()
		if !a.IsValid() || seen[a] {
			continue
		}
		seen[a] = true
		mtu, index, err := p.outer.RouteTo(ctx, a)
		if err != nil {
			if ctx.Err() != nil {
				return 0, err
			}
			continue // unreachable now
		}
		if index == p.own && p.net == p.outer {
			continue // the default route of the interface itself
		}
		if mtu = routeMTU(links, mtu, index); mtu > 0 && (smallest == 0 || mtu < smallest) {
			smallest = mtu
		}
	}
	if smallest > 0 {
		return smallest, nil
	}
	return p.defaultPathMTU(ctx, links)
}

// defaultPathMTU returns the MTU of the default route of IPv4 or, without one, of
// IPv6.
func (p *planner) defaultPathMTU(ctx context.Context, links []host.Link) (int, error) {
	for _, ipv6 := range []bool{false, true} {
		mtu, index, err := p.outer.DefaultRoute(ctx, ipv6)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return 0, err
		}
		if mtu = routeMTU(links, mtu, index); mtu > 0 {
			return mtu, nil
		}
	}
	return defaultMTU, nil
}

// routeMTU returns the MTU of a route, which is that of its link if it has none. It
// returns 0 if it is unknown.
func routeMTU(links []host.Link, mtu, index int) int {
	if mtu > 0 {
		return mtu
	}
	for _, l := range links {
		if l.Index == index {
			return l.MTU
		}
	}
	return 0
}
