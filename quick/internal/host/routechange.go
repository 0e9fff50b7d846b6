//go:build linux

package host

import (
	"context"
	"errors"
	"fmt"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// AddRoutes adds all routes, or none: if one cannot be added, it removes those that it
// added. Errors name the first route that failed and, if they wrap fs.ErrExist, the
// interface that has the route.
func (h *Host) AddRoutes(ctx context.Context, routes []Route) error {
	requests, err := routeRequests(unix.RTM_NEWROUTE, netlink.Create|netlink.Excl, routes)
	if err != nil {
		return err
	}
	sent, _, failures, err := h.change(ctx, requests)
	if err == nil && len(failures) == 0 {
		return nil
	}
	failed := make(map[int]bool, len(failures))
	for _, f := range failures {
		failed[f.index] = true
	}
	var added []Route
	for i, r := range routes[:sent] {
		if !failed[i] {
			added = append(added, r)
		}
	}
	ctx = context.WithoutCancel(ctx)
	if err == nil {
		err = h.explainRoute(ctx, routes[failures[0].index], failures[0].err)
	} else {
		err = fmt.Errorf("add routes: %w", err)
	}
	if undo := h.RemoveRoutes(ctx, added); undo != nil {
		err = errors.Join(err, undo)
	}
	return err
}

// RemoveRoutes removes routes.
func (h *Host) RemoveRoutes(ctx context.Context, routes []Route) error {
	requests, err := routeRequests(unix.RTM_DELROUTE, 0, routes)
	if err != nil {
		return err
	}
	for start := 0; start < len(requests); {
		sent, _, failures, err := h.change(ctx, requests[start:])
		if err != nil {
			return fmt.Errorf("remove routes: %w", err)
		}
		for _, f := range failures {
			if !errors.Is(f.err, unix.ESRCH) && !errors.Is(f.err, unix.ENODEV) {
				r := routes[start+f.index]
				return fmt.Errorf("remove route %s from %s: %w", r.Prefix, h.linkName(ctx, r.Index), f.err)
			}
		}
		start += sent
	}
	return nil
}

// routeRequests returns a request for each route.
func routeRequests(typ int, flags netlink.HeaderFlags, routes []Route) ([]netlink.Message, error) {
	requests := make([]netlink.Message, 0, len(routes))
	for _, r := range routes {
		m := &rtnetlink.RouteMessage{
			Family:     family(r.Prefix.Addr().Is6()),
			DstLength:  uint8(r.Prefix.Bits()),
			Attributes: rtnetlink.RouteAttributes{OutIface: uint32(r.Index), Table: r.Table, Priority: r.Metric},
		}
		if r.Table == 0 {
			m.Table = unix.RT_TABLE_MAIN
		}
		switch {
		case typ == unix.RTM_DELROUTE:
			m.Scope = unix.RT_SCOPE_NOWHERE // any
		case r.Prefix.Addr().Is4():
			m.Protocol, m.Type, m.Scope = unix.RTPROT_BOOT, unix.RTN_UNICAST, unix.RT_SCOPE_LINK
		default:
			m.Protocol, m.Type = unix.RTPROT_BOOT, unix.RTN_UNICAST
		}
		var attributes []netlink.Attribute
		if r.Prefix.Bits() > 0 {
			// RouteAttributes would shorten IPv6 addresses that are mapped from IPv4.
			attributes = []netlink.Attribute{{Type: unix.RTA_DST, Data: r.Prefix.Masked().Addr().AsSlice()}}
		}
		request, err := message(typ, flags, m, attributes...)
		if err != nil {
			return nil, fmt.Errorf("encode route %s: %w", r.Prefix, err)
		}
		requests = append(requests, request)
	}
	return requests, nil
}

// explainRoute returns the error for a route that could not be added.
func (h *Host) explainRoute(ctx context.Context, r Route, err error) error {
	text := fmt.Sprintf("add route %s to %s", r.Prefix, h.linkName(ctx, r.Index))
	if r.Table != 0 && r.Table != unix.RT_TABLE_MAIN {
		text += fmt.Sprintf(" in table %d", r.Table)
	}
	if errors.Is(err, unix.EEXIST) {
		if other, ok := h.conflict(ctx, r); ok {
			return fmt.Errorf("%s: %w: %s has this route", text, err, h.linkName(ctx, other))
		}
	}
	return fmt.Errorf("%s: %w", text, err)
}

// conflict returns the interface of the route because of which the kernel refuses r.
func (h *Host) conflict(ctx context.Context, r Route) (index int, ok bool) {
	ipv6 := r.Prefix.Addr().Is6()
	table, metric := r.Table, r.Metric
	if table == 0 {
		table = unix.RT_TABLE_MAIN
	}
	if ipv6 && metric == 0 {
		metric = defaultMetricIPv6
	}
	routes, err := h.Routes(ctx, Filter{IPv6: ipv6, Table: table})
	if err != nil {
		return 0, false
	}
	for _, other := range routes {
		if other.Prefix == r.Prefix.Masked() && other.Metric == metric && other.Index != 0 {
			return other.Index, true
		}
	}
	return 0, false
}

// defaultMetricIPv6 is the metric that the kernel gives to a route without one.
const defaultMetricIPv6 = 1024

// linkName returns the name of a link for an error, or its index if it has none.
func (h *Host) linkName(ctx context.Context, index int) string {
	link, err := h.linkByIndex(ctx, index)
	if err != nil {
		return fmt.Sprintf("link %d", index)
	}
	return link.Name
}
