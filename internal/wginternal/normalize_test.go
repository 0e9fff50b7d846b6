package wginternal_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// keepaliveRange returns a peer with a range of keepalive intervals in seconds.
func keepaliveRange(key wgtypes.PublicKey, lo, hi time.Duration) wgtypes.PeerConfig {
	return wgtypes.PeerConfig{PublicKey: key, PersistentKeepalive: new(lo * time.Second), PersistentKeepaliveMax: hi * time.Second}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	full := wgtypes.PeerConfig{
		PublicKey: keyA, Remove: true, UpdateOnly: true, PresharedKey: &psk1, Endpoint: endpoint1, PersistentKeepalive: new(time.Second),
		AllowedIPs: prefixes("10.0.0.0/8"), RemoveAllowedIPs: prefixes("fd00::/8"),
	}
	tests := map[string]struct{ in, want wgtypes.Config }{
		"empty":             {},
		"no private key":    {wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey)}, wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey)}},
		"private key":       {wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey([32]byte{15, 31: 0xff}))}, wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey([32]byte{8, 31: 0x7f}))}},
		"with Remove":       {change(full), change(wgtypes.PeerConfig{PublicKey: keyA, Remove: true})},
		"Remove replaces":   {change(wgtypes.PeerConfig{Remove: true, ReplaceAllowedIPs: true}), change(wgtypes.PeerConfig{Remove: true})},
		"Remove, port only": {change(wgtypes.PeerConfig{Remove: true, Endpoint: netip.AddrPortFrom(netip.Addr{}, 1)}), change(wgtypes.PeerConfig{Remove: true})},
		"mapped endpoint": {
			change(wgtypes.PeerConfig{Endpoint: netip.MustParseAddrPort("[::ffff:192.0.2.1]:1")}), change(wgtypes.PeerConfig{Endpoint: endpoint1}),
		},
		"mapped endpoint with zone": {
			change(wgtypes.PeerConfig{Endpoint: netip.MustParseAddrPort("[::ffff:192.0.2.1%7]:1")}), change(wgtypes.PeerConfig{Endpoint: endpoint1}),
		},
		"zones stay": {
			change(wgtypes.PeerConfig{Endpoint: netip.MustParseAddrPort("[fe80::1%eth0]:1")}), change(wgtypes.PeerConfig{Endpoint: netip.MustParseAddrPort("[fe80::1%eth0]:1")}),
		},
		"host bits": {
			change(wgtypes.PeerConfig{AllowedIPs: prefixes("192.0.2.0/24", "10.9.9.9/8"), RemoveAllowedIPs: prefixes("fd00::1/8", "192.0.2.1/0")}),
			change(wgtypes.PeerConfig{AllowedIPs: prefixes("192.0.2.0/24", "10.0.0.0/8"), RemoveAllowedIPs: prefixes("fd00::/8", "0.0.0.0/0")}),
		},
		"mapped prefixes stay, masked": {
			change(wgtypes.PeerConfig{AllowedIPs: prefixes("::ffff:192.0.2.1/120")}), change(wgtypes.PeerConfig{AllowedIPs: prefixes("::ffff:192.0.2.0/120")}),
		},
		"duplicates stay": {
			change(wgtypes.PeerConfig{AllowedIPs: prefixes("10.0.0.1/8", "10.0.0.2/8")}, wgtypes.PeerConfig{}),
			change(wgtypes.PeerConfig{AllowedIPs: prefixes("10.0.0.0/8", "10.0.0.0/8")}, wgtypes.PeerConfig{}),
		},
		"Amnezia that sets nothing": {wgtypes.Config{Amnezia: new(wgtypes.AmneziaConfig)}, wgtypes.Config{}},
		"Amnezia that sets zero":    {wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{Jc: new(uint16)}}, wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{Jc: new(uint16)}}},
		"range of one interval":     {change(keepaliveRange(keyA, 25, 25)), change(keepaliveRange(keyA, 25, 0))},
		"range of two intervals":    {change(keepaliveRange(keyA, 25, 26)), change(keepaliveRange(keyA, 25, 26))},
		"range without an interval": {change(wgtypes.PeerConfig{PersistentKeepaliveMax: time.Second}), change(wgtypes.PeerConfig{PersistentKeepaliveMax: time.Second})},
		"range from 0":              {change(keepaliveRange(keyA, 0, 5)), change(keepaliveRange(keyA, 0, 5))},
	}
	for name, one := range map[string]wgtypes.PeerConfig{
		"UpdateOnly": {UpdateOnly: true}, "PresharedKey": {PresharedKey: &psk1}, "Endpoint": {Endpoint: endpoint1},
		"PersistentKeepalive": {PersistentKeepalive: new(time.Duration)}, "PersistentKeepaliveMax": {PersistentKeepaliveMax: 1}, "ReplaceAllowedIPs": {ReplaceAllowedIPs: true},
		"AllowedIPs": {AllowedIPs: prefixes("10.0.0.0/8")}, "RemoveAllowedIPs": {RemoveAllowedIPs: prefixes("10.0.0.0/8")},
	} {
		one.Remove = true
		tests["Remove with "+name] = struct{ in, want wgtypes.Config }{change(one), change(wgtypes.PeerConfig{Remove: true})}
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, wginternal.Normalize(tt.in), values); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzNormalize checks that Normalize does not modify its argument, returns a
// normal Config unchanged, and returns a valid Config.
func FuzzNormalize(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed, seed, true)
	}
	f.Fuzz(func(t *testing.T, seed1, seed2 uint64, unnormalized bool) {
		_, c := random(seed1, seed2, unnormalized)
		_, same := random(seed1, seed2, unnormalized)
		n := wginternal.Normalize(c)
		if diff := cmp.Diff(same, c, values); diff != "" {
			t.Errorf("Normalize() changed its argument (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(n, wginternal.Normalize(n), values); diff != "" {
			t.Errorf("Normalize() of its own result (-want +got):\n%s", diff)
		}
		if err := wginternal.Validate(n, true); err != nil {
			t.Errorf("Validate(%+v, true) = %v, want nil", n, err)
		}
		for i, p := range n.Peers {
			if reason := notNormal(p); reason != "" {
				t.Errorf("peer %d = %+v, want a normal one: %s", i, p, reason)
			}
		}
		if n.PrivateKey != nil && n.PrivateKey == c.PrivateKey {
			t.Errorf("the private key is at %p in both configurations, want a copy", n.PrivateKey)
		}
	})
}

func notNormal(p wgtypes.PeerConfig) string {
	if p.Remove && !cmp.Equal(p, wgtypes.PeerConfig{PublicKey: p.PublicKey, Remove: true}, values) {
		return "it has more than Remove"
	}
	if p.Endpoint.Addr().Is4In6() {
		return "the endpoint is mapped"
	}
	for _, list := range [][]netip.Prefix{p.AllowedIPs, p.RemoveAllowedIPs} {
		for _, prefix := range list {
			if prefix != prefix.Masked() {
				return "a prefix has host bits"
			}
		}
	}
	return ""
}

func TestNormalizeAllocations(t *testing.T) {
	d, _ := random(1, 2, false)
	big := wgtest.ConfigOf(d)
	for len(big.Peers) < 1000 {
		big.Peers = append(big.Peers, wgtypes.PeerConfig{
			PublicKey: keyA, Endpoint: endpoint1, AllowedIPs: prefixes("10.0.0.0/8"), RemoveAllowedIPs: prefixes("::/0"),
		}, wgtypes.PeerConfig{PublicKey: keyA, Remove: true})
	}
	big.PrivateKey = nil
	if n := testing.AllocsPerRun(10, func() { wginternal.Normalize(big) }); n != 0 {
		t.Errorf("a normal configuration costs %v allocations, want 0", n)
	}
	big.PrivateKey = &private1
	if n := testing.AllocsPerRun(10, func() { wginternal.Normalize(big) }); n > 2 {
		t.Errorf("a normal configuration with a private key costs %v allocations, want at most 2", n)
	}
	if got := wginternal.Normalize(big); &got.Peers[0] != &big.Peers[0] {
		t.Errorf("the peers are at %p, want the argument's at %p", got.Peers, big.Peers)
	}
}

func TestUnmap(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"192.0.2.1:1": "192.0.2.1:1", "[::ffff:192.0.2.1]:1": "192.0.2.1:1", "[2001:db8::1]:1": "[2001:db8::1]:1", "[::192.0.2.1]:1": "[::c000:201]:1",
	} {
		if got := wginternal.Unmap(netip.MustParseAddrPort(in)); got != netip.MustParseAddrPort(want) {
			t.Errorf("%s becomes %v, want %s", in, got, want)
		}
	}
	for _, e := range []netip.AddrPort{{}, netip.AddrPortFrom(netip.Addr{}, 1)} {
		if got := wginternal.Unmap(e); got != e {
			t.Errorf("Unmap(%v) = %v, want %v", e, got, e)
		}
	}
}

// TestValidate checks that only the zero public key can be allowed.
func TestValidate(t *testing.T) {
	t.Parallel()
	bad := wgtypes.PeerConfig{AllowedIPs: make([]netip.Prefix, 1)}
	for _, test := range []struct {
		peers            []wgtypes.PeerConfig
		strict, zeroKeys bool
	}{
		{nil, true, true},
		{[]wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}, true, true},
		{[]wgtypes.PeerConfig{{}}, false, true},
		{[]wgtypes.PeerConfig{{}, bad}, false, false},
	} {
		c := wgtypes.Config{Peers: test.peers}
		if err := wginternal.Validate(c, false); (err == nil) != test.strict {
			t.Errorf("Validate(%v, false) = %v, want nil: %t", c.Peers, err, test.strict)
		}
		if err := wginternal.Validate(c, true); (err == nil) != test.zeroKeys {
			t.Errorf("Validate(%v, true) = %v, want nil: %t", c.Peers, err, test.zeroKeys)
		}
	}
}
