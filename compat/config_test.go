package wgctrl

import (
	"errors"
	"io/fs"
	"math"
	"net"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	libtypes "github.com/wgctrl/wgctrl/wgtypes"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

var key = wgtypes.Key{1, 2, 3}

// fullConfig returns a Config in which no field has its zero value.
func fullConfig() wgtypes.Config {
	return wgtypes.Config{
		PrivateKey: &key, ListenPort: new(51820), FirewallMark: new(0x1234), ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{
			{PublicKey: key, Remove: true},
			{
				PublicKey: key, UpdateOnly: true, PresharedKey: &key,
				Endpoint:                    &net.UDPAddr{IP: net.ParseIP("fe80::1"), Port: 51820, Zone: "eth0"},
				PersistentKeepaliveInterval: new(25 * time.Second),
				ReplaceAllowedIPs:           true,
				AllowedIPs:                  []net.IPNet{{IP: net.ParseIP("10.0.0.0"), Mask: net.CIDRMask(8, 32)}},
			},
		},
	}
}

// TestEveryConfigField checks that newConfig converts every field.
func TestEveryConfigField(t *testing.T) {
	t.Parallel()
	old := fullConfig()
	isSet(t, old)
	c, err := newConfig(old)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	p := c.Peers[1]
	if c.PrivateKey.Bytes() != key || p.PresharedKey.Bytes() != key || p.PublicKey != libtypes.PublicKey(key) {
		t.Errorf("the public key is %v, want %v, and private and preshared keys with the same bytes", p.PublicKey, key)
	}
	c.PrivateKey, p.PresharedKey = nil, nil // DeepEqual cannot compare them
	want := libtypes.Config{ListenPort: new(uint16(51820)), FirewallMark: new(uint32(0x1234)), ReplacePeers: true, Peers: []libtypes.PeerConfig{
		{PublicKey: libtypes.PublicKey(key), Remove: true},
		{
			PublicKey: libtypes.PublicKey(key), UpdateOnly: true, Endpoint: netip.MustParseAddrPort("[fe80::1%eth0]:51820"),
			PersistentKeepalive: new(25 * time.Second), ReplaceAllowedIPs: true, AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		},
	}}
	c.Peers[1] = p
	if !reflect.DeepEqual(c, want) {
		t.Errorf("newConfig() =\n%+v, want\n%+v", c, want)
	}
}

// isSet checks that no field of v is zero. In lists of structs, a field must not be
// zero in every element.
func isSet(t *testing.T, v any) {
	t.Helper()
	set := make(map[string]bool)
	var visit func(v reflect.Value, path string)
	visit = func(v reflect.Value, path string) {
		for field, value := range v.Fields() {
			name := path + "." + field.Name
			set[name] = set[name] || !value.IsZero()
			if list := field.Type; list.Kind() == reflect.Slice && list.Elem().PkgPath() == reflect.TypeFor[wgtypes.Peer]().PkgPath() {
				for i := range value.Len() {
					visit(value.Index(i), name)
				}
			}
		}
	}
	visit(reflect.ValueOf(v), reflect.TypeOf(v).Name())
	for name, ok := range set {
		if !ok {
			t.Errorf("%s is zero, want another value", name)
		}
	}
}

func TestConfigRefusals(t *testing.T) {
	t.Parallel()
	endpoint := func(e net.UDPAddr) wgtypes.PeerConfig { return wgtypes.PeerConfig{Endpoint: &e} }
	allowed := func(n net.IPNet) wgtypes.PeerConfig {
		return wgtypes.PeerConfig{AllowedIPs: []net.IPNet{{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}, n}}
	}
	four, six := net.ParseIP("10.9.0.0"), net.ParseIP("2001:db8::")
	for _, tt := range []struct {
		name, field string
		peer        wgtypes.PeerConfig
	}{
		{"no IP", "Endpoint", endpoint(net.UDPAddr{Port: 1})},
		{"zero endpoint", "Endpoint", endpoint(net.UDPAddr{})},
		{"IP of 5 bytes", "Endpoint", endpoint(net.UDPAddr{IP: make(net.IP, 5)})},
		{"port too high", "Endpoint", endpoint(net.UDPAddr{IP: four, Port: 65536})},
		{"port too low", "Endpoint", endpoint(net.UDPAddr{IP: four, Port: -1})},
		{"zone with a line", "Endpoint", endpoint(net.UDPAddr{IP: six, Zone: "a\nb"})},
		{"zone with a line, IPv4", "Endpoint", endpoint(net.UDPAddr{IP: four.To4(), Zone: "a\nb"})},
		{"keepalive of half a second", "PersistentKeepalive", wgtypes.PeerConfig{PersistentKeepaliveInterval: new(time.Second / 2)}},
		{"keepalive too long", "PersistentKeepalive", wgtypes.PeerConfig{PersistentKeepaliveInterval: new(65536 * time.Second)}},
		{"keepalive below zero", "PersistentKeepalive", wgtypes.PeerConfig{PersistentKeepaliveInterval: new(-time.Second)}},
		{"no address", "AllowedIPs[1]", allowed(net.IPNet{Mask: net.CIDRMask(0, 32)})},
		{"nothing", "AllowedIPs[1]", allowed(net.IPNet{})},
		{"no mask", "AllowedIPs[1]", allowed(net.IPNet{IP: four})},
		{"no mask, IPv6", "AllowedIPs[1]", allowed(net.IPNet{IP: six})},
		{"mask with a hole", "AllowedIPs[1]", allowed(net.IPNet{IP: four, Mask: net.IPv4Mask(255, 0, 255, 0)})},
		{"mask of 5 bytes", "AllowedIPs[1]", allowed(net.IPNet{IP: four, Mask: make(net.IPMask, 5)})},
		{"mask for IPv6", "AllowedIPs[1]", allowed(net.IPNet{IP: four, Mask: net.CIDRMask(95, 128)})},
		{"mask for IPv4", "AllowedIPs[1]", allowed(net.IPNet{IP: six, Mask: net.CIDRMask(24, 32)})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.peer.PublicKey = key
			refused(t, wgtypes.Config{Peers: []wgtypes.PeerConfig{{}, tt.peer}}, 1, tt.field)
			tt.peer.Remove = true
			if _, err := newConfig(wgtypes.Config{Peers: []wgtypes.PeerConfig{tt.peer}}); err != nil {
				t.Errorf("newConfig() = %v with Remove, which ignores the field, want no error", err)
			}
		})
	}
	for _, port := range []int{-1, 65536, 65589, math.MaxInt, math.MinInt} {
		refused(t, wgtypes.Config{ListenPort: new(port)}, -1, "ListenPort")
	}
}

// refused checks the error of ConfigureDevice, which may come from the library or
// from compat.
func refused(t *testing.T, c wgtypes.Config, peer int, field string) {
	t.Helper()
	// The error comes before the search for the device.
	client, err := newClient()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	err = client.ConfigureDevice("no-such-device", c)
	var fe *libtypes.FieldError
	if !errors.As(err, &fe) || fe.Index != peer || fe.Field != field || peer >= 0 && fe.Peer != libtypes.PublicKey(key) {
		t.Errorf("ConfigureDevice() = %v, want a FieldError for peer %d, field %s", err, peer, field)
	}
	if !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("ConfigureDevice() = %v, want error wrapping fs.ErrInvalid", err)
	}
}

// TestRefusalTexts checks that an error has the value and says what it must be.
func TestRefusalTexts(t *testing.T) {
	t.Parallel()
	client, err := newClient()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	peer := func(p wgtypes.PeerConfig) wgtypes.Config {
		p.PublicKey = key
		return wgtypes.Config{Peers: []wgtypes.PeerConfig{p}}
	}
	ip := net.IPv4(10, 9, 0, 0)
	for want, c := range map[string]wgtypes.Config{
		"invalid interval 500ms: must be whole seconds":                                                             peer(wgtypes.PeerConfig{PersistentKeepaliveInterval: new(500 * time.Millisecond)}),
		"invalid interval 25.5s: must be whole seconds":                                                             peer(wgtypes.PeerConfig{PersistentKeepaliveInterval: new(25500 * time.Millisecond)}),
		"invalid port 65589: must be 0 to 65535":                                                                    peer(wgtypes.PeerConfig{Endpoint: &net.UDPAddr{IP: ip, Port: 65589}}),
		`invalid mask "fffffffffffffffffffffffe00000000" of 10.9.0.0: must be ones followed by zeros, with 32 bits`: peer(wgtypes.PeerConfig{AllowedIPs: []net.IPNet{{IP: ip, Mask: net.CIDRMask(95, 128)}}}),
		"invalid port -1: must be 0 to 65535":                                                                       {ListenPort: new(-1)},
		"invalid IP address of 3 bytes: must have 4 or 16":                                                          peer(wgtypes.PeerConfig{Endpoint: &net.UDPAddr{IP: ip[:3]}}),
		`invalid mask "ff00ff00" of 10.9.0.0: must be ones followed by zeros, with 32 bits`:                         peer(wgtypes.PeerConfig{AllowedIPs: []net.IPNet{{IP: ip, Mask: net.IPv4Mask(255, 0, 255, 0)}}}),
	} {
		err := client.ConfigureDevice("no-such-device", c)
		if err == nil || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("ConfigureDevice() = %v, want an error that ends with %q", err, want)
		}
	}
}

// TestMarks checks that every mark can be converted, even if an int has 32 bits.
func TestMarks(t *testing.T) {
	t.Parallel()
	for _, mark := range []uint32{0, 1, 0x1234, math.MaxInt32, math.MaxInt32 + 1, math.MaxUint32} {
		old := oldDevice(&libtypes.Device{FirewallMark: mark}).FirewallMark
		c, err := newConfig(wgtypes.Config{FirewallMark: &old})
		if err != nil || *c.FirewallMark != mark {
			t.Errorf("newConfig() of mark %d, which was %#x, = %+v, %v, want the same mark", old, mark, c, err)
		}
	}
	if strconv.IntSize == 32 {
		return // every int is a mark
	}
	for _, mark := range []int64{-1, math.MaxUint32 + 1, math.MaxInt64, math.MinInt64} {
		refused(t, wgtypes.Config{FirewallMark: new(int(mark))}, -1, "FirewallMark")
	}
}

// TestFormsOfPrefixes checks the different forms that a prefix has in package net.
func TestFormsOfPrefixes(t *testing.T) {
	t.Parallel()
	four, six := net.ParseIP("10.9.8.7"), net.ParseIP("2001:db8::1")
	for _, tt := range []struct {
		net  net.IPNet
		want string
	}{
		{net.IPNet{IP: four, Mask: net.CIDRMask(24, 32)}, "10.9.8.7/24"},
		{net.IPNet{IP: four.To4(), Mask: net.CIDRMask(24, 32)}, "10.9.8.7/24"},
		{net.IPNet{IP: four, Mask: net.CIDRMask(96+24, 128)}, "10.9.8.7/24"},
		{net.IPNet{IP: four.To4(), Mask: net.CIDRMask(96+24, 128)}, "10.9.8.7/24"},
		{net.IPNet{IP: four, Mask: net.CIDRMask(96, 128)}, "10.9.8.7/0"},
		{net.IPNet{IP: four, Mask: net.CIDRMask(0, 32)}, "10.9.8.7/0"},
		{net.IPNet{IP: six, Mask: net.CIDRMask(64, 128)}, "2001:db8::1/64"},
		{net.IPNet{IP: six, Mask: net.CIDRMask(0, 128)}, "2001:db8::1/0"},
		{net.IPNet{IP: six, Mask: net.CIDRMask(128, 128)}, "2001:db8::1/128"},
	} {
		if got, reason := newPrefix(tt.net); got.String() != tt.want || reason != "" {
			t.Errorf("newPrefix(%v) = %v, %q, want %s", tt.net, got, reason, tt.want)
		}
	}
}
