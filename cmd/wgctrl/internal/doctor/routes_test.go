package doctor_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/doctor"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func allowedIPCases() []findingCase {
	allow := func(lists ...[]string) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) {
			for i, list := range lists {
				d.Peers[i].AllowedIPs = prefixes(list...)
			}
		})
	}
	second := func(selected bool, allowed ...string) func(*doctor.Snapshot) {
		return func(s *doctor.Snapshot) {
			other := &wgtypes.Device{Name: "wg1", Kind: wgtypes.KindUserspace, Peers: []wgtypes.Peer{
				{PublicKey: key(9), LastHandshake: now, AllowedIPs: prefixes(allowed...)},
			}}
			s.Devices = append(s.Devices, &doctor.Device{Device: other, Net: s.Devices[0].Net, Selected: selected})
		}
	}
	elsewhere := func(s *doctor.Snapshot) { s.Devices[1].Net = &doctor.Network{} }
	inFile := func(line string) func(*doctor.Snapshot) { // of the last peer
		return device(func(d *doctor.Device) { d.File = file(serverFile + line + "\n") })
	}
	a, b := []string{"10.1.0.0/24"}, []string{"10.1.0.0/25", "10.1.0.128/26"}
	whole := []string{"10.1.0.0/25", "10.1.0.128/26", "10.1.0.192/26"}
	return []findingCase{
		{doctor.AllowedIPDuplicate, "two devices", server, second(false, "192.168.50.0/24"), second(false, "192.168.51.0/24")},
		{doctor.AllowedIPDuplicate, "other namespace", server, second(true, "192.168.50.0/24"), all(second(true, "192.168.50.0/24"), elsewhere)},
		{doctor.AllowedIPDuplicate, "file", server, inFile("AllowedIPs = 10.0.0.7/32, 10.0.0.3"), inFile("AllowedIPs = 10.0.0.7/32, 10.0.0.4")},
		{doctor.AllowedIPOverlap, "part", server, allow(a, b), allow(a, []string{"10.2.0.0/24"})},
		{doctor.AllowedIPOverlap, "default route", server, allow(a, b), allow([]string{"0.0.0.0/0"}, b)},
		{doctor.AllowedIPOverlap, "same peer", server, allow(a, b), allow(append(a, b...))},
		{doctor.AllowedIPOverlap, "other device", server, all(allow(a), second(false, "10.1.0.7/32")), all(allow(a), second(false, "10.2.0.7/32"))},
		{doctor.AllowedIPShadowed, "whole", server, allow(a, whole), allow(a, b)},
		{doctor.AllowedIPShadowed, "several peers", server, allow(a, []string{"10.1.0.0/25"}, []string{"10.1.0.128/25"}), allow(a, []string{"10.1.0.0/25"}, []string{"10.1.1.0/25"})},
		{doctor.AllowedIPShadowed, "other device", server, allow(a, whole), all(allow(a), second(false, whole...))},
	}
}

func routeCases() []findingCase {
	add := func(routes ...doctor.Route) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) { d.Net.Routes = append(d.Net.Routes, routes...) })
	}
	drop := func(dst string) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) {
			d.Net.Routes = slices.DeleteFunc(d.Net.Routes, func(r doctor.Route) bool { return r.Dst == p(dst) })
		})
	}
	rule := func(r doctor.Rule) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) { d.Net.Rules = append(d.Net.Rules, r) })
	}
	manual := device(func(d *doctor.Device) { d.File.Settings.Interface.Table = "off" })
	vrf := doctor.Rule{Priority: 1000, Action: doctor.RuleTable, Table: 7, Other: true}
	jump := doctor.Rule{Priority: 10, Action: doctor.RuleGoto, Goto: 32767}
	none := drop("192.168.50.0/24")
	metric := func(m uint32, link int) doctor.Route {
		r := route(mainTable, "192.168.50.0/24", link)
		r.Metric = m
		return r
	}
	typed := func(kind doctor.RouteType) doctor.Route {
		return doctor.Route{Table: mainTable, Type: kind, Dst: p("192.168.50.0/24"), Metric: 1}
	}
	return []findingCase{
		{doctor.RouteMissing, "only the default route", server, none, nothing},
		{doctor.RouteMissing, "none", server, all(none, drop("0.0.0.0/0")), nothing},
		{doctor.RouteMissing, "routes of parts", server, none, all(none, add(route(mainTable, "192.168.50.0/25", wg0)))},
		{doctor.RouteMissing, "manual", server, none, all(none, manual)},
		{doctor.RouteMissing, "rule for some programs", server, none, all(none, add(route(7, "192.168.50.0/24", wg0)), rule(vrf))},
		{doctor.RouteMissing, "VRF", server, all(none, add(route(7, "192.168.50.0/24", wg0))),
			all(none, add(route(7, "192.168.50.0/24", wg0)), rule(doctor.Rule{Priority: 1000, Action: doctor.RuleTable, Other: true}))},
		{doctor.RouteMissing, "goto", server, rule(jump), rule(doctor.Rule{Priority: 10, Action: doctor.RuleGoto, Goto: 32766})},
		{doctor.RouteMissing, "down", server, none, all(none, device(func(d *doctor.Device) { d.Net.Links[2].Up = false }))},
		{doctor.RouteElsewhere, "other interface", server, all(none, add(route(mainTable, "192.168.0.0/16", eth0))), add(route(mainTable, "192.168.0.0/16", eth0))},
		{doctor.RouteElsewhere, "metric", server, all(none, add(metric(2, wg0), metric(1, eth0))), all(none, add(metric(2, eth0), metric(1, wg0)))},
		{doctor.RouteElsewhere, "multipath", server,
			all(none, add(doctor.Route{Table: mainTable, Type: doctor.RouteUnicast, Dst: p("192.168.50.0/24"), Links: []int{eth0}})),
			all(none, add(doctor.Route{Table: mainTable, Type: doctor.RouteUnicast, Dst: p("192.168.50.0/24"), Links: []int{eth0, wg0}}))},
		{doctor.RouteElsewhere, "unreachable", server, all(none, add(typed(doctor.RouteUnreachable))), all(none, add(typed(doctor.RouteThrow)))},
		{doctor.RouteElsewhere, "own address", server, peer(func(p *wgtypes.Peer) { p.AllowedIPs = prefixes("192.0.2.10/32") }), nothing},
		{doctor.RouteElsewhere, "rule that drops", server, rule(doctor.Rule{Priority: 9, Action: doctor.RuleProhibit, Dst: p("192.168.0.0/16")}),
			rule(doctor.Rule{Priority: 9, Action: doctor.RuleProhibit, Dst: p("192.168.0.0/17"), In: "eth0"})},
		{doctor.RouteElsewhere, "default route", client, device(func(d *doctor.Device) { d.Net.Rules = systemRules() }), nothing},
	}
}

func policyCases() []findingCase {
	marks := func(mark uint32) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) { d.FirewallMark = mark })
	}
	rule := func(r doctor.Rule) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) { d.Net.Rules = append(d.Net.Rules, r) })
	}
	fileMark := device(func(d *doctor.Device) { d.File.Settings.Interface.FwMark = new(uint32(7)) })
	strict := func(n int) func(*doctor.Snapshot) {
		return all(sysctl("ipv4/conf/all/src_valid_mark", 0), sysctl("ipv4/conf/eth0/rp_filter", n))
	}
	// The device is used only by programs with a mark.
	onlyMarked := device(func(d *doctor.Device) {
		d.Net.Rules = append(systemRules(), doctor.Rule{Priority: 5, Action: doctor.RuleTable, Table: quickTable, Mark: 7, Mask: 0xff})
		d.FirewallMark = 0
	})
	ends := sysctl("ipv4/conf/all/src_valid_mark", 0)
	off, off6 := sysctl("ipv4/conf/wg0/forwarding", 0), sysctl("ipv6/conf/all/forwarding", 0)
	keep := func(n int) func(*doctor.Snapshot) {
		return device(func(d *doctor.Device) { d.Peers = d.Peers[:n] })
	}
	several6 := device(func(d *doctor.Device) { d.Peers[1].AllowedIPs = prefixes("fd00::3/128") })
	calling := device(func(d *doctor.Device) {
		for i := range d.Peers {
			d.Peers[i].PersistentKeepalive = 25 * time.Second
		}
	})
	return []findingCase{
		{doctor.FwmarkWithoutRule, "none", server, all(marks(7), fileMark), marks(7)},
		{doctor.FwmarkWithoutRule, "default route", client, device(func(d *doctor.Device) { d.Net.Rules = systemRules() }), nothing},
		{doctor.FwmarkWithoutRule, "IPv6 default route", client, dropRules(true), nothing},
		{doctor.FwmarkWithoutRule, "IPv4 default route", client, dropRules(false), all(dropRules(false), peer(func(p *wgtypes.Peer) { p.AllowedIPs = prefixes("::/0") }))},
		{doctor.FwmarkWithoutRule, "a rule", server, all(marks(7), fileMark), all(marks(7), fileMark, rule(doctor.Rule{Priority: 5, Action: doctor.RuleTable, Table: 9, Mark: 7, Mask: 0xff}))},
		{doctor.FwmarkWithoutRule, "other bits", server, all(marks(7), fileMark, rule(doctor.Rule{Priority: 5, Action: doctor.RuleTable, Table: 9, Mark: 0x70007, Mask: 0xffff0007})),
			all(marks(7), fileMark, rule(doctor.Rule{Priority: 5, Action: doctor.RuleTable, Table: 9, Mark: 1, Mask: 1}))},
		{doctor.RPFilterStrict, "uplink", client, strict(1), strict(2)},
		{doctor.RPFilterStrict, "mark is used", client, strict(1), sysctl("ipv4/conf/eth0/rp_filter", 1)},
		{doctor.RPFilterStrict, "tunnel", client, all(onlyMarked, ends), all(onlyMarked, ends, sysctl("ipv4/conf/wg0/rp_filter", 0))},
		{doctor.ForwardingOff, "peers", server, all(keep(2), off), all(keep(1), off)},
		{doctor.ForwardingOff, "network of a peer", server, off, nothing},
		{doctor.ForwardingOff, "this host calls", server, off, all(off, calling)},
		{doctor.ForwardingOff, "IPv6", server, all(several6, off6), off6},
	}
}

// dropRules removes the rules with a mark of a family.
func dropRules(v6 bool) func(*doctor.Snapshot) {
	return device(func(d *doctor.Device) {
		d.Net.Rules = slices.DeleteFunc(d.Net.Rules, func(r doctor.Rule) bool { return r.Mask != 0 && r.IPv6 == v6 })
	})
}

// TestDefaultRouteRemedy checks that no remedy sends all packets, and with them the
// encrypted ones, into the tunnel.
func TestDefaultRouteRemedy(t *testing.T) {
	t.Parallel()
	s := client()
	s.Devices[0].Net.Rules = systemRules()
	found := doctor.Diagnose(s).Findings
	for _, f := range found {
		if strings.Contains(f.Remedy, "ip route") || strings.Contains(f.Remedy, "ip rule") {
			t.Errorf("%s has the remedy %q, want no command that changes routes", f.ID, f.Remedy)
		}
	}
	if len(found) < 2 {
		t.Errorf("Diagnose finds %+v, want missing routes and rules", found)
	}
}

// TestSyncRemedy checks that the remedy for a file that differs is sync, unless sync
// would remove a firewall mark.
func TestSyncRemedy(t *testing.T) {
	t.Parallel()
	for mark, want := range map[uint32]string{0: "wgctrl sync wg0 /etc/wireguard/wg0.conf", 0xca6c: "restart the tunnel"} {
		s := server()
		s.Devices[0].FirewallMark, s.Devices[0].ListenPort = mark, 7
		s.Devices[0].Net.UDPPorts[7] = true
		found := doctor.Diagnose(s).Findings
		if len(found) != 1 || found[0].ID != doctor.FileDiffers || !strings.Contains(found[0].Remedy, want) {
			t.Errorf("Diagnose with the mark %#x finds %+v, want %s with the remedy %q", mark, found, doctor.FileDiffers, want)
		}
	}
	s := client() // sync keeps the mark that wg-quick(8) has chosen for the default route
	s.Devices[0].Peers[0].PersistentKeepalive = 24 * time.Second
	const want = "wgctrl sync wg0 /etc/wireguard/wg0.conf"
	if found := doctor.Diagnose(s).Findings; len(found) != 1 || found[0].ID != doctor.FileDiffers || !strings.Contains(found[0].Remedy, want) {
		t.Errorf("Diagnose with a default route finds %+v, want %s with the remedy %q", found, doctor.FileDiffers, want)
	}
}

// TestNames checks that findings name the peer as the file does.
func TestNames(t *testing.T) {
	t.Parallel()
	s := server()
	s.Devices[0].Peers[1].LastHandshake = time.Time{}
	s.Devices[0].Peers[1].ReceiveBytes = 0
	got := doctor.Diagnose(s).Findings
	if len(got) != 1 || got[0].PeerName != "phone" || got[0].Peer != key(2) || got[0].Device != s.Devices[0].Ref() {
		t.Errorf("Diagnose finds %+v, want one finding about phone", got)
	}
}

// TestUnselected checks that devices that are not selected have no findings.
func TestUnselected(t *testing.T) {
	t.Parallel()
	s := server()
	s.Devices[0].Selected = false
	s.Devices[0].Net.Links[2].Up = false
	if r := doctor.Diagnose(s); len(r.Findings) > 0 || len(r.Checked) > 0 {
		t.Errorf("Diagnose = %+v, want nothing about a device that is not selected", r)
	}
}
