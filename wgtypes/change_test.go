package wgtypes_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestConfigIsZero(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		c    wgtypes.Config
		want bool
	}{
		{wgtypes.Config{}, true},
		{wgtypes.Config{Peers: []wgtypes.PeerConfig{}}, true},
		{wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey)}, false},
		{wgtypes.Config{ListenPort: new(uint16)}, false},
		{wgtypes.Config{FirewallMark: new(uint32)}, false},
		{wgtypes.Config{ReplacePeers: true}, false},
		{wgtypes.Config{Amnezia: new(wgtypes.AmneziaConfig)}, true},
		{wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{Jc: new(uint16)}}, false},
		{wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{DisableCookies: new(bool)}}, false},
		{wgtypes.Config{Peers: make([]wgtypes.PeerConfig, 1)}, false},
	} {
		if got := test.c.IsZero(); got != test.want {
			t.Errorf("%v.IsZero() = %t, want %t", test.c, got, test.want)
		}
	}
}

func TestConfigString(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		c    wgtypes.Config
		want string
	}{
		{wgtypes.Config{}, "{}"},
		{
			wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16), FirewallMark: new(uint32(1))},
			"{private_key=(none) listen_port=0 firewall_mark=1}",
		},
		{wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}, Remove: true}, {}}},
			"{peers=[{public_key=AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= remove} {}]}"},
		{wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey(secretBytes)), ReplacePeers: true, Peers: []wgtypes.PeerConfig{filled[wgtypes.PeerConfig](t)}},
			"{private_key=(hidden) replace_peers peers=[{public_key=AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= remove update_only" +
				" preshared_key=(hidden) endpoint=[fe80::1%7]:51820 persistent_keepalive=25s persistent_keepalive_max=25s replace_allowed_ips" +
				" allowed_ips=[192.0.2.0/24 192.0.2.0/24] remove_allowed_ips=[192.0.2.0/24 192.0.2.0/24]}]}"},
		{
			wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{
				Jc: new(uint16(4)), H1: &wgtypes.Range{Lo: 5, Hi: 9}, I1: new("<b 0x01>"), I2: new(""),
				HeaderProtectionKey: new(wgtypes.NewHeaderProtectionKey(secretBytes)), RandomTrailers: new(true), DisableCookies: new(false),
			}},
			"{amnezia={jc=4 h1=5-9 i1=<b 0x01> i2= header_protection_key=(hidden) random_trailers disable_cookies=false}}",
		},
		{wgtypes.Config{Amnezia: new(wgtypes.AmneziaConfig)}, "{amnezia={}}"},
	} {
		if got := test.c.String(); got != test.want {
			t.Errorf("String() = %s, want %s", got, test.want)
		}
	}
}

// keyText1 and keyText2 are the texts of public keys of peers.
var keyText1, keyText2 = wgtypes.PublicKey{1}.String(), wgtypes.PublicKey{2}.String()

func TestAppendChange(t *testing.T) {
	t.Parallel()
	private := wgtypes.NewPrivateKey(secretBytes).Clamped()
	have := &wgtypes.Device{
		Name: "wg0", PrivateKey: private, PublicKey: private.PublicKey(), ListenPort: 51820,
		Peers: []wgtypes.Peer{{
			PublicKey: wgtypes.PublicKey{1}, Endpoint: netip.MustParseAddrPort("192.0.2.1:5"),
			PersistentKeepalive: 25 * time.Second, AllowedIPs: prefixes("10.0.0.0/8", "fd00::/8"),
		}},
	}
	other := wgtypes.NewPrivateKey([32]byte{8, 31: 0x40})
	for _, test := range []struct {
		name   string
		have   *wgtypes.Device
		change wgtypes.Config
		want   string
	}{
		{"nothing", have, wgtypes.Config{}, ""},
		{"nothing, unknown device", nil, wgtypes.Config{}, ""},
		{"values that the device has already", have, wgtypes.Config{
			PrivateKey: new(wgtypes.NewPrivateKey(secretBytes)), ListenPort: new(uint16(51820)), FirewallMark: new(uint32), ReplacePeers: true,
			Peers: []wgtypes.PeerConfig{
				{
					PublicKey: wgtypes.PublicKey{1}, PresharedKey: new(wgtypes.PresharedKey), Endpoint: netip.MustParseAddrPort("[::ffff:192.0.2.1]:5"),
					PersistentKeepalive: new(25 * time.Second), AllowedIPs: prefixes("10.1.1.1/8"), RemoveAllowedIPs: prefixes("10.0.0.0/9"),
				},
				{PublicKey: wgtypes.PublicKey{2}, Remove: true},
				{PublicKey: wgtypes.PublicKey{2}, UpdateOnly: true, AllowedIPs: prefixes("::/0")},
			},
		}, ""},
		{
			"the device", have,
			wgtypes.Config{PrivateKey: &other, ListenPort: new(uint16(51821)), FirewallMark: new(uint32(0xca6c)), ReplacePeers: true},
			"~ private key: (hidden) -> (hidden)\n~ public key: " + private.PublicKey().String() + " -> " + other.PublicKey().String() +
				"\n~ listening port: 51820 -> 51821\n~ fwmark: off -> 0xca6c\n- peer " + keyText1 + " (laptop)\n",
		},
		{
			"a key is cleared", have, wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey)},
			"~ private key: (hidden) -> (none)\n~ public key: " + private.PublicKey().String() + " -> (none)\n",
		},
		{
			"peers", have,
			wgtypes.Config{Peers: []wgtypes.PeerConfig{
				{
					PublicKey: wgtypes.PublicKey{1}, PresharedKey: new(wgtypes.NewPresharedKey(secretBytes)), Endpoint: netip.MustParseAddrPort("192.0.2.2:5"),
					PersistentKeepalive: new(time.Duration), AllowedIPs: prefixes("10.2.0.1/16"), RemoveAllowedIPs: prefixes("fd00::/8"),
				},
				{PublicKey: wgtypes.PublicKey{2}, AllowedIPs: prefixes("::/0"), PersistentKeepalive: new(25 * time.Second)},
				{PublicKey: wgtypes.PublicKey{1}, Remove: true},
			}},
			"~ peer " + keyText1 + " (laptop)\n    preshared key: (none) -> (hidden)\n    endpoint: 192.0.2.1:5 -> 192.0.2.2:5\n" +
				"    persistent keepalive: every 25 seconds -> off\n    - fd00::/8\n    + 10.2.0.0/16\n" +
				"+ peer " + keyText2 + "\n    persistent keepalive: every 25 seconds\n    + ::/0\n- peer " + keyText1 + " (laptop)\n",
		},
		{
			"allowed IPs are replaced", have,
			wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}, ReplaceAllowedIPs: true, AllowedIPs: prefixes("fd00::/8", "::/0")}}},
			"~ peer " + keyText1 + " (laptop)\n    - 10.0.0.0/8\n    + ::/0\n",
		},
		{
			"unknown device", nil,
			wgtypes.Config{ListenPort: new(uint16(5)), ReplacePeers: true, Peers: []wgtypes.PeerConfig{
				{PublicKey: wgtypes.PublicKey{1}, UpdateOnly: true, ReplaceAllowedIPs: true, RemoveAllowedIPs: prefixes("::/0")},
				{PublicKey: wgtypes.PublicKey{2}, Endpoint: netip.MustParseAddrPort("192.0.2.2:5")},
				{PublicKey: wgtypes.PublicKey{2}, Remove: true},
			}},
			"~ listening port: 5\n- all peers\n~ peer " + keyText1 + " (laptop)\n    - all allowed IPs\n    - ::/0\n+ peer " + keyText2 +
				"\n    endpoint: 192.0.2.2:5\n- peer " + keyText2 + "\n",
		},
		{
			"unknown device, zeros", nil,
			wgtypes.Config{
				PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16), FirewallMark: new(uint32),
				Peers: []wgtypes.PeerConfig{
					{PublicKey: wgtypes.PublicKey{1}, UpdateOnly: true},
					{PublicKey: wgtypes.PublicKey{2}, UpdateOnly: true, PresharedKey: new(wgtypes.PresharedKey), PersistentKeepalive: new(time.Duration)},
					{PublicKey: wgtypes.PublicKey{3}, ReplaceAllowedIPs: true, AllowedIPs: prefixes("10.1.2.3/8")},
				},
			},
			"~ private key: (none)\n~ public key: (none)\n~ listening port: 0\n~ fwmark: off\n~ peer " + keyText1 + " (laptop)\n~ peer " + keyText2 +
				"\n    preshared key: (none)\n    persistent keepalive: off\n+ peer " + wgtypes.PublicKey{3}.String() + "\n    + 10.0.0.0/8\n",
		},
	} {
		names := func(key wgtypes.PublicKey) string { return map[wgtypes.PublicKey]string{{1}: "laptop"}[key] }
		if got := string(wgtypes.AppendChange([]byte("x"), test.have, test.change, names)); got != "x"+test.want {
			t.Errorf("%s: AppendChange =\n%s\nwant\n%s", test.name, got[1:], test.want)
		}
		want := strings.ReplaceAll(test.want, " (laptop)", "")
		if got := string(wgtypes.AppendChange(nil, test.have, test.change, nil)); got != want {
			t.Errorf("%s: AppendChange without names =\n%s\nwant\n%s", test.name, got, want)
		}
	}
}

// TestAppendChangeOfAmnezia checks the lines of the parameters of AmneziaWG and of
// keepalive ranges.
func TestAppendChangeOfAmnezia(t *testing.T) {
	t.Parallel()
	a := wgtypes.DefaultAmnezia()
	a.Jc, a.H1, a.I1, a.I2, a.HeaderProtectionKey = 4, span(5, 9), "<b 0x01>", "odd\x1b[2J", headerKey
	have := &wgtypes.Device{Amnezia: &a, Peers: []wgtypes.Peer{{
		PublicKey: wgtypes.PublicKey{1}, PersistentKeepalive: 22 * time.Second, PersistentKeepaliveMax: 30 * time.Second,
	}}}
	plain := new(wgtypes.Device)
	change := wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{
		Jc: new(uint16(5)), Jmin: new(uint16(0)), H1: new(span(1, 1)), H2: new(span(2, 2)), I1: new(""), I2: new("<r 5>"),
		HeaderProtectionKey: new(wgtypes.HeaderProtectionKey), RekeyAfterTime: new(span(100, 120)), RandomTrailers: new(true), DisableCookies: new(false),
	}}
	keepalive := func(lo, hi time.Duration) wgtypes.Config {
		return wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}, PersistentKeepalive: &lo, PersistentKeepaliveMax: hi}}}
	}
	key := func(k wgtypes.HeaderProtectionKey) wgtypes.Config {
		return wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{HeaderProtectionKey: &k}}
	}
	peer := "~ peer " + keyText1 + "\n    persistent keepalive: "
	for _, test := range []struct {
		name   string
		have   *wgtypes.Device
		change wgtypes.Config
		want   string
	}{
		{"an AmneziaWG device", have, change, "~ jc: 4 -> 5\n~ h1: 5-9 -> 1\n~ i1: <b 0x01> -> (none)\n~ i2: \"odd\\x1b[2J\" -> <r 5>\n" +
			"~ header protection key: (hidden) -> (none)\n~ rekey after time: 0 -> 100-120\n~ random trailers: off -> on\n"},
		{"a WireGuard device", plain, change, "~ jc: 0 -> 5\n~ i2: (none) -> <r 5>\n~ rekey after time: 0 -> 100-120\n~ random trailers: off -> on\n"},
		{"an unknown device", nil, change, "~ jc: 5\n~ jmin: 0\n~ h1: 1\n~ h2: 2\n~ i1: (none)\n~ i2: <r 5>\n~ header protection key: (none)\n" +
			"~ rekey after time: 100-120\n~ random trailers: on\n~ disable cookies: off\n"},
		{"another key", have, key(wgtypes.NewHeaderProtectionKey([32]byte{1})), "~ header protection key: (hidden) -> (hidden)\n"},
		{"the same key", have, key(headerKey), ""},
		{"nothing", have, wgtypes.Config{Amnezia: new(wgtypes.AmneziaConfig)}, ""},
		{"the same range", have, keepalive(22*time.Second, 30*time.Second), ""},
		{"a larger range", have, keepalive(22*time.Second, 31*time.Second), peer + "every 22 to 30 seconds -> every 22 to 31 seconds\n"},
		{"no range", have, keepalive(22*time.Second, 0), peer + "every 22 to 30 seconds -> every 22 seconds\n"},
		{"a range of one", have, keepalive(22*time.Second, 22*time.Second), peer + "every 22 to 30 seconds -> every 22 seconds\n"},
		{"a range from 0", have, keepalive(0, 5*time.Second), peer + "every 22 to 30 seconds -> every 0 to 5 seconds\n"},
		{"off", have, keepalive(0, 0), peer + "every 22 to 30 seconds -> off\n"},
	} {
		if got := string(wgtypes.AppendChange(nil, test.have, test.change, nil)); got != test.want {
			t.Errorf("%s: AppendChange =\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
	if a.Jc != 4 || a.I1 != "<b 0x01>" {
		t.Errorf("AppendChange changes the device to %+v, want it unchanged", a)
	}
}

// TestAppendChangeOfDiff checks that AppendChange appends a text if and only if a
// Diff is not zero, and no secret.
func TestAppendChangeOfDiff(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		r := source(seed, 1)
		o := wgtest.RandomOptions{Collisions: 0.7, Unnormalized: seed%2 == 0, Amnezia: version(seed)}
		have := wgtest.RandomDevice(r, o)
		have.PrivateKey = wgtypes.NewPrivateKey(secretBytes).Clamped()
		have.PublicKey = have.PrivateKey.PublicKey()
		if a := have.Amnezia; a != nil && !a.HeaderProtectionKey.IsZero() {
			a.HeaderProtectionKey = wgtypes.NewHeaderProtectionKey(secretBytes)
		}
		diff := wgctrl.Diff(have, wgtest.RandomConfig(r, have, o))
		got := string(wgtypes.AppendChange(nil, have, diff, nil))
		if (got == "") != diff.IsZero() {
			t.Errorf("seed %d: AppendChange(%v) = %q, want a text unless the change is zero", seed, diff, got)
		}
		if f := testutil.FindSecret(got + diff.String()); f != "" {
			t.Errorf("seed %d: AppendChange = %s, and the change is %v, want no secret, got it as %s", seed, got, diff, f)
		}
	}
}
