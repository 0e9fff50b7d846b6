package doctor

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
)

// newNetwork adds interfaces, routes, rules and a socket to the namespace of the calling
// thread. It returns the port of the socket and the index of wg0.
func newNetwork(t *testing.T) (port uint16, index uint32) {
	t.Helper()
	c, err := rtnetlink.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	testutil.NewTUN(t, "wg0", netip.MustParsePrefix("10.9.0.1/24"))
	link, err := net.InterfaceByName("wg0")
	if err != nil {
		t.Fatal(err)
	}
	index = uint32(link.Index)
	for _, r := range []rtnetlink.RouteMessage{
		{Type: unix.RTN_UNICAST, Table: unix.RT_TABLE_UNSPEC, Scope: unix.RT_SCOPE_LINK,
			Attributes: rtnetlink.RouteAttributes{Table: 51820, OutIface: index, Priority: 4, Metrics: &rtnetlink.RouteMetrics{MTU: 1300}}},
		{Type: unix.RTN_UNREACHABLE, Table: unix.RT_TABLE_MAIN, DstLength: 16,
			Attributes: rtnetlink.RouteAttributes{Table: unix.RT_TABLE_MAIN, Dst: net.IP{10, 77, 0, 0}}},
	} {
		r.Family = unix.AF_INET
		if err := c.Route.Add(&r); err != nil {
			t.Fatalf("add the route %+v: %v, want no error", r, err)
		}
	}
	for _, r := range []rtnetlink.RuleMessage{
		{Flags: 2, Attributes: &rtnetlink.RuleAttributes{Priority: new(uint32(32765)), Table: new(uint32(51820)), FwMark: new(uint32(0xca6c))}},
		{Attributes: &rtnetlink.RuleAttributes{Priority: new(uint32(32764)), Table: new(uint32(unix.RT_TABLE_MAIN)), SuppressPrefixLen: new(uint32(0))}},
		{SrcLength: 16, Attributes: &rtnetlink.RuleAttributes{Priority: new(uint32(7)), Table: new(uint32(9)), Src: &net.IP{10, 1, 0, 0}, IIFName: new("wg0")}},
	} {
		r.Family, r.Action = unix.AF_INET, unix.FR_ACT_TO_TBL
		if err := c.Rule.Add(&r); err != nil {
			t.Fatalf("add the rule %+v: %v, want no error", r, err)
		}
	}
	socket, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	return uint16(socket.LocalAddr().(*net.UDPAddr).Port), index
}

// TestReadNetwork checks what is read of a network namespace.
func TestReadNetwork(t *testing.T) {
	t.Parallel()
	ns := wgtest.NetNS(t)
	var port uint16
	var index uint32
	ns.Do(t, func() { port, index = newNetwork(t) })
	n, notes := readNetwork(fmt.Sprintf("/proc/self/fd/%d", ns.FD()))
	if len(notes) > 0 {
		t.Fatalf("readNetwork has the notes %+v, want none", notes)
	}
	if l, want := n.linkNamed("wg0"), (Link{Index: int(index), Name: "wg0", Up: true, MTU: 1500, Addresses: prefixesOf("10.9.0.1/24")}); l == nil || !cmp.Equal(withoutLinkLocal(*l), want, compareNet) {
		t.Errorf("wg0 is %+v, want %+v", l, want)
	}
	if want := map[uint16]bool{port: true}; !cmp.Equal(n.UDPPorts, want) {
		t.Errorf("UDP ports = %v, want %v", n.UDPPorts, want)
	}
	for _, name := range []string{"ipv4/conf/all/rp_filter", "ipv4/conf/wg0/rp_filter", "ipv4/conf/wg0/src_valid_mark", "ipv4/conf/wg0/forwarding"} {
		if got, ok := n.Sysctls[name]; !ok || got < 0 || got > 2 {
			t.Errorf("setting %s = %d, %t, want 0 to 2", name, got, ok)
		}
	}
	for _, want := range []Route{
		{Table: 51820, Type: RouteUnicast, Dst: netip.MustParsePrefix("0.0.0.0/0"), Links: []int{int(index)}, Metric: 4, MTU: 1300},
		{Table: 254, Type: RouteUnreachable, Dst: netip.MustParsePrefix("10.77.0.0/16")},
		{Table: 254, Type: RouteUnicast, Dst: netip.MustParsePrefix("10.9.0.0/24"), Links: []int{int(index)}},
		{Table: 255, Type: RouteLocal, Dst: netip.MustParsePrefix("10.9.0.1/32"), Links: []int{int(index)}},
	} {
		if !slices.ContainsFunc(n.Routes, func(r Route) bool { return cmp.Equal(r, want, compareNet) }) {
			t.Errorf("routes = %+v, want %+v among them", n.Routes, want)
		}
	}
	for _, want := range []Rule{
		{Action: RuleTable, Table: 255},
		{Priority: 7, Action: RuleTable, Table: 9, Src: netip.MustParsePrefix("10.1.0.0/16"), In: "wg0"},
		{Priority: 32764, Action: RuleTable, Table: 254, Suppress: 1},
		{Priority: 32765, Action: RuleTable, Table: 51820, Invert: true, Mark: 0xca6c, Mask: 0xffffffff},
	} {
		if !slices.Contains(n.Rules, want) {
			t.Errorf("rules = %+v, want %+v among them", n.Rules, want)
		}
	}
}

var compareNet = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func prefixesOf(list ...string) (all []netip.Prefix) {
	for _, s := range list {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

// withoutLinkLocal returns l without the addresses that the kernel may choose.
func withoutLinkLocal(l Link) Link {
	l.Addresses = slices.DeleteFunc(slices.Clone(l.Addresses), func(p netip.Prefix) bool { return p.Addr().IsLinkLocalUnicast() })
	return l
}

// TestReadNetworkFails checks that every part of a namespace that cannot be entered has
// a note.
func TestReadNetworkFails(t *testing.T) {
	t.Parallel()
	for _, path := range []string{filepath.Join(t.TempDir(), "missing"), "/dev/null"} {
		n, notes := readNetwork(path)
		if n != nil || len(notes) != len(networkTopics()) {
			t.Errorf("readNetwork(%q) = %v, %+v, want nil and a note for each topic", path, n, notes)
		}
	}
}
