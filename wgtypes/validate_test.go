package wgtypes_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, s := range texts {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}

func zone(z string) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr("fe80::1").WithZone(z), 51820)
}

var invalidPrefixes = map[string]netip.Prefix{
	"zero prefix":    {},
	"no address":     netip.PrefixFrom(netip.Addr{}, 0),
	"IPv4, 33 bits":  netip.PrefixFrom(netip.MustParseAddr("192.0.2.0"), 33),
	"IPv6, 129 bits": netip.PrefixFrom(netip.MustParseAddr("2001:db8::"), 129),
	"-1 bits":        netip.PrefixFrom(netip.MustParseAddr("192.0.2.0"), -1),
	"many bits":      netip.PrefixFrom(netip.MustParseAddr("192.0.2.0"), 256+24),
}

// refusal is a peer that Validate rejects.
type refusal struct {
	name  string
	peer  wgtypes.PeerConfig
	field string
	says  string // a part of the reason
}

func refusals() []refusal {
	list := []refusal{
		{"keepalive negative", wgtypes.PeerConfig{PersistentKeepalive: new(-time.Second)}, "PersistentKeepalive", "negative"},
		{"keepalive just negative", wgtypes.PeerConfig{PersistentKeepalive: new(time.Duration(-1))}, "PersistentKeepalive", "negative"},
		{"keepalive above", wgtypes.PeerConfig{PersistentKeepalive: new(65536 * time.Second)}, "PersistentKeepalive", "65535"},
		{"keepalive just above", wgtypes.PeerConfig{PersistentKeepalive: new(65535*time.Second + 1)}, "PersistentKeepalive", "65535"},
		{"keepalive of 65589 s", wgtypes.PeerConfig{PersistentKeepalive: new(65589 * time.Second)}, "PersistentKeepalive", "65535"},
		{"keepalive highest", wgtypes.PeerConfig{PersistentKeepalive: new(time.Duration(1<<63 - 1))}, "PersistentKeepalive", "65535"},
		{"keepalive of 500 ms", wgtypes.PeerConfig{PersistentKeepalive: new(500 * time.Millisecond)}, "PersistentKeepalive", "whole seconds"},
		{"keepalive of 25.5 s", wgtypes.PeerConfig{PersistentKeepalive: new(25*time.Second + 500*time.Millisecond)}, "PersistentKeepalive", "whole seconds"},
		{"keepalive as a number", wgtypes.PeerConfig{PersistentKeepalive: new(time.Duration(25))}, "PersistentKeepalive", "whole seconds"},
		{"port without address", wgtypes.PeerConfig{Endpoint: netip.AddrPortFrom(netip.Addr{}, 51820)}, "Endpoint", "51820"},
		{
			"zone of a mapped address",
			wgtypes.PeerConfig{Endpoint: netip.AddrPortFrom(netip.MustParseAddr("::ffff:192.0.2.1").WithZone("a\nb"), 1)}, "Endpoint", "0x0a",
		},
		{
			"remove beside replace",
			wgtypes.PeerConfig{ReplaceAllowedIPs: true, RemoveAllowedIPs: prefixes("192.0.2.0/24")}, "RemoveAllowedIPs", "ReplaceAllowedIPs",
		},
		{
			"added and removed",
			wgtypes.PeerConfig{AllowedIPs: prefixes("10.0.0.0/8", "192.0.2.0/24"), RemoveAllowedIPs: prefixes("::/0", "192.0.2.0/24")},
			"RemoveAllowedIPs[1]", "192.0.2.0/24",
		},
		{
			"added and removed, host bits in one",
			wgtypes.PeerConfig{AllowedIPs: prefixes("192.0.2.9/24"), RemoveAllowedIPs: prefixes("192.0.2.0/24")}, "RemoveAllowedIPs[0]", "192.0.2.0/24",
		},
		{
			"added and removed, host bits in the other",
			wgtypes.PeerConfig{AllowedIPs: prefixes("2001:db8::/32"), RemoveAllowedIPs: prefixes("2001:db8::1/32")}, "RemoveAllowedIPs[0]", "2001:db8::/32",
		},
	}
	for b := range 0x80 {
		if b >= 0x20 && b != 0x7f {
			continue
		}
		for _, z := range []string{"%c", "eth0%c", "eth0%callowed_ip=0.0.0.0/0", "é%c"} {
			list = append(list, refusal{
				fmt.Sprintf("zone %q", fmt.Sprintf(z, b)),
				wgtypes.PeerConfig{Endpoint: zone(fmt.Sprintf(z, b))}, "Endpoint", fmt.Sprintf("0x%02x", b),
			})
		}
	}
	for name, p := range invalidPrefixes {
		list = append(list,
			refusal{"added: " + name, wgtypes.PeerConfig{AllowedIPs: []netip.Prefix{p}}, "AllowedIPs[0]", "prefix"},
			refusal{"added last: " + name, wgtypes.PeerConfig{AllowedIPs: append(prefixes("::/0"), p)}, "AllowedIPs[1]", "prefix"},
			refusal{"removed: " + name, wgtypes.PeerConfig{RemoveAllowedIPs: append(prefixes("::/0"), p)}, "RemoveAllowedIPs[1]", "prefix"},
		)
	}
	return list
}

func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.peer.PublicKey = wgtypes.PublicKey{1, 2, 3}
			tt.peer.PresharedKey = new(wgtypes.NewPresharedKey(secretBytes))
			c := wgtypes.Config{
				PrivateKey: new(wgtypes.NewPrivateKey(secretBytes)),
				Peers:      []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{4}}, {}, tt.peer, tt.peer},
			}
			err := c.Validate()
			var fe *wgtypes.FieldError
			if !errors.As(err, &fe) {
				t.Fatalf("Validate() = %v (%T), want a *FieldError", err, err)
			}
			if fe.Index != 2 || fe.Peer != tt.peer.PublicKey || fe.Field != tt.field {
				t.Errorf("Validate() = error for peer %d, %v, field %q, want peer 2, %v, field %q", fe.Index, fe.Peer, fe.Field, tt.peer.PublicKey, tt.field)
			}
			if !strings.Contains(fe.Reason, tt.says) {
				t.Errorf("Reason = %q, want %q in it", fe.Reason, tt.says)
			}
			for _, part := range []string{"peer 2", tt.peer.PublicKey.String(), tt.field, fe.Reason} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("Error() = %q, want %q in it", err, part)
				}
			}
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < 0x20 || r == 0x7f }) {
				t.Errorf("Error() = %q, want no control byte", err)
			}
			if f := testutil.FindSecret(err.Error()); f != "" {
				t.Errorf("Error() = %v, want no secret, got it as %s", err, f)
			}
			if !errors.Is(err, fs.ErrInvalid) || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("errors.Is(%v, fs.ErrInvalid) = %t, and fs.ErrNotExist %t, want only the first", err, errors.Is(err, fs.ErrInvalid), errors.Is(err, fs.ErrNotExist))
			}
			tt.peer.Remove = true
			if err := (wgtypes.Config{Peers: []wgtypes.PeerConfig{tt.peer}}).Validate(); err != nil {
				t.Errorf("Validate() with Remove = %v, want nil", err)
			}
		})
	}
}

// TestValidateNeedsKey checks that a peer without a key is an error, and that other
// errors come first.
func TestValidateNeedsKey(t *testing.T) {
	t.Parallel()
	one := wgtypes.PublicKey{1}
	for _, test := range []struct {
		name  string
		peers []wgtypes.PeerConfig
		want  string
	}{
		{"no key", []wgtypes.PeerConfig{{}}, "peer 0: PublicKey: missing or zero"},
		{"no key, with settings", []wgtypes.PeerConfig{{PublicKey: one}, {AllowedIPs: prefixes("::/0")}}, "peer 1: PublicKey: missing or zero"},
		{"no key, update only", []wgtypes.PeerConfig{{UpdateOnly: true}, {}}, "peer 0: PublicKey: missing or zero"},
		{"an error after it", []wgtypes.PeerConfig{{}, {PublicKey: one, AllowedIPs: make([]netip.Prefix, 1)}},
			"peer 1 (" + one.String() + "): AllowedIPs[0]: invalid prefix invalid Prefix"},
		{"an error in it", []wgtypes.PeerConfig{{AllowedIPs: make([]netip.Prefix, 1)}}, "peer 0: AllowedIPs[0]: invalid prefix invalid Prefix"},
	} {
		err := wgtypes.Config{Peers: test.peers}.Validate()
		if _, ok := errors.AsType[*wgtypes.FieldError](err); !ok || err.Error() != test.want {
			t.Errorf("%s: Validate() = %v, want the FieldError %s", test.name, err, test.want)
		}
	}
}

// TestFieldErrorOfDevice checks the text of an error that belongs to no peer.
func TestFieldErrorOfDevice(t *testing.T) {
	t.Parallel()
	err := &wgtypes.FieldError{Index: -1, Field: "name", Reason: "is empty"}
	if got, want := err.Error(), "name: is empty"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestValidateAccepts(t *testing.T) {
	t.Parallel()
	// A point of order 1: every shared secret with it is zero.
	lowOrder := wgtypes.PublicKey{1}
	private := wgtypes.NewPrivateKey(secretBytes)
	own := private.PublicKey()
	endpoint := func(s string) wgtypes.PeerConfig { return wgtypes.PeerConfig{Endpoint: netip.MustParseAddrPort(s)} }
	tests := map[string]wgtypes.Config{
		"empty":          {},
		"no peers":       {ReplacePeers: true, Peers: []wgtypes.PeerConfig{}},
		"zero values":    {PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16), FirewallMark: new(uint32)},
		"highest values": {ListenPort: new(uint16(65535)), FirewallMark: new(uint32(1<<32 - 1))},
		"not clamped":    {PrivateKey: new(wgtypes.NewPrivateKey([32]byte{7}))},
		"own key":        {PrivateKey: &private, Peers: []wgtypes.PeerConfig{{PublicKey: own}}},
		"same key twice": {Peers: []wgtypes.PeerConfig{
			{PublicKey: lowOrder, AllowedIPs: prefixes("10.0.0.0/8")},
			{PublicKey: lowOrder, RemoveAllowedIPs: prefixes("10.0.0.0/8")},
			{PublicKey: lowOrder, Remove: true},
		}},
		"same prefix of two peers": {Peers: []wgtypes.PeerConfig{
			{PublicKey: lowOrder, AllowedIPs: prefixes("10.0.0.0/8")}, {PublicKey: own, AllowedIPs: prefixes("10.0.0.0/8")},
		}},
		"remove the zero key": {Peers: []wgtypes.PeerConfig{{Remove: true}}},
	}
	peers := map[string]wgtypes.PeerConfig{
		"key alone":            {},
		"low-order key":        {PublicKey: lowOrder},
		"update only":          {UpdateOnly: true},
		"update and remove":    {UpdateOnly: true, Remove: true},
		"clear preshared key":  {PresharedKey: new(wgtypes.PresharedKey)},
		"port 0":               endpoint("192.0.2.1:0"),
		"unspecified IPv4":     endpoint("0.0.0.0:1"),
		"unspecified IPv6":     endpoint("[::]:0"),
		"unspecified, port 0":  endpoint("0.0.0.0:0"),
		"IPv4-mapped endpoint": endpoint("[::ffff:192.0.2.1]:51820"),
		"broadcast endpoint":   endpoint("255.255.255.255:1"),
		"loopback endpoint":    endpoint("[::1]:1"),
		"zone":                 endpoint("[fe80::1%eth0]:1"),
		"numeric zone":         endpoint("[fe80::1%7]:1"),
		"odd zone":             {Endpoint: zone(`a b="\]%`)},
		"global with zone":     endpoint("[2001:db8::1%eth0]:1"),
		"keepalive off":        {PersistentKeepalive: new(time.Duration(0))},
		"keepalive highest":    {PersistentKeepalive: new(65535 * time.Second)},
		"host bits":            {AllowedIPs: prefixes("192.0.2.1/24", "2001:db8::1/32")},
		"host bits removed":    {RemoveAllowedIPs: prefixes("192.0.2.1/24", "2001:db8::1/32")},
		"everything":           {AllowedIPs: prefixes("0.0.0.0/0", "::/0")},
		"hosts":                {AllowedIPs: prefixes("0.0.0.0/32", "::/128")},
		"IPv4-mapped prefix":   {AllowedIPs: prefixes("::ffff:192.0.2.0/120")},
		"same prefix twice":    {AllowedIPs: prefixes("192.0.2.0/24", "192.0.2.0/24")},
		"removed twice":        {RemoveAllowedIPs: prefixes("192.0.2.0/24", "192.0.2.9/24")},
		"overlapping":          {AllowedIPs: prefixes("192.0.2.0/24"), RemoveAllowedIPs: prefixes("192.0.2.0/25")},
		"of two families":      {AllowedIPs: prefixes("::ffff:192.0.2.0/120"), RemoveAllowedIPs: prefixes("192.0.2.0/24")},
		"replace with nothing": {ReplaceAllowedIPs: true},
		"replace":              {ReplaceAllowedIPs: true, AllowedIPs: prefixes("192.0.2.0/24"), RemoveAllowedIPs: []netip.Prefix{}},
	}
	for name, p := range peers {
		p.PublicKey = lowOrder
		tests["peer: "+name] = wgtypes.Config{Peers: []wgtypes.PeerConfig{p}}
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := c.Validate(); err != nil {
				t.Errorf("Validate() = %v, want nil", err)
			}
		})
	}
}

// TestPrefixHasNoZone checks that a prefix cannot have a zone, so that Validate
// does not have to check it.
func TestPrefixHasNoZone(t *testing.T) {
	t.Parallel()
	addr := netip.MustParseAddr("fe80::1%eth0\nallowed_ip=::/0")
	byAddr, err := addr.Prefix(64)
	for name, p := range map[string]netip.Prefix{"PrefixFrom": netip.PrefixFrom(addr, 64), "Addr.Prefix": byAddr} {
		if p.Addr().Zone() != "" || strings.Contains(p.String(), "eth0") {
			t.Errorf("%s = %q, %v, want no zone", name, p, err)
		}
	}
	const text = "fe80::%eth0/64"
	if p, err := netip.ParsePrefix(text); err == nil {
		t.Errorf("ParsePrefix(%q) = %v, want an error", text, p)
	}
	for _, list := range []string{"allowed_ips", "remove_allowed_ips"} {
		var p wgtypes.PeerConfig
		if err := json.Unmarshal([]byte(withKey(fmt.Sprintf(`{%q:[%q]}`, list, text))), &p); err == nil {
			t.Errorf("json.Unmarshal(%q) = %v, want an error", text, p)
		}
	}
}

func TestValidateChangesNothing(t *testing.T) {
	t.Parallel()
	config := func() wgtypes.Config {
		return wgtypes.Config{Peers: []wgtypes.PeerConfig{
			{PublicKey: wgtypes.PublicKey{1}, AllowedIPs: prefixes("192.0.2.1/24"), RemoveAllowedIPs: prefixes("10.0.0.1/8")},
			{Remove: true, AllowedIPs: prefixes("192.0.2.1/24")},
		}}
	}
	c := config()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config(), c, values); diff != "" {
		t.Errorf("Validate changes the Config (-want +got):\n%s", diff)
	}
}
