//go:build linux

package host_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/quick/internal/host"
)

var comparePrefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

// manyRoutes returns n routes to wg0, half of them IPv6.
func (m *machine) manyRoutes(n int) []host.Route {
	routes := make([]host.Route, 0, n)
	for i := range n {
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 0})
		bits := 24
		if i%2 == 1 {
			addr, bits = netip.AddrFrom16([16]byte{0xfd, 0x80, 5: byte(i >> 8), 6: byte(i)}), 64
		}
		routes = append(routes, host.Route{Prefix: netip.PrefixFrom(addr, bits), Index: m.wg})
	}
	return routes
}

// countRoutes returns the number of routes to wg0 in the main table.
func (m *machine) countRoutes(t *testing.T) (n int) {
	t.Helper()
	for _, ipv6 := range []bool{false, true} {
		routes, err := m.Routes(t.Context(), host.Filter{IPv6: ipv6, Table: unix.RT_TABLE_MAIN, Index: m.wg})
		if err != nil {
			t.Fatalf("Routes = %v, want no error", err)
		}
		n += len(routes)
	}
	return n
}

func TestAddRoutesBatch(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.setLink(t, 1420)
	before := m.countRoutes(t)
	routes := m.manyRoutes(5000)
	if err := m.AddRoutes(t.Context(), routes); err != nil {
		t.Fatalf("AddRoutes of %d routes = %v, want no error", len(routes), err)
	}
	if got, want := m.countRoutes(t), before+len(routes); got != want {
		t.Errorf("%d routes after AddRoutes, want %d", got, want)
	}
	for range 2 { // the second time, all routes are missing
		if err := m.RemoveRoutes(t.Context(), routes); err != nil {
			t.Errorf("RemoveRoutes of %d routes = %v, want no error", len(routes), err)
		}
	}
	if got := m.countRoutes(t); got != before {
		t.Errorf("%d routes after RemoveRoutes, want %d", got, before)
	}
}

// A route that exists must be named with its interface, and no other route may stay.
func TestAddRoutesConflict(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.setLink(t, 1420)
	m.command(t, `
		route add 198.51.100.0/24 dev eth0
		-6 route add fd99::/64 dev eth0
		route add 203.0.113.0/24 dev eth0 metric 7
		route add 203.0.113.128/25 dev eth0 table 99`)
	before := m.countRoutes(t)
	for _, test := range []struct {
		route host.Route
		want  string
	}{
		{
			host.Route{Prefix: netip.MustParsePrefix("198.51.100.0/24"), Index: m.wg},
			"add route 198.51.100.0/24 to wg0: file exists: eth0 has this route",
		},
		{
			host.Route{Prefix: netip.MustParsePrefix("fd99::/64"), Index: m.wg},
			"add route fd99::/64 to wg0: file exists: eth0 has this route",
		},
		{
			host.Route{Prefix: netip.MustParsePrefix("203.0.113.128/25"), Index: m.wg, Table: 99},
			"add route 203.0.113.128/25 to wg0 in table 99: file exists: eth0 has this route",
		},
	} {
		for _, position := range []int{0, 127, 128, 299} {
			routes := m.manyRoutes(299)
			routes = append(routes[:position], append([]host.Route{test.route}, routes[position:]...)...)
			err := m.AddRoutes(t.Context(), routes)
			if !errors.Is(err, fs.ErrExist) || err.Error() != test.want {
				t.Errorf("AddRoutes with %v at %d = %v, want %s", test.route.Prefix, position, err, test.want)
			}
			if got := m.countRoutes(t); got != before {
				t.Errorf("%d routes after the error for %v at %d, want %d", got, test.route.Prefix, position, before)
			}
		}
	}
	// A route with another metric does not conflict.
	m.addRoutes(t, 0, "203.0.113.0/24")
}

func TestAddRoutesExplainsErrors(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	missing := host.Route{Prefix: netip.MustParsePrefix("10.0.0.0/8"), Index: 4711}
	err := m.AddRoutes(t.Context(), []host.Route{missing})
	if want := "add route 10.0.0.0/8 to link 4711: no such device"; !errors.Is(err, unix.ENODEV) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("AddRoutes to a missing link = %v, want %s", err, want)
	}
	down := host.Route{Prefix: netip.MustParsePrefix("10.0.0.0/8"), Index: m.wg}
	err = m.AddRoutes(t.Context(), []host.Route{down})
	if want := "add route 10.0.0.0/8 to wg0: network is down: "; !errors.Is(err, unix.ENETDOWN) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("AddRoutes to a link that is down = %v, want %sand the kernel's text", err, want)
	}
}

func TestAddRoutesCanceled(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.setLink(t, 1420)
	before := m.countRoutes(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.AddRoutes(ctx, m.manyRoutes(300)); !errors.Is(err, context.Canceled) {
		t.Errorf("AddRoutes with a canceled context = %v, want %v", err, context.Canceled)
	}
	if _, err := m.Links(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Links with a canceled context = %v, want %v", err, context.Canceled)
	}
	if got := m.countRoutes(t); got != before {
		t.Errorf("%d routes after a canceled AddRoutes, want %d", got, before)
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.setLink(t, 1420)
	m.command(t, `
		route add 10.0.0.0/8 dev wg0 metric 5
		route add 10.0.0.0/8 dev wg0 table 1000
		route add blackhole 10.9.0.0/16 table 1000
		-6 route add fd00::/8 dev wg0
		route add 10.8.0.0/16 table 1000 nexthop dev eth0 nexthop dev eth1`)
	eth0, err := m.Link(t.Context(), "eth0")
	if err != nil {
		t.Fatalf("Link(%q) = %v, want no error", "eth0", err)
	}
	ten, nine, eight := netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("10.9.0.0/16"), netip.MustParsePrefix("10.8.0.0/16")
	for _, test := range []struct {
		filter host.Filter
		want   []host.Route
	}{
		{host.Filter{Table: 254, Index: m.wg}, []host.Route{{Prefix: ten, Index: m.wg, Table: 254, Metric: 5}}},
		{host.Filter{Table: 1000}, []host.Route{
			{Prefix: ten, Index: m.wg, Table: 1000},
			{Prefix: eight, Index: eth0.Index, Table: 1000},
			{Prefix: nine, Table: 1000},
		}},
		{host.Filter{Table: 1000, IPv6: true}, []host.Route{}},
		{host.Filter{Table: 1001}, []host.Route{}},
		{host.Filter{Table: 254, Index: m.wg, IPv6: true}, []host.Route{
			{Prefix: netip.MustParsePrefix("fd00::/8"), Index: m.wg, Table: 254, Metric: 1024},
		}},
	} {
		got, err := m.Routes(t.Context(), test.filter)
		if err != nil || !cmp.Equal(got, test.want, comparePrefixes, equateEmpty) {
			t.Errorf("Routes(%+v) = %v, %v, want %v", test.filter, got, err, test.want)
		}
	}
}

var equateEmpty = cmp.FilterValues(
	func(a, b []host.Route) bool { return len(a) == 0 && len(b) == 0 },
	cmp.Comparer(func(_, _ []host.Route) bool { return true }))

func TestRouteTo(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.command(t, `
		link set eth0 mtu 1500
		link set eth1 mtu 1400
		-6 address add fe80::1/64 dev eth1 nodad
		route add 203.0.113.1 via 192.168.7.1 mtu 1300
		route add 203.0.113.2 via 192.168.7.1 mtu lock 1310
		-6 route add fd99::1 via fd07::1 mtu 1290
		route add unreachable 203.0.113.3
		-6 route add unreachable fd99::3`)
	for _, test := range []struct {
		to   string
		mtu  int
		dev  string
		fail error
	}{
		{to: "198.51.100.1", mtu: 1500, dev: "eth0"},
		{to: "203.0.113.1", mtu: 1300, dev: "eth0"},
		{to: "203.0.113.2", mtu: 1310, dev: "eth0"},
		{to: "fd98::1", mtu: 1500, dev: "eth0"},
		{to: "fd99::1", mtu: 1290, dev: "eth0"},
		{to: "fe80::7%eth1", mtu: 1400, dev: "eth1"},
		{to: "127.0.0.1", mtu: 65536, dev: "lo"},
		{to: "203.0.113.3", fail: unix.EHOSTUNREACH},
		{to: "fd99::3", fail: unix.EHOSTUNREACH},
		{to: "fe80::7%missing", fail: fs.ErrNotExist},
	} {
		mtu, index, err := m.RouteTo(t.Context(), netip.MustParseAddr(test.to))
		if test.fail != nil {
			if !errors.Is(err, test.fail) {
				t.Errorf("RouteTo(%s) = %d, %d, %v, want an error that wraps %q", test.to, mtu, index, err, test.fail)
			}
			continue
		}
		link, lerr := m.Link(t.Context(), test.dev)
		if lerr != nil || err != nil || mtu != test.mtu || index != link.Index {
			t.Errorf("RouteTo(%s) = %d, %d, %v, want %d, %d (%v), no error", test.to, mtu, index, err, test.mtu, link.Index, lerr)
		}
	}
	eth1, err := m.Link(t.Context(), "eth1")
	if err != nil {
		t.Fatalf("Link(%q) = %v, want no error", "eth1", err)
	}
	numbered := netip.MustParseAddr(fmt.Sprintf("fe80::7%%%d", eth1.Index))
	if _, index, err := m.RouteTo(t.Context(), numbered); err != nil || index != eth1.Index {
		t.Errorf("RouteTo(%s) = index %d, %v, want %d, no error", numbered, index, err, eth1.Index)
	}
}

func TestDefaultRoute(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.setLink(t, 1420)
	m.command(t, `
		route change default via 192.168.7.1 mtu 1450
		route add default dev wg0 metric 9
		-6 route add default dev wg0 metric 9`)
	for _, test := range []struct {
		ipv6 bool
		mtu  int
		dev  string
	}{{false, 1450, "eth0"}, {true, 1420, "wg0"}} {
		link, lerr := m.Link(t.Context(), test.dev)
		mtu, index, err := m.DefaultRoute(t.Context(), test.ipv6)
		if lerr != nil || err != nil || mtu != test.mtu || index != link.Index {
			t.Errorf("DefaultRoute(%v) = %d, %d, %v, want %d, %d (%v), no error", test.ipv6, mtu, index, err, test.mtu, link.Index, lerr)
		}
	}
	m.command(t, `
		route delete default
		route delete default
		route add unreachable default metric 4
		-6 route delete default metric 9
		-6 route delete default`)
	for _, ipv6 := range []bool{false, true} {
		if mtu, index, err := m.DefaultRoute(t.Context(), ipv6); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("DefaultRoute(%v) = %d, %d, %v, want fs.ErrNotExist", ipv6, mtu, index, err)
		}
	}
}

// BenchmarkAddRoutes adds and removes 5000 routes.
func BenchmarkAddRoutes(b *testing.B) {
	m := newMachine(b)
	if err := m.SetLink(b.Context(), m.wg, 1420, true); err != nil {
		b.Fatal(err)
	}
	routes := m.manyRoutes(5000)
	b.ReportAllocs()
	for b.Loop() {
		if err := m.AddRoutes(b.Context(), routes); err != nil {
			b.Fatal(err)
		}
		if err := m.RemoveRoutes(b.Context(), routes); err != nil {
			b.Fatal(err)
		}
	}
}
