package wgconf_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, prefix(text))
	}
	return list
}

func TestConfig(t *testing.T) {
	t.Parallel()
	s := &wgconf.Settings{
		Interface: wgconf.Interface{FwMark: new(uint32(7)), MTU: 1420},
		Peers: []wgconf.Peer{
			{PublicKey: publicA, PersistentKeepalive: new(time.Second), AllowedIPs: allowed("10.1.2.3/8", "::ffff:10.1.2.3/104")},
			{PublicKey: publicB, Incremental: true, AllowedIPs: allowed("::/0", "-10.1.2.3/8"), Endpoint: wgconf.Endpoint{Host: "::ffff:192.0.2.1", Port: 1}},
			{PublicKey: publicA, PresharedKey: &preshared},
		},
	}
	mapped := netip.PrefixFrom(netip.MustParseAddr("::ffff:10.0.0.0"), 104)
	want := wgtypes.Config{
		FirewallMark: new(uint32(7)),
		Peers: []wgtypes.PeerConfig{
			{PublicKey: publicA, PersistentKeepalive: new(time.Second), ReplaceAllowedIPs: true, AllowedIPs: []netip.Prefix{prefix("10.0.0.0/8"), mapped}},
			{PublicKey: publicB, AllowedIPs: prefixes("::/0"), RemoveAllowedIPs: prefixes("10.0.0.0/8"), Endpoint: netip.MustParseAddrPort("192.0.2.1:1")},
			{PublicKey: publicA, PresharedKey: &preshared, ReplaceAllowedIPs: true},
		},
	}
	got, err := s.AddConfig()
	if diff := cmp.Diff(want, got, opaque); diff != "" || err != nil {
		t.Errorf("AddConfig: %v (-want +got):\n%s", err, diff)
	}
	want.PrivateKey, want.ListenPort, want.ReplacePeers = new(wgtypes.PrivateKey), new(uint16), true
	want.Peers[0].PresharedKey = new(wgtypes.PresharedKey)
	want.Peers[1].PresharedKey, want.Peers[1].PersistentKeepalive = new(wgtypes.PresharedKey), new(time.Duration)
	got, err = s.Config()
	if diff := cmp.Diff(want, got, opaque); diff != "" || err != nil {
		t.Errorf("Config: %v (-want +got):\n%s", err, diff)
	}
	for i, p := range s.Peers {
		configs, err := p.Configs()
		if len(configs) != 1 || err != nil {
			t.Errorf("peer %d: Configs = %d elements, %v, want those of Settings.Config", i, len(configs), err)
		}
	}
	// Peers do not share the capacity of their lists.
	whole := must((&wgconf.Settings{Peers: []wgconf.Peer{{PublicKey: publicA, AllowedIPs: allowed("10.0.0.0/8")}, {PublicKey: publicB, AllowedIPs: allowed("::/0")}}}).Config())
	_ = append(whole.Peers[0].AllowedIPs, prefix("192.0.2.0/24"))
	if diff := cmp.Diff(prefixes("::/0"), whole.Peers[1].AllowedIPs, opaque); diff != "" {
		t.Errorf("AllowedIPs after an append to those of another peer (-want +got):\n%s", diff)
	}
	// A change of the Config does not change the Settings.
	*got.FirewallMark, *got.Peers[0].PersistentKeepalive = 8, time.Minute
	if *s.Interface.FwMark != 7 || *s.Peers[0].PersistentKeepalive != time.Second {
		t.Error("the Config shares memory with the Settings, want a copy")
	}
	empty, err := new(wgconf.Settings).AddConfig()
	if diff := cmp.Diff(wgtypes.Config{}, empty); diff != "" || err != nil {
		t.Errorf("the zero Settings: %v (-want +got):\n%s", err, diff)
	}
}

// TestOrder checks that additions and removals of the same prefix keep their order.
func TestOrder(t *testing.T) {
	t.Parallel()
	add := func(texts ...string) wgtypes.PeerConfig { return wgtypes.PeerConfig{AllowedIPs: prefixes(texts...)} }
	remove := func(c wgtypes.PeerConfig, texts ...string) wgtypes.PeerConfig {
		c.RemoveAllowedIPs = prefixes(texts...)
		return c
	}
	replace := func(c wgtypes.PeerConfig) wgtypes.PeerConfig {
		c.ReplaceAllowedIPs = true
		return c
	}
	for _, test := range []struct {
		list        string
		incremental bool
		want        []wgtypes.PeerConfig
	}{
		{"", true, []wgtypes.PeerConfig{{}}},
		{"", false, []wgtypes.PeerConfig{replace(add())}},
		{"+::/0,-10.0.0.0/8,+fd00::/8", true, []wgtypes.PeerConfig{remove(add("::/0", "fd00::/8"), "10.0.0.0/8")}},
		{"+::/0,-::/0", true, []wgtypes.PeerConfig{add("::/0"), remove(add(), "::/0")}},
		{"-::/0,+::/0", true, []wgtypes.PeerConfig{remove(add(), "::/0"), add("::/0")}},
		{"+::1/0,-10.0.0.0/8,-::2/0,-10.0.0.0/8,+::/0,+fd00::/8", true, []wgtypes.PeerConfig{
			remove(add("::/0"), "10.0.0.0/8"), remove(add(), "::/0", "10.0.0.0/8"), add("::/0", "fd00::/8"),
		}},
		{"-::/0,10.0.0.0/8", false, []wgtypes.PeerConfig{replace(add("10.0.0.0/8"))}},
		{"::/0,-fd00::/8,-::/0,10.0.0.0/8,-::/0", false, []wgtypes.PeerConfig{replace(add("::/0")), remove(add("10.0.0.0/8"), "::/0")}},
	} {
		p := wgconf.Peer{PublicKey: publicA, Endpoint: wgconf.Endpoint{Host: "::1", Port: 1}, Incremental: test.incremental}
		p.AllowedIPs = allowed(strings.Split(test.list, ",")...)
		got, err := p.Configs()
		for i := range test.want {
			test.want[i].PublicKey = publicA
		}
		test.want[0].Endpoint = netip.MustParseAddrPort("[::1]:1")
		if diff := cmp.Diff(test.want, got, opaque); diff != "" || err != nil {
			t.Errorf("%q, %v: %v (-want +got):\n%s", test.list, test.incremental, err, diff)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	problem := new(*wgconf.Problem)
	fieldError := new(*wgtypes.FieldError)
	for _, test := range []struct {
		peer wgconf.Peer
		as   any
		want string
	}{
		{wgconf.Peer{Endpoint: wgconf.Endpoint{Host: "vpn.example.com", Port: 1}}, problem, `invalid Endpoint "vpn.example.com": must be an IP address: package resolve looks up host names`},
		{wgconf.Peer{Endpoint: wgconf.Endpoint{Port: 1}}, problem, "invalid Endpoint: must be an IP address"},
		{wgconf.Peer{Endpoint: wgconf.Endpoint{Host: "fe80::1%\n", Port: 1}}, fieldError, "control byte"},
		{wgconf.Peer{PersistentKeepalive: new(time.Millisecond)}, fieldError, "whole seconds"},
		{wgconf.Peer{AllowedIPs: make([]wgconf.AllowedIP, 1)}, fieldError, "invalid prefix"},
		{wgconf.Peer{AllowedIPs: []wgconf.AllowedIP{{Remove: true}}, Incremental: true}, fieldError, "invalid prefix"},
	} {
		s := &wgconf.Settings{Peers: []wgconf.Peer{{}, test.peer}}
		_, err := s.Config()
		_, addErr := s.AddConfig()
		_, peerErr := test.peer.Configs()
		for _, err := range []error{err, addErr, peerErr} {
			if !errors.As(err, test.as) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Config of %+v = %v, want an error with %q", test.peer, err, test.want)
			}
		}
	}
}
