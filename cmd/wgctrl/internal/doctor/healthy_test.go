package doctor_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/doctor"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// The indexes of interfaces, and the tables of routes.
const (
	lo, eth0, wg0, wg1 = 1, 2, 5, 6

	quickTable, mainTable, localTable = 51820, 254, 255
)

func p(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func prefixes(list ...string) (all []netip.Prefix) {
	for _, s := range list {
		all = append(all, p(s))
	}
	return all
}

func key(n byte) wgtypes.PublicKey { return wgtypes.PublicKey{n} }

func privateKey() wgtypes.PrivateKey {
	return wgtypes.NewPrivateKey([32]byte{8, 31: 64})
}

func route(table uint32, dst string, link int) doctor.Route {
	return doctor.Route{Table: table, Type: doctor.RouteUnicast, Dst: p(dst), Links: []int{link}}
}

func local(address string, link int) doctor.Route {
	return doctor.Route{Table: localTable, Type: doctor.RouteLocal, Dst: p(address), Links: []int{link}}
}

// systemRules are the rules of a system without policy routing.
func systemRules() []doctor.Rule {
	return []doctor.Rule{
		{Action: doctor.RuleTable, Table: localTable},
		{Priority: 32766, Action: doctor.RuleTable, Table: mainTable},
		{Priority: 32767, Action: doctor.RuleTable, Table: 253},
		{IPv6: true, Action: doctor.RuleTable, Table: localTable},
		{IPv6: true, Priority: 32766, Action: doctor.RuleTable, Table: mainTable},
	}
}

// quickRules are the rules that wg-quick adds for the default route.
func quickRules() []doctor.Rule {
	rules := systemRules()
	for _, v6 := range []bool{false, true} {
		rules = append(rules,
			doctor.Rule{IPv6: v6, Priority: 32764, Action: doctor.RuleTable, Table: mainTable, Suppress: 1},
			doctor.Rule{IPv6: v6, Priority: 32765, Action: doctor.RuleTable, Table: quickTable, Invert: true, Mark: 0xca6c, Mask: 0xffffffff})
	}
	return rules
}

func file(text string) *doctor.File {
	parsed := wgconf.Parse("/etc/wireguard/wg0.conf", []byte(text))
	settings, err := parsed.Settings(wgconf.DialectWGQuick)
	if err != nil {
		panic(err) // the text is part of the test
	}
	return &doctor.File{Path: "/etc/wireguard/wg0.conf", Mode: 0o600, Settings: settings, Names: parsed.PeerNames()}
}

const clientFile = `[Interface]
PrivateKey = CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA=
Address = 10.0.0.2/32, fd00::2/128
[Peer] # server
PublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
Endpoint = vpn.example.com:51820
AllowedIPs = 0.0.0.0/0, ::/0
PersistentKeepalive = 25
`

// client is a host behind a NAT whose packets all go through wg-quick's tunnel.
func client() *doctor.Snapshot {
	d := &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel, Index: wg0, PrivateKey: privateKey(), PublicKey: privateKey().PublicKey(),
		ListenPort: 40001, FirewallMark: 0xca6c, Peers: []wgtypes.Peer{{
			PublicKey: key(1), Endpoint: netip.MustParseAddrPort("198.51.100.1:51820"), PersistentKeepalive: 25 * time.Second,
			LastHandshake: now.Add(-30 * time.Second), ReceiveBytes: 9000, TransmitBytes: 8000, AllowedIPs: prefixes("0.0.0.0/0", "::/0"),
		}}}
	net := &doctor.Network{
		Links: []doctor.Link{
			{Index: lo, Name: "lo", Up: true, MTU: 65536, Addresses: prefixes("127.0.0.1/8", "::1/128")},
			{Index: eth0, Name: "eth0", Up: true, MTU: 1500, Addresses: prefixes("192.168.1.10/24", "fe80::1/64")},
			{Index: wg0, Name: "wg0", Up: true, MTU: 1420, Addresses: prefixes("10.0.0.2/32", "fd00::2/128")},
		},
		Routes: []doctor.Route{
			local("127.0.0.0/8", lo), local("192.168.1.10/32", eth0), local("10.0.0.2/32", wg0),
			route(mainTable, "0.0.0.0/0", eth0), route(mainTable, "192.168.1.0/24", eth0),
			route(quickTable, "0.0.0.0/0", wg0), route(quickTable, "::/0", wg0),
		},
		Rules:    quickRules(),
		UDPPorts: map[uint16]bool{40001: true},
		Sysctls: map[string]int{
			"ipv4/conf/all/rp_filter": 0, "ipv4/conf/eth0/rp_filter": 1, "ipv4/conf/wg0/rp_filter": 1, "ipv4/conf/all/src_valid_mark": 1,
			"ipv4/conf/wg0/forwarding": 0, "ipv6/conf/all/forwarding": 0,
		},
	}
	f := file(clientFile)
	f.Hosts = map[string]doctor.Host{"vpn.example.com": {Addrs: []netip.Addr{netip.MustParseAddr("198.51.100.1")}}}
	return &doctor.Snapshot{Now: now, Built: now.AddDate(0, -1, 0), Booted: now.Add(-5 * time.Hour),
		Devices: []*doctor.Device{{Device: d, Net: net, File: f, Selected: true}}}
}

const serverFile = `[Interface]
PrivateKey = CAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEA=
Address = 10.0.0.1/24, fd00::1/64
ListenPort = 51820
[Peer] # laptop
PublicKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
AllowedIPs = 10.0.0.2/32, fd00::2/128
[Peer] # phone
PublicKey = AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
AllowedIPs = 10.0.0.3/32
[Peer] # office
PublicKey = AwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
AllowedIPs = 10.0.0.4/32, 192.168.50.0/24
`

// server is a host to which peers connect: one is offline, one has a network.
func server() *doctor.Snapshot {
	peer := func(n byte, endpoint string, age time.Duration, allowed ...string) wgtypes.Peer {
		return wgtypes.Peer{PublicKey: key(n), Endpoint: netip.MustParseAddrPort(endpoint), LastHandshake: now.Add(-age),
			ReceiveBytes: 9000, TransmitBytes: 8000, AllowedIPs: prefixes(allowed...)}
	}
	d := &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel, Index: wg0, PrivateKey: privateKey(), PublicKey: privateKey().PublicKey(),
		ListenPort: 51820, Peers: []wgtypes.Peer{
			peer(1, "203.0.113.5:4444", time.Minute, "10.0.0.2/32", "fd00::2/128"),
			peer(2, "[2001:db8::9]:5555", 3*time.Hour, "10.0.0.3/32"),
			peer(3, "203.0.113.6:51820", 100*time.Second, "10.0.0.4/32", "192.168.50.0/24"),
		}}
	net := &doctor.Network{
		Links: []doctor.Link{
			{Index: lo, Name: "lo", Up: true, MTU: 65536, Addresses: prefixes("127.0.0.1/8")},
			{Index: eth0, Name: "eth0", Up: true, MTU: 1500, Addresses: prefixes("192.0.2.10/24", "2001:db8::10/64")},
			{Index: wg0, Name: "wg0", Up: true, MTU: 1420, Addresses: prefixes("10.0.0.1/24", "fd00::1/64")},
		},
		Routes: []doctor.Route{
			local("127.0.0.0/8", lo), local("192.0.2.10/32", eth0), local("10.0.0.1/32", wg0), local("fd00::1/128", wg0),
			route(mainTable, "0.0.0.0/0", eth0), route(mainTable, "192.0.2.0/24", eth0), route(mainTable, "::/0", eth0),
			route(mainTable, "10.0.0.0/24", wg0), route(mainTable, "192.168.50.0/24", wg0), route(mainTable, "fd00::/64", wg0),
		},
		Rules:    systemRules(),
		UDPPorts: map[uint16]bool{51820: true, 53: true},
		Sysctls: map[string]int{
			"ipv4/conf/all/rp_filter": 1, "ipv4/conf/eth0/rp_filter": 1, "ipv4/conf/wg0/rp_filter": 1, "ipv4/conf/all/src_valid_mark": 0,
			"ipv4/conf/wg0/forwarding": 1, "ipv6/conf/all/forwarding": 1,
		},
	}
	return &doctor.Snapshot{Now: now, Built: now.AddDate(0, -1, 0), Booted: now.Add(-50 * time.Hour),
		Devices: []*doctor.Device{{Device: d, Net: net, File: file(serverFile), Selected: true}}}
}

// router is a host whose routing daemon adds the routes: the peer may send from every
// address, and the file sets no routes.
func router() *doctor.Snapshot {
	s := server()
	d := s.Devices[0]
	d.Peers = d.Peers[:1]
	d.Peers[0].AllowedIPs = prefixes("0.0.0.0/0", "::/0")
	d.Net.Routes = append(d.Net.Routes, route(mainTable, "10.99.0.0/16", wg0), route(mainTable, "fd99::/16", wg0))
	d.File = nil
	return s
}

// cloud is a server with a private address behind its provider's NAT, without a file.
func cloud() *doctor.Snapshot {
	s := server()
	s.Devices[0].Net.Links[1].Addresses = prefixes("10.20.0.5/20")
	s.Devices[0].File = nil
	return s
}

// split is a client that sends only the packets for some networks through the tunnel.
func split() *doctor.Snapshot {
	s := client()
	d := s.Devices[0]
	d.FirewallMark, d.File = 0, nil
	d.Net.Rules = systemRules()
	d.Net.Routes = append(d.Net.Routes[:5], route(mainTable, "10.0.0.0/24", wg0), route(mainTable, "192.168.50.0/24", wg0))
	d.Peers[0].AllowedIPs = prefixes("10.0.0.0/24", "192.168.50.0/24")
	return s
}

// gateway is a host that forwards the packets of its network through the tunnel.
func gateway() *doctor.Snapshot {
	s := split()
	d := s.Devices[0]
	d.Net.Routes = append(d.Net.Routes[:5], route(quickTable, "0.0.0.0/0", wg0))
	d.Net.Rules = append(systemRules(), doctor.Rule{Priority: 5, Action: doctor.RuleTable, Table: quickTable, In: "br0"})
	d.Peers[0].AllowedIPs = prefixes("0.0.0.0/0")
	return s
}

// marked is a client that sends only the packets that the firewall marks through the
// tunnel.
func marked() *doctor.Snapshot {
	s := gateway()
	s.Devices[0].Net.Rules = append(systemRules(), doctor.Rule{Priority: 5, Action: doctor.RuleTable, Table: quickTable, Mark: 7, Mask: 0xff})
	return s
}

// snapshots are the healthy ones.
func snapshots() map[string]func() *doctor.Snapshot {
	return map[string]func() *doctor.Snapshot{"client": client, "split": split, "gateway": gateway, "marked": marked, "server": server, "router": router, "cloud": cloud}
}

func TestHealthy(t *testing.T) {
	t.Parallel()
	for name, snapshot := range snapshots() {
		s := snapshot()
		if r := doctor.Diagnose(s); len(r.Findings) > 0 || len(r.NotChecked) > 0 || len(r.Checked) != 1 {
			t.Errorf("Diagnose(%s) = %+v, want no findings and no notes about one device", name, r)
		}
	}
}

// TestHealthyWithoutNetwork checks that nothing is found in what could not be read.
func TestHealthyWithoutNetwork(t *testing.T) {
	t.Parallel()
	for name, snapshot := range snapshots() {
		for _, topic := range []doctor.Topic{doctor.TopicLink, doctor.TopicAddresses, doctor.TopicRoutes, doctor.TopicRules, doctor.TopicSysctls, doctor.TopicSockets} {
			s := snapshot()
			d := s.Devices[0]
			s.NotChecked = []doctor.Note{{Device: d.Ref(), What: topic, Reason: "no"}}
			switch topic {
			case doctor.TopicLink:
				d.Net = &doctor.Network{}
			case doctor.TopicAddresses:
				for i := range d.Net.Links {
					d.Net.Links[i].Addresses = nil
				}
			case doctor.TopicRoutes:
				d.Net.Routes = nil
			case doctor.TopicRules:
				d.Net.Rules = nil
			case doctor.TopicSysctls:
				d.Net.Sysctls = nil
			case doctor.TopicSockets:
				d.Net.UDPPorts = nil
			}
			if r := doctor.Diagnose(s); len(r.Findings) > 0 || len(r.NotChecked) != 1 {
				t.Errorf("Diagnose(%s without %s) = %+v, want no findings and one note", name, topic, r)
			}
		}
	}
}
