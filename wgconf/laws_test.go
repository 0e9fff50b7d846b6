package wgconf_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// addTexts adds the seeds of a target that takes texts.
func addTexts(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	for seed := range uint64(200) {
		f.Add([]byte(newGenerator(seed).text()))
	}
}

// read returns the Settings of text and the kinds of its problems.
func read(t *testing.T, d wgconf.Dialect, text []byte) (*wgconf.Settings, []string) {
	t.Helper()
	s, err := wgconf.Parse("f", text).Settings(d)
	var reasons []string
	for _, p := range unwrap(err) {
		reasons = append(reasons, p.Err.Error())
	}
	return s, reasons
}

// FuzzFormat checks that formatting changes neither the settings nor the problems of
// a file in either dialect, and that formatting again changes nothing.
func FuzzFormat(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		formatted := wgconf.Parse("f", text).Formatted().AppendTo(nil)
		for _, d := range dialects {
			want, wantReasons := read(t, d, text)
			got, reasons := read(t, d, formatted)
			if diff := cmp.Diff(want, got, opaque); diff != "" {
				t.Errorf("%v: %q became %q (-want +got):\n%s", d, text, formatted, diff)
			}
			if strings.HasPrefix(string(text), "\ufeff") {
				continue // Formatted removes the mark, and so its problem
			}
			if diff := cmp.Diff(wantReasons, reasons); diff != "" {
				t.Errorf("%v: %q became %q (-want +got):\n%s", d, text, formatted, diff)
			}
		}
		if again := wgconf.Parse("f", formatted).Formatted().AppendTo(nil); string(again) != string(formatted) {
			t.Errorf("Formatted of %q, the formatted %q, = %q, want no change", formatted, text, again)
		}
		if strings.Contains(string(formatted), "\r\n") {
			t.Errorf("Formatted(%q) = %q, want no CRLF", text, formatted)
		}
		if whole := wgconf.Parse("f", text).Formatted().AppendTo([]byte("x")); string(whole) != "x"+string(formatted) {
			t.Errorf("Formatted(%q) after x = %q, want x%s", text, whole, formatted)
		}
	})
}

// FuzzStrip checks that Strip keeps the settings of wg(8) and awg(8), and that stripping
// again removes nothing.
func FuzzStrip(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		stripped := wgconf.Parse("f", text).Strip().AppendTo(nil)
		again := wgconf.Parse("f", stripped).Strip().AppendTo(nil)
		if string(again) != string(stripped)+"\n" {
			t.Errorf("Strip of %q, the stripped %q, = %q, want no change", stripped, text, again)
		}
		if strings.HasPrefix(string(text), "\ufeff") || strings.HasPrefix(string(stripped), "\ufeff") {
			return // Settings ignores a mark in the first line
		}
		for quick, plain := range map[wgconf.Dialect]wgconf.Dialect{
			wgconf.DialectWGQuick: wgconf.DialectWG, wgconf.DialectAWGQuick: wgconf.DialectAWG,
		} {
			want, _ := read(t, quick, text)
			got, _ := read(t, plain, stripped)
			want.Interface = wgconf.Interface{
				PrivateKey: want.Interface.PrivateKey, ListenPort: want.Interface.ListenPort, FwMark: want.Interface.FwMark,
				Amnezia: want.Interface.Amnezia,
			}
			if diff := cmp.Diff(want, got, opaque); diff != "" {
				t.Errorf("%v: %q became %q (-want +got):\n%s", quick, text, stripped, diff)
			}
		}
	})
}

// FuzzText checks that the Settings of any text can be written and parsed again.
func FuzzText(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, d := range dialects {
			want, _ := read(t, d, text)
			mustRoundTrip(t, want)
		}
	})
}

// FuzzSettings checks the same for random Settings.
func FuzzSettings(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { mustRoundTrip(t, newGenerator(seed).settings()) })
}

func mustRoundTrip(t *testing.T, want *wgconf.Settings) {
	t.Helper()
	text := want.AppendTo(nil)
	for _, d := range []wgconf.Dialect{wgconf.DialectWGQuick, wgconf.DialectAWGQuick} {
		if d == wgconf.DialectWGQuick && hasAmnezia(want) {
			continue
		}
		got, reasons := read(t, d, text)
		if diff := cmp.Diff(want, got, opaque); diff != "" || reasons != nil {
			t.Fatalf("%v: %q has the problems %q (-want +got):\n%s", d, text, reasons, diff)
		}
	}
	formatted := wgconf.Parse("f", text).Formatted().AppendTo(nil)
	if strings.TrimRight(string(text), "\n") != strings.TrimRight(string(formatted), "\n") {
		t.Errorf("Formatted(%q) = %q, want no change", text, formatted)
	}
}

// hasAmnezia reports whether s has settings of AmneziaWG.
func hasAmnezia(s *wgconf.Settings) bool {
	isRange := func(p wgconf.Peer) bool { return p.PersistentKeepaliveMax != 0 }
	return s.Interface.Amnezia != nil || slices.ContainsFunc(s.Peers, isRange)
}

// FuzzConfig checks that a Config is valid and changes a device as the Settings
// do, element by element.
func FuzzConfig(f *testing.F) {
	for seed := range uint64(500) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := newGenerator(seed)
		s := g.settings()
		device := testutil.RandomDevice(g.Rand, testutil.RandomOptions{Collisions: 0.5})
		g.meet(s, device)
		for _, whole := range []bool{true, false} {
			config := must(s.AddConfig())
			if whole {
				config = must(s.Config())
			}
			if err := wginternal.Validate(config, true); err != nil {
				t.Fatalf("seed %d: Validate(Config) = %v, want no error", seed, err)
			}
			got := wginternal.Apply(device, config)
			want := wginternal.Apply(device, modelConfig(s, whole))
			if diff := cmp.Diff(want, got, opaque); diff != "" {
				t.Errorf("seed %d, whole %v (-want +got):\n%s", seed, whole, diff)
			}
		}
	})
}

// modelConfig returns the Config of s with one PeerConfig for each element of a
// list.
func modelConfig(s *wgconf.Settings, whole bool) wgtypes.Config {
	c := wgtypes.Config{
		PrivateKey: s.Interface.PrivateKey, ListenPort: s.Interface.ListenPort, FirewallMark: s.Interface.FwMark, ReplacePeers: whole,
		Amnezia: s.Interface.Amnezia,
	}
	if whole {
		zero := wgtypes.Config{PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16), FirewallMark: new(uint32)}
		if c.PrivateKey == nil {
			c.PrivateKey = zero.PrivateKey
		}
		if c.ListenPort == nil {
			c.ListenPort = zero.ListenPort
		}
		if c.FirewallMark == nil {
			c.FirewallMark = zero.FirewallMark
		}
	}
	for _, p := range s.Peers {
		endpoint, _ := p.Endpoint.AddrPort()
		c.Peers = append(c.Peers, wgtypes.PeerConfig{
			PublicKey: p.PublicKey, PresharedKey: p.PresharedKey, Endpoint: endpoint, PersistentKeepalive: p.PersistentKeepalive,
			PersistentKeepaliveMax: p.PersistentKeepaliveMax, ReplaceAllowedIPs: !p.Incremental,
		})
		for _, a := range p.AllowedIPs {
			element := wgtypes.PeerConfig{PublicKey: p.PublicKey}
			list := &element.AllowedIPs
			if a.Remove {
				list = &element.RemoveAllowedIPs
			}
			*list = []netip.Prefix{a.Prefix}
			c.Peers = append(c.Peers, element)
		}
	}
	return c
}

// FuzzSync checks that synchronizing a device with a Config gives the same peers as
// applying the Config to an empty device. It ignores endpoints, which cannot be
// cleared.
func FuzzSync(f *testing.F) {
	for seed := range uint64(500) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := newGenerator(seed)
		s := g.settings()
		for i := range s.Peers {
			s.Peers[i].Incremental = false
		}
		device := testutil.RandomDevice(g.Rand, testutil.RandomOptions{Collisions: 0.5})
		g.meet(s, device)
		config := must(s.Config())
		want := wginternal.Apply(&wgtypes.Device{}, config)
		got := wginternal.Apply(device, wginternal.Diff(device, config, nil))
		if len(want.Peers) != len(got.Peers) {
			t.Fatalf("seed %d: %d peers, want %d", seed, len(got.Peers), len(want.Peers))
		}
		peers := make(map[wgtypes.PublicKey]wgtypes.Peer)
		for _, p := range want.Peers {
			peers[p.PublicKey] = p
		}
		for _, p := range got.Peers {
			w := peers[p.PublicKey]
			if !p.PresharedKey.Equal(w.PresharedKey) || p.PersistentKeepalive != w.PersistentKeepalive || p.PersistentKeepaliveMax != w.PersistentKeepaliveMax || len(p.AllowedIPs) != len(w.AllowedIPs) {
				t.Errorf("seed %d: the peer is %+v, want %+v", seed, p, w)
			}
		}
	})
}

// FuzzSecrets checks that no error contains a key, or most of one.
func FuzzSecrets(f *testing.F) {
	addTexts(f)
	for _, line := range []string{
		"PrivateKey = %", "PrivatKey = %", "PrivateKey: %", "%", "%x", "PublicKey = %%", "AllowedIPs = %", "Endpoint = %:1", "HeaderProtectionKey = %", "HeaderProtectionKey = % x", "I1 = <b 0x%>", "Jc = %", "Address = %", "DNS = %",
		"Table = % x", "SaveConfig = %", "[%]", "PresharedKey = % x", "PrivateKey = %\x00", "PostUp = %", "FwMark = %", "MTU = %", "ListenPort = %", "% = x", "PrivateKey=#%",
		"MTU = " + privateText[:20] + " " + privateText[20:], "Table = " + privateText[:20] + "\t" + privateText[20:],
	} {
		for _, head := range []string{"", "[Interface]\n", "[Peer]\n"} {
			f.Add([]byte(head + strings.ReplaceAll(line, "%", privateText)))
			f.Add([]byte(head + strings.ReplaceAll(line, "%", privateText[:41])))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		secrets := []string{privateText[:40], privateText[2:42], presharedText[:40]}
		for _, d := range dialects {
			file := wgconf.Parse("f", text)
			for _, p := range file.Check(d) {
				all := p.Error() + p.Value
				all = strings.NewReplacer(" ", "", "\t", "").Replace(all)
				for _, secret := range secrets {
					if strings.Contains(all, secret) {
						t.Errorf("Check(%v) of %q reports %v, want no key in it", d, text, p)
					}
				}
				if len(p.Error()) > 400 {
					t.Errorf("Check(%v) of %q: an error has %d bytes, want at most 400", d, text, len(p.Error()))
				}
				if strings.ContainsAny(p.Error(), "\x00\n\r\x1b") {
					t.Errorf("Check(%v) of %q: error = %q, want no control characters", d, text, p)
				}
			}
		}
	})
}
