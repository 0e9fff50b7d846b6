package testutil

import (
	"slices"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

var (
	headerKey1  = wgtypes.NewHeaderProtectionKey([32]byte{1})
	headerKey2  = wgtypes.NewHeaderProtectionKey([32]byte{2})
	noHeaderKey = wgtypes.HeaderProtectionKey{}
)

// AmneziaScenarios returns the scenarios for a device with that version of AmneziaWG.
// They set and clear each parameter that the version has, and no other one. The
// parameters are valid after each step; TestAmneziaScenarios checks that.
func AmneziaScenarios(version wgtypes.AmneziaVersion) []Scenario {
	list := slices.Concat(amneziaBasicScenarios(), amneziaMixedScenarios())
	if version >= wgtypes.AmneziaV15 {
		list = append(list, amneziaPacketScenarios()...)
	}
	if version >= wgtypes.AmneziaV20 {
		list = append(list, amneziaRangeScenarios()...)
	}
	if version >= wgtypes.AmneziaV30 {
		list = append(list, amneziaKeyScenarios()...)
		list = append(list, amneziaTimeScenarios()...)
		list = append(list, keepaliveRangeScenarios()...)
	}
	if version >= wgtypes.AmneziaV31 {
		list = append(list, amneziaSwitchScenarios()...)
	}
	return list
}

// Amnezia returns a Config that changes only parameters of AmneziaWG.
func Amnezia(c wgtypes.AmneziaConfig) wgtypes.Config { return wgtypes.Config{Amnezia: &c} }

// junk returns a change of the junk packets.
func junk(jc, jmin, jmax uint16) wgtypes.AmneziaConfig {
	return wgtypes.AmneziaConfig{Jc: &jc, Jmin: &jmin, Jmax: &jmax}
}

// headers returns a change of the message types. A negative number leaves its type as it is.
func headers(h1, h2, h3, h4 int64) (c wgtypes.AmneziaConfig) {
	for i, field := range []**wgtypes.Range{&c.H1, &c.H2, &c.H3, &c.H4} {
		if n := []int64{h1, h2, h3, h4}[i]; n >= 0 {
			*field = span(uint32(n), uint32(n))
		}
	}
	return c
}

func span(lo, hi uint32) *wgtypes.Range { return &wgtypes.Range{Lo: lo, Hi: hi} }

// amneziaBasicScenarios have the parameters of AmneziaWG 1.0. The lengths of the messages
// differ, as that version demands.
func amneziaBasicScenarios() []Scenario {
	return []Scenario{
		{"junk packets", []wgtypes.Config{
			Amnezia(junk(4, 8, 80)),
			Amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(128))}),
			Amnezia(wgtypes.AmneziaConfig{Jmax: new(uint16(1280))}),
			Amnezia(wgtypes.AmneziaConfig{Jmin: new(uint16(1279))}),
			Amnezia(junk(0, 0, 0)),
		}},
		{"message prefixes", []wgtypes.Config{
			Amnezia(wgtypes.AmneziaConfig{S1: new(uint16(15))}),
			Amnezia(wgtypes.AmneziaConfig{S2: new(uint16(16))}),
			Amnezia(wgtypes.AmneziaConfig{S1: new(uint16(150)), S2: new(uint16(0))}),
			Amnezia(wgtypes.AmneziaConfig{S1: new(uint16(0))}),
		}},
		{"message types", []wgtypes.Config{
			Amnezia(headers(5, -1, -1, -1)),
			Amnezia(headers(-1, 1<<32-1, 70000, 1<<31)),
			Amnezia(headers(6, 5, -1, -1)),
			Amnezia(headers(5, 6, 7, 8)),
			Amnezia(headers(1, 2, 3, 4)),
		}},
	}
}

// amneziaMixedScenarios change the parameters together with other settings.
func amneziaMixedScenarios() []Scenario {
	all := junk(4, 8, 80)
	all.S1, all.S2 = new(uint16(15)), new(uint16(16))
	all.H1, all.H2, all.H3, all.H4 = span(11, 11), span(22, 22), span(33, 33), span(44, 44)
	return []Scenario{
		{"AmneziaWG parameters stay", []wgtypes.Config{
			{PrivateKey: &Key1, Amnezia: &all},
			Amnezia(wgtypes.AmneziaConfig{}),
			{PrivateKey: &Key2, ListenPort: new(uint16(7))},
			Peers(FullPeer(PeerA, "10.0.0.0/8")),
			Amnezia(all),
			{ReplacePeers: true},
			Amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(4))}),
		}},
		{"AmneziaWG parameters with everything else", []wgtypes.Config{
			{
				PrivateKey: &Key1, ListenPort: new(uint16(7)), FirewallMark: new(uint32(7)), Amnezia: &all, ReplacePeers: true,
				Peers: []wgtypes.PeerConfig{FullPeer(PeerA, "10.0.0.0/8", "fd00::/8"), FullPeer(PeerB, "0.0.0.0/0", "::/0")},
			},
			{Amnezia: &wgtypes.AmneziaConfig{Jc: new(uint16(5))}, Peers: []wgtypes.PeerConfig{{PublicKey: PeerA, PresharedKey: &noPSK}}},
			{Amnezia: &wgtypes.AmneziaConfig{S1: new(uint16(20))}, ReplacePeers: true},
		}},
		{"AmneziaWG parameters with many peers", []wgtypes.Config{
			{PrivateKey: &Key1, Amnezia: &all, Peers: FullPeers(500, 3)},
			{Amnezia: &wgtypes.AmneziaConfig{Jc: new(uint16(5))}, ReplacePeers: true, Peers: FullPeers(400, 4)},
		}},
	}
}

// amneziaPacketScenarios have the parameters of AmneziaWG 1.5. It allows no packet after
// an absent one, and each packet has a tag that it knows.
func amneziaPacketScenarios() []Scenario {
	packets := func(i1, i2, i3, i4, i5 string) wgtypes.Config {
		return Amnezia(wgtypes.AmneziaConfig{I1: &i1, I2: &i2, I3: &i3, I4: &i4, I5: &i5})
	}
	return []Scenario{
		{"more message prefixes", []wgtypes.Config{
			Amnezia(wgtypes.AmneziaConfig{S3: new(uint16(17))}),
			Amnezia(wgtypes.AmneziaConfig{S4: new(uint16(18))}),
			Amnezia(wgtypes.AmneziaConfig{S1: new(uint16(19)), S2: new(uint16(20)), S3: new(uint16(0)), S4: new(uint16(21))}),
			Amnezia(wgtypes.AmneziaConfig{S4: new(uint16(0))}),
		}},
		{"described packets", []wgtypes.Config{
			Amnezia(wgtypes.AmneziaConfig{I1: new("<b 0xc0ff><r 16>")}),
			packets("<b 0xc0ff>", "<r 1000>", "<t>", "<r 0><b 0x00>", "<b 0xDEADbeef>"),
			Amnezia(wgtypes.AmneziaConfig{I3: new("<r 7>")}),
			Amnezia(wgtypes.AmneziaConfig{Jc: new(uint16(3)), Jmin: new(uint16(8)), Jmax: new(uint16(80))}),
			packets("<r 1>", "<r 2>", "", "", ""),
			packets("", "", "", "", ""),
		}},
	}
}

// amneziaRangeScenarios have what AmneziaWG 2.0 adds.
func amneziaRangeScenarios() []Scenario {
	return []Scenario{
		{"ranges of message types", []wgtypes.Config{
			Amnezia(wgtypes.AmneziaConfig{H1: span(5, 9)}),
			Amnezia(wgtypes.AmneziaConfig{H2: span(10, 70000), H3: span(70001, 70001), H4: span(1<<31, 1<<32-1)}),
			Amnezia(wgtypes.AmneziaConfig{H1: span(10, 70000), H2: span(5, 9)}),
			Amnezia(headers(1, 2, 3, 4)),
		}},
		{"described packets with gaps", []wgtypes.Config{
			Amnezia(wgtypes.AmneziaConfig{I3: new("<rc 5><rd 6>")}),
			Amnezia(wgtypes.AmneziaConfig{I1: new("<t>"), I3: new(""), I5: new("<b 0x01>")}),
			Amnezia(wgtypes.AmneziaConfig{I1: new(""), I5: new("")}),
		}},
	}
}

// amneziaKeyScenarios have the header protection key of AmneziaWG 3.0, which needs
// prefixes of at least 12 bytes.
func amneziaKeyScenarios() []Scenario {
	prefixes := func(n uint16, key *wgtypes.HeaderProtectionKey) wgtypes.Config {
		return Amnezia(wgtypes.AmneziaConfig{S1: &n, S2: &n, S3: &n, S4: &n, HeaderProtectionKey: key})
	}
	return []Scenario{
		{"header protection key", []wgtypes.Config{
			prefixes(12, nil),
			Amnezia(wgtypes.AmneziaConfig{HeaderProtectionKey: &headerKey1}),
			Amnezia(wgtypes.AmneziaConfig{HeaderProtectionKey: &headerKey2}),
			prefixes(16, nil),
			Amnezia(wgtypes.AmneziaConfig{HeaderProtectionKey: &noHeaderKey}),
		}},
		{"header protection key with prefixes", []wgtypes.Config{
			prefixes(12, &headerKey1),
			{PrivateKey: &Key1, Peers: []wgtypes.PeerConfig{FullPeer(PeerA, "10.0.0.0/8")}},
			prefixes(0, &noHeaderKey),
		}},
	}
}

// amneziaTimeScenarios have the padding and the times of AmneziaWG 3.0.
func amneziaTimeScenarios() []Scenario {
	all := func(r wgtypes.Range) wgtypes.Config {
		return Amnezia(wgtypes.AmneziaConfig{
			ContentPaddingAddition: &r, RekeyAfterTime: &r, RekeyTimeout: &r,
			RejectAfterTime: &r, KeepaliveTimeout: &r, MaxHandshakeAttempts: &r,
		})
	}
	return []Scenario{
		{"padding and times", []wgtypes.Config{
			Amnezia(wgtypes.AmneziaConfig{ContentPaddingAddition: span(10, 20), RekeyAfterTime: span(100, 120)}),
			Amnezia(wgtypes.AmneziaConfig{RekeyTimeout: span(5, 5), RejectAfterTime: span(180, 200)}),
			Amnezia(wgtypes.AmneziaConfig{KeepaliveTimeout: span(10, 12), MaxHandshakeAttempts: span(18, 18)}),
			all(wgtypes.Range{Lo: 0, Hi: 65535}),
			all(wgtypes.Range{Lo: 65535, Hi: 65535}),
			all(wgtypes.Range{}),
		}},
	}
}

// keepaliveRangeScenarios have the keepalive ranges of AmneziaWG 3.0.
func keepaliveRangeScenarios() []Scenario {
	keepalive := func(lo, hi time.Duration) wgtypes.Config {
		return Peers(wgtypes.PeerConfig{PublicKey: PeerA, PersistentKeepalive: &lo, PersistentKeepaliveMax: hi})
	}
	return []Scenario{
		{"keepalive ranges", []wgtypes.Config{
			keepalive(22*time.Second, 30*time.Second),
			Peers(At(PeerA, "192.0.2.7:7")),
			keepalive(22*time.Second, 0),
			keepalive(25*time.Second, 25*time.Second),
			keepalive(0, 65535*time.Second),
			keepalive(0, 0),
		}},
	}
}

// amneziaSwitchScenarios have the switches of AmneziaWG 3.1.
func amneziaSwitchScenarios() []Scenario {
	return []Scenario{
		{"random trailers and cookies", []wgtypes.Config{
			Amnezia(wgtypes.AmneziaConfig{RandomTrailers: new(true)}),
			Amnezia(wgtypes.AmneziaConfig{DisableCookies: new(true)}),
			Amnezia(wgtypes.AmneziaConfig{RandomTrailers: new(false)}),
			Amnezia(wgtypes.AmneziaConfig{RandomTrailers: new(true), DisableCookies: new(false)}),
			Amnezia(wgtypes.AmneziaConfig{RandomTrailers: new(false)}),
		}},
	}
}
