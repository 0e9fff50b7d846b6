//go:build linux

package main

import (
	"fmt"
	"net"
	"time"

	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// change is a Config, and the rows of the table in docs/migration.md that explain a
// difference for userspace or kernel devices. A row is "" if there must not be one.
type change struct {
	name         string
	config       wgtypes.Config
	user, kernel string
}

// The peers of base.
var first, second, absent = key(0x11), key(0x22), key(0x33)

// base returns the configuration of a device before each change.
func base() wgtypes.Config {
	return wgtypes.Config{
		PrivateKey: new(clamped(1)), ListenPort: new(5000), ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{
			{
				PublicKey: first, PresharedKey: new(key(0x77)), Endpoint: endpoint("192.0.2.1", 1), PersistentKeepaliveInterval: new(7 * time.Second),
				AllowedIPs: []net.IPNet{cidr("10.1.0.0/16"), cidr("2001:db8:1::/48")},
			},
			{PublicKey: second, AllowedIPs: []net.IPNet{cidr("10.2.0.0/16")}},
		},
	}
}

func changes() []change {
	highest := int64(1<<32 - 1) // does not fit in an int of 32 bits
	list := []change{
		{name: "nothing"},
		{name: "private key", config: wgtypes.Config{PrivateKey: new(clamped(9))}},
		{name: "private key that is not clamped", config: wgtypes.Config{PrivateKey: new(key(9))}},
		{name: "no private key", config: wgtypes.Config{PrivateKey: new(wgtypes.Key)}},
		{name: "listen port", config: wgtypes.Config{ListenPort: new(5001)}},
		{name: "firewall mark", config: wgtypes.Config{FirewallMark: new(0x1234)}},
		{name: "no firewall mark", config: wgtypes.Config{FirewallMark: new(0)}},
		{name: "highest firewall mark", config: wgtypes.Config{FirewallMark: new(int(highest))}},
		{name: "replace peers by none", config: wgtypes.Config{ReplacePeers: true}},
		{name: "replace peers", config: wgtypes.Config{ReplacePeers: true, Peers: []wgtypes.PeerConfig{{PublicKey: absent}}}},
		{name: "the same key twice", config: wgtypes.Config{Peers: []wgtypes.PeerConfig{
			{PublicKey: absent, AllowedIPs: []net.IPNet{cidr("10.3.0.0/16")}},
			{PublicKey: absent, PresharedKey: new(key(5)), AllowedIPs: []net.IPNet{cidr("10.4.0.0/16")}},
		}}},
		{name: "two peers", config: wgtypes.Config{Peers: []wgtypes.PeerConfig{
			{PublicKey: absent, AllowedIPs: []net.IPNet{cidr("10.3.0.0/16")}},
			{PublicKey: second, Remove: true},
		}}},
	}
	for _, port := range []int{-1, 65536, 65589} {
		list = append(list, change{
			name: fmt.Sprintf("listen port %d", port), config: wgtypes.Config{ListenPort: new(port)},
			user: "range", kernel: "range",
		})
	}
	for _, mark := range []int64{-1, highest + 1, highest + 6} {
		list = append(list, change{
			name: fmt.Sprintf("firewall mark %d", mark), config: wgtypes.Config{FirewallMark: new(int(mark))},
			user: "range", kernel: "range",
		})
	}
	list = append(list, peerChanges()...)
	list = append(list, endpointChanges()...)
	list = append(list, keepaliveChanges()...)
	return append(list, allowedIPChanges()...)
}

// ofPeer returns a change of the peer p, or of the first peer if p has no key.
func ofPeer(name string, p wgtypes.PeerConfig) change {
	if p.PublicKey == (wgtypes.Key{}) {
		p.PublicKey = first
	}
	return change{name: name, config: wgtypes.Config{Peers: []wgtypes.PeerConfig{p}}}
}

func peerChanges() []change {
	own := clamped(1)
	return []change{
		ofPeer("existing peer", wgtypes.PeerConfig{}),
		ofPeer("missing peer", wgtypes.PeerConfig{PublicKey: absent}),
		ofPeer("own key", wgtypes.PeerConfig{PublicKey: own.PublicKey()}),
		ofPeer("remove", wgtypes.PeerConfig{Remove: true}),
		ofPeer("remove a missing peer", wgtypes.PeerConfig{PublicKey: absent, Remove: true}),
		ofPeer("remove with settings", wgtypes.PeerConfig{
			Remove: true, UpdateOnly: true, PresharedKey: new(key(1)), Endpoint: endpoint("192.0.2.3", 4), ReplaceAllowedIPs: true,
			AllowedIPs: []net.IPNet{cidr("10.2.0.0/16")},
		}),
		ofPeer("update only", wgtypes.PeerConfig{UpdateOnly: true, PersistentKeepaliveInterval: new(9 * time.Second)}),
		ofPeer("update only a missing peer", wgtypes.PeerConfig{PublicKey: absent, UpdateOnly: true}),
		ofPeer("preshared key", wgtypes.PeerConfig{PresharedKey: new(key(5))}),
		ofPeer("no preshared key", wgtypes.PeerConfig{PresharedKey: new(wgtypes.Key)}),
	}
}

func endpointChanges() []change {
	of := func(name string, e *net.UDPAddr) change {
		return ofPeer("endpoint: "+name, wgtypes.PeerConfig{Endpoint: e})
	}
	list := []change{
		of("IPv4", endpoint("192.0.2.2", 51820)),
		of("IPv4 in 4 bytes", &net.UDPAddr{IP: net.IPv4(192, 0, 2, 2).To4(), Port: 51820}),
		of("IPv6", endpoint("2001:db8::1", 51820)),
		of("port 0", endpoint("192.0.2.2", 0)),
		of("unspecified", &net.UDPAddr{IP: net.IPv6zero, Port: 1}),
	}
	invalid := func(row string, c change) {
		c.user, c.kernel = row, row
		list = append(list, c)
	}
	zone := func(name string, ip net.IP, zone, user, kernel string) {
		c := of(name, &net.UDPAddr{IP: ip, Port: 1, Zone: zone})
		c.user, c.kernel = user, kernel
		list = append(list, c)
	}
	linkLocal := net.ParseIP("fe80::1")
	zone("zone", linkLocal, "lo", "", "zone")
	zone("zone by number", linkLocal, "1", "", "zone")
	zone("zone of no interface", linkLocal, "nowhere", "zone", "zone")
	zone("zone with a line", linkLocal, "lo]:1\nallowed_ip=0.0.0.0/0\nendpoint=[fe80::1%lo", "zone-lines", "zone-lines")
	zone("zone of an IPv4 address", net.IPv4(192, 0, 2, 2), "lo", "zone", "")
	zone("zone with a line of an IPv4 address", net.IPv4(192, 0, 2, 2).To4(), "lo\nremove=true", "zone-lines", "zone-lines")
	invalid("range", of("port 65536", endpoint("192.0.2.2", 65536)))
	invalid("range", of("port -1", endpoint("192.0.2.2", -1)))
	invalid("no-address", of("no IP", &net.UDPAddr{Port: 1}))
	invalid("no-address", of("nothing", &net.UDPAddr{}))
	invalid("no-address", of("IP of 3 bytes", &net.UDPAddr{IP: net.IP{1, 2, 3}, Port: 1}))
	return list
}

func keepaliveChanges() []change {
	var list []change
	for _, d := range []time.Duration{0, time.Second, 25 * time.Second, 65535 * time.Second} {
		list = append(list, ofPeer("keepalive: "+d.String(), wgtypes.PeerConfig{PersistentKeepaliveInterval: new(d)}))
	}
	for _, d := range []time.Duration{
		-time.Second, 500 * time.Millisecond, 25*time.Second + 1, 65536 * time.Second, 65589 * time.Second, 1<<63 - 1,
	} {
		c := ofPeer("keepalive: "+d.String(), wgtypes.PeerConfig{PersistentKeepaliveInterval: new(d)})
		c.user, c.kernel = "keepalive", "keepalive"
		list = append(list, c)
	}
	return list
}

func allowedIPChanges() []change {
	of := func(name string, nets ...net.IPNet) change {
		return ofPeer("allowed IPs: "+name, wgtypes.PeerConfig{ReplaceAllowedIPs: true, AllowedIPs: nets})
	}
	four, six := net.ParseIP("10.9.0.0"), net.ParseIP("2001:db8::")
	list := []change{
		of("none"),
		of("IPv4", cidr("10.9.0.0/24")),
		of("IPv4 in 4 bytes", net.IPNet{IP: four.To4(), Mask: net.CIDRMask(24, 32)}),
		of("IPv6", cidr("2001:db8:9::/48")),
		of("host bits", cidr("10.9.8.7/24"), cidr("2001:db8::1/32")),
		of("everything", cidr("0.0.0.0/0"), cidr("::/0")),
		of("hosts", cidr("10.9.0.1/32"), cidr("2001:db8::1/128")),
		of("the same twice", cidr("10.9.0.0/24"), cidr("10.9.0.0/24")),
		of("another peer's", cidr("10.2.0.0/16")),
		ofPeer("allowed IPs: added", wgtypes.PeerConfig{AllowedIPs: []net.IPNet{cidr("10.9.0.0/24")}}),
		ofPeer("allowed IPs: one that the peer has", wgtypes.PeerConfig{AllowedIPs: []net.IPNet{cidr("10.1.0.0/16")}}),
	}
	mapped := of("IPv4 with a mask of 16 bytes", net.IPNet{IP: four, Mask: net.CIDRMask(96+24, 128)})
	mapped.kernel = "mask"
	list = append(list, mapped)
	for _, t := range []struct {
		row, name string
		ip        net.IP
		mask      net.IPMask
	}{
		{"mask", "no mask", four, nil},
		{"mask", "empty mask", four, net.IPMask{}},
		{"mask", "mask with a hole", four, net.IPv4Mask(255, 0, 255, 0)},
		{"mask", "mask of 5 bytes", four, net.IPMask{255, 255, 255, 0, 0}},
		{"mask", "IPv4 with a mask for IPv6", four, net.CIDRMask(8, 128)},
		{"mask", "IPv6 with a mask of 4 bytes", six, net.CIDRMask(24, 32)},
		{"mask", "IPv6 without a mask", six, nil},
		{"no-address", "nothing", nil, nil},
		{"no-address", "no IP", nil, net.CIDRMask(24, 32)},
		{"no-address", "IP of 3 bytes", net.IP{1, 2, 3}, net.CIDRMask(24, 32)},
	} {
		c := of(t.name, net.IPNet{IP: t.ip, Mask: t.mask})
		c.user, c.kernel = t.row, t.row
		list = append(list, c)
	}
	return list
}

// manyPeers returns more peers than the original sends in one message.
func manyPeers() wgtypes.Config {
	c := wgtypes.Config{ReplacePeers: true}
	for i := range 40 {
		c.Peers = append(c.Peers, wgtypes.PeerConfig{
			PublicKey: key(byte(100 + i)), AllowedIPs: []net.IPNet{cidr(fmt.Sprintf("10.100.%d.0/24", i))},
		})
	}
	return c
}

func manyPeersTwice() wgtypes.Config {
	c := manyPeers()
	c.Peers = append(c.Peers, wgtypes.PeerConfig{
		PublicKey: key(100), PresharedKey: new(key(5)), Endpoint: endpoint("192.0.2.9", 9), PersistentKeepaliveInterval: new(9 * time.Second),
		ReplaceAllowedIPs: true, AllowedIPs: []net.IPNet{cidr("10.200.0.0/24")},
	})
	return c
}

// manyAllowedIPs returns more allowed IPs than the original sends in one message.
func manyAllowedIPs() wgtypes.Config {
	p := wgtypes.PeerConfig{PublicKey: absent, ReplaceAllowedIPs: true}
	for i := range 600 {
		p.AllowedIPs = append(p.AllowedIPs, cidr(fmt.Sprintf("10.%d.%d.0/24", 100+i/256, i%256)))
	}
	return wgtypes.Config{Peers: []wgtypes.PeerConfig{p}}
}
