package wgconf_test

import (
	"net/netip"
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

// read returns what a text says, and what is wrong with it, without the lines.
func read(t *testing.T, d wgconf.Dialect, text []byte) (*wgconf.Settings, []string) {
	t.Helper()
	s, err := wgconf.Parse("f", text).Settings(d)
	var reasons []string
	for _, p := range unwrap(err) {
		reasons = append(reasons, p.Err.Error())
	}
	return s, reasons
}

// FuzzFormat: the canonical layout says what the text says, to both readers, has
// the same problems, and is its own canonical layout.
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
				continue // the mark goes, and its problem
			}
			if diff := cmp.Diff(wantReasons, reasons); diff != "" {
				t.Errorf("%v: %q became %q (-want +got):\n%s", d, text, formatted, diff)
			}
		}
		if again := wgconf.Parse("f", formatted).Formatted().AppendTo(nil); string(again) != string(formatted) {
			t.Errorf("%q became %q and then %q", text, formatted, again)
		}
		if strings.Contains(string(formatted), "\r\n") {
			t.Errorf("%q became %q, with CRLF", text, formatted)
		}
		if whole := wgconf.Parse("f", text).Formatted().AppendTo([]byte("x")); string(whole) != "x"+string(formatted) {
			t.Errorf("%q behind a text became %q", text, whole)
		}
	})
}

// FuzzStrip: strip passes on what wg(8) is to read, and strips nothing more the
// second time.
func FuzzStrip(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		stripped := wgconf.Parse("f", text).Strip().AppendTo(nil)
		again := wgconf.Parse("f", stripped).Strip().AppendTo(nil)
		if string(again) != string(stripped)+"\n" {
			t.Errorf("%q became %q and then %q", text, stripped, again)
		}
		if strings.HasPrefix(string(text), "\ufeff") || strings.HasPrefix(string(stripped), "\ufeff") {
			return // there it is read as if it was not
		}
		want, _ := read(t, wgconf.DialectWGQuick, text)
		got, _ := read(t, wgconf.DialectWG, stripped)
		want.Interface = wgconf.Interface{
			PrivateKey: want.Interface.PrivateKey, ListenPort: want.Interface.ListenPort, FwMark: want.Interface.FwMark,
		}
		if diff := cmp.Diff(want, got, opaque); diff != "" {
			t.Errorf("%q became %q (-want +got):\n%s", text, stripped, diff)
		}
	})
}

// FuzzText: what a text says can be written, and then read without a problem.
func FuzzText(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, d := range dialects {
			want, _ := read(t, d, text)
			mustRoundTrip(t, want)
		}
	})
}

// FuzzSettings: the same for Settings that were not read.
func FuzzSettings(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { mustRoundTrip(t, newGenerator(seed).settings()) })
}

func mustRoundTrip(t *testing.T, want *wgconf.Settings) {
	t.Helper()
	text := want.AppendTo(nil)
	got, reasons := read(t, wgconf.DialectWGQuick, text)
	if diff := cmp.Diff(want, got, opaque); diff != "" || reasons != nil {
		t.Fatalf("%q has the problems %q (-want +got):\n%s", text, reasons, diff)
	}
	formatted := wgconf.Parse("f", text).Formatted().AppendTo(nil)
	if strings.TrimRight(string(text), "\n") != strings.TrimRight(string(formatted), "\n") {
		t.Errorf("%q is not in the canonical layout: %q", text, formatted)
	}
}

// FuzzConfig: a Config is valid, and does to a device what the Settings say,
// element by element.
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
			if err := config.Validate(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			got := wginternal.Apply(device, config)
			want := wginternal.Apply(device, twinConfig(s, whole))
			if diff := cmp.Diff(want, got, opaque); diff != "" {
				t.Errorf("seed %d, whole %v (-want +got):\n%s", seed, whole, diff)
			}
		}
	})
}

// twinConfig is what the Settings say, one PeerConfig for each element of a list.
func twinConfig(s *wgconf.Settings, whole bool) wgtypes.Config {
	c := wgtypes.Config{
		PrivateKey: s.Interface.PrivateKey, ListenPort: s.Interface.ListenPort, FirewallMark: s.Interface.FwMark, ReplacePeers: whole,
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
			ReplaceAllowedIPs: !p.Incremental,
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

// FuzzSync: as a description, a Config leaves of a device what applying it to
// nothing would make, but for endpoints, which cannot be cleared.
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
			if !p.PresharedKey.Equal(w.PresharedKey) || p.PersistentKeepalive != w.PersistentKeepalive || len(p.AllowedIPs) != len(w.AllowedIPs) {
				t.Errorf("seed %d: the peer is %+v, want %+v", seed, p, w)
			}
		}
	})
}

// FuzzSecrets: no error repeats a key, nor what may be most of one.
func FuzzSecrets(f *testing.F) {
	addTexts(f)
	for _, line := range []string{
		"PrivateKey = %", "PrivatKey = %", "PrivateKey: %", "%", "%x", "PublicKey = %%", "AllowedIPs = %", "Endpoint = %:1", "Address = %", "DNS = %",
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
						t.Errorf("%v of %q: %v", d, text, p)
					}
				}
				if len(p.Error()) > 400 {
					t.Errorf("%v of %q: the text has %d bytes", d, text, len(p.Error()))
				}
				if strings.ContainsAny(p.Error(), "\x00\n\r\x1b") {
					t.Errorf("%v of %q: the text has control characters", d, text)
				}
			}
		}
	})
}
