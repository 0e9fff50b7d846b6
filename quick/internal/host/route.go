//go:build linux

package host

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Routes returns the routes that the filter selects.
func (h *Host) Routes(ctx context.Context, f Filter) ([]Route, error) {
	entries, err := h.routes(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list routes: %w", err)
	}
	routes := make([]Route, 0, len(entries))
	for _, e := range entries {
		routes = append(routes, e.Route)
	}
	return routes, nil
}

// routeEntry is a route with what only this package needs.
type routeEntry struct {
	Route
	kind uint8 // unix.RTN_UNICAST, for example
	mtu  int   // 0 if the route does not set it
}

func (h *Host) routes(ctx context.Context, f Filter) ([]routeEntry, error) {
	reply, err := h.dump(ctx, unix.RTM_GETROUTE, &rtnetlink.RouteMessage{
		Family:     family(f.IPv6),
		Attributes: rtnetlink.RouteAttributes{Table: f.Table, OutIface: uint32(f.Index)},
	})
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV) {
		return nil, nil // the kernel makes a table with its first route
	}
	if err != nil {
		return nil, err
	}
	var entries []routeEntry
	for _, m := range reply {
		e, ok, err := decodeRoute(m.Data, f.IPv6)
		if err != nil {
			return nil, err
		}
		// Kernels before 4.20 ignore the filter.
		if ok && (f.Table == 0 || e.Table == f.Table) && (f.Index == 0 || e.Index == f.Index) {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// decodeRoute decodes a route. It returns false for a route of another family, and for a
// cached one.
func decodeRoute(b []byte, ipv6 bool) (routeEntry, bool, error) {
	var m rtnetlink.RouteMessage
	if err := m.UnmarshalBinary(b); err != nil {
		return routeEntry{}, false, err
	}
	if m.Family != family(ipv6) || m.Flags&unix.RTM_F_CLONED != 0 {
		return routeEntry{}, false, nil
	}
	a := m.Attributes
	addr, ok := netip.AddrFromSlice(a.Dst)
	if !ok {
		addr = unspecified(ipv6)
	}
	e := routeEntry{
		Route: Route{
			Prefix: netip.PrefixFrom(addr, int(m.DstLength)),
			Index:  int(a.OutIface),
			Table:  a.Table,
			Metric: a.Priority,
		},
		kind: m.Type,
	}
	if e.Table == 0 {
		e.Table = uint32(m.Table)
	}
	if e.Index == 0 && len(a.Multipath) > 0 {
		e.Index = int(a.Multipath[0].Hop.IfIndex)
	}
	if a.Metrics != nil {
		e.mtu = int(a.Metrics.MTU)
	}
	return e, true, nil
}

func unspecified(ipv6 bool) netip.Addr {
	if ipv6 {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// RouteTo returns the interface through which packets to a leave, and the MTU of the
// route or, if the route does not set it, of the interface. The zone of a, if any,
// chooses the interface.
func (h *Host) RouteTo(ctx context.Context, a netip.Addr) (mtu, index int, err error) {
	e, err := h.routeTo(ctx, a)
	if err == nil {
		mtu, err = h.mtu(ctx, e)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("look up the route to %s: %w", a, err)
	}
	return mtu, e.Index, nil
}

func (h *Host) routeTo(ctx context.Context, a netip.Addr) (routeEntry, error) {
	m := &rtnetlink.RouteMessage{Family: family(a.Is6()), DstLength: uint8(a.BitLen())}
	if zone := a.Zone(); zone != "" {
		index, err := h.zoneIndex(ctx, zone)
		if err != nil {
			return routeEntry{}, err
		}
		m.Attributes.OutIface = uint32(index)
	}
	reply, err := h.query(ctx, unix.RTM_GETROUTE, 0, m,
		netlink.Attribute{Type: unix.RTA_DST, Data: a.WithZone("").AsSlice()})
	if err != nil {
		return routeEntry{}, err
	}
	if len(reply) != 1 {
		return routeEntry{}, fmt.Errorf("received %d messages, want 1", len(reply))
	}
	var r rtnetlink.RouteMessage
	if err := r.UnmarshalBinary(reply[0].Data); err != nil {
		return routeEntry{}, err
	}
	e := routeEntry{Route: Route{Index: int(r.Attributes.OutIface)}, kind: r.Type}
	if r.Attributes.Metrics != nil {
		e.mtu = int(r.Attributes.Metrics.MTU)
	}
	return e, e.unreachable()
}

// unreachable returns the error of a route that drops packets.
func (e routeEntry) unreachable() error {
	switch e.kind {
	case unix.RTN_BLACKHOLE, unix.RTN_UNREACHABLE, unix.RTN_PROHIBIT, unix.RTN_THROW:
		return unix.ENETUNREACH
	}
	return nil
}

// zoneIndex returns the index of the interface with that name or number.
func (h *Host) zoneIndex(ctx context.Context, zone string) (int, error) {
	link, err := h.Link(ctx, zone)
	if err == nil {
		return link.Index, nil
	}
	if index, nerr := strconv.ParseUint(zone, 10, 31); nerr == nil {
		return int(index), nil
	}
	return 0, err
}

// mtu returns the MTU of a route or of its interface.
func (h *Host) mtu(ctx context.Context, e routeEntry) (int, error) {
	if e.mtu != 0 || e.Index == 0 {
		return e.mtu, nil
	}
	link, err := h.linkByIndex(ctx, e.Index)
	return link.MTU, err
}

// DefaultRoute returns the interface of the default route in the main table that has the
// lowest metric, and the MTU of the route or, if the route does not set it, of the
// interface. The error wraps fs.ErrNotExist if the default route is missing.
func (h *Host) DefaultRoute(ctx context.Context, ipv6 bool) (mtu, index int, err error) {
	entries, err := h.routes(ctx, Filter{IPv6: ipv6, Table: unix.RT_TABLE_MAIN})
	var best *routeEntry
	for i, e := range entries {
		if e.Prefix.Bits() == 0 && e.kind == unix.RTN_UNICAST && (best == nil || e.Metric < best.Metric) {
			best = &entries[i]
		}
	}
	if err == nil && best == nil {
		err = notExist{unix.ENETUNREACH}
	}
	if err == nil {
		mtu, err = h.mtu(ctx, *best)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("look up the default route: %w", err)
	}
	return mtu, best.Index, nil
}
