package wgconf_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func packetRange(lo, hi uint32) *wgtypes.Range { return &wgtypes.Range{Lo: lo, Hi: hi} }

var headerKey = must(wgtypes.ParseHeaderProtectionKey(presharedText))

// amneziaSettings returns the parameters of amneziaFile.
func amneziaSettings() *wgtypes.AmneziaConfig {
	return &wgtypes.AmneziaConfig{
		Jc: new(uint16(4)), Jmin: new(uint16(10)), Jmax: new(uint16(50)),
		S1: new(uint16(15)), S2: new(uint16(18)), S3: new(uint16(20)), S4: new(uint16(23)),
		H1: packetRange(5, 9), H2: packetRange(100000, 100000), H3: packetRange(4294967294, 4294967295), H4: packetRange(10, 10),
		I1: new("<b 0xc70000000108><rc 8><t><r 50>"), I2: new("<rd 16>"), I3: new(""), I4: new("<c>"), I5: new("<r 0>"),
		HeaderProtectionKey:    &headerKey,
		ContentPaddingAddition: packetRange(0, 64), RekeyAfterTime: packetRange(100, 140), RekeyTimeout: packetRange(5, 5),
		RejectAfterTime: packetRange(180, 180), KeepaliveTimeout: packetRange(8, 12), MaxHandshakeAttempts: packetRange(0, 0),
		RandomTrailers: new(false), DisableCookies: new(true),
	}
}

// TestAmneziaSettings checks every key of AmneziaWG, in each form that awg(8), awg-quick
// and the apps accept, and the Config of it.
func TestAmneziaSettings(t *testing.T) {
	t.Parallel()
	want := &wgconf.Settings{
		Interface: wgconf.Interface{PrivateKey: &private, Amnezia: amneziaSettings()},
		Peers: []wgconf.Peer{{
			PublicKey: publicA, AllowedIPs: allowed("0.0.0.0/0", "::/0"), Endpoint: wgconf.Endpoint{Host: "192.0.2.1", Port: 51820},
			PersistentKeepalive: new(22 * time.Second), PersistentKeepaliveMax: 30 * time.Second,
		}},
	}
	for name, text := range map[string]string{
		"as it is": amneziaFile,
		"CRLF":     strings.ReplaceAll(amneziaFile, "\n", "\r\n"),
		"dense":    strings.ReplaceAll(amneziaFile, " = ", "="),
		"indented": strings.ReplaceAll(amneziaFile, "\n", "\n\t "),
		"comments": strings.ReplaceAll(amneziaFile, "\n", " # <b 0x01>\n"),
		"blanks":   strings.NewReplacer("-", " - ", "100000", "10 00 00", "Jc", "J c").Replace(amneziaFile),
		"bools":    strings.NewReplacer("= off", "= 0", "= on", "= 7").Replace(amneziaFile),
		"other case": strings.NewReplacer("Jc", "jC", "Jmin", "JMIN", "H1", "h1", "I1", "i1", "RekeyTimeout", "REKEYTIMEOUT", "= off", "= OFF",
			"= on", "= On", "HeaderProtectionKey", "headerprotectionkey").Replace(amneziaFile),
		"repeated": strings.Replace(amneziaFile, "Jc = 4", "Jc = 1\nI1 = <c>\nJc = 4\nH1 = 7", 1),
	} {
		file := wgconf.Parse("awg0.conf", []byte(text))
		got, err := file.Settings(wgconf.DialectAWG)
		if diff := cmp.Diff(want, got, opaque); diff != "" {
			t.Errorf("%s: awg (-want +got):\n%s", name, diff)
		}
		if problems := unwrap(err); len(problems) != 1 || problems[0].Reason != "Address is a key of wg-quick(8)" {
			t.Errorf("%s: Settings(DialectAWG) = %v, want one problem with Address", name, err)
		}
		got, err = file.Settings(wgconf.DialectAWGQuick)
		if err != nil {
			t.Errorf("%s: Settings(DialectAWGQuick) = %v, want no error", name, err)
		}
		got.Interface.Addresses = nil
		if diff := cmp.Diff(want, got, opaque); diff != "" {
			t.Errorf("%s: awg-quick (-want +got):\n%s", name, diff)
		}
	}
	c := must(want.Config())
	if diff := cmp.Diff(amneziaSettings(), c.Amnezia, opaque); diff != "" {
		t.Errorf("Config.Amnezia (-want +got):\n%s", diff)
	}
	one, _ := wgconf.Parse("f", []byte("[Peer]\nPublicKey = "+keyA+"\nPersistentKeepalive = 25-25\n")).Settings(wgconf.DialectAWG)
	if p := one.Peers[0]; *p.PersistentKeepalive != 25*time.Second || p.PersistentKeepaliveMax != 0 {
		t.Errorf("PersistentKeepalive = 25-25 is %v with the maximum %v, want 25s without one", *p.PersistentKeepalive, p.PersistentKeepaliveMax)
	}
	if got := c.Peers[0].PersistentKeepaliveMax; got != 30*time.Second {
		t.Errorf("PersistentKeepaliveMax = %v, want 30s", got)
	}
	*c.Amnezia.Jc = 9
	if diff := cmp.Diff(amneziaSettings(), want.Interface.Amnezia, opaque); diff != "" {
		t.Errorf("the Settings after a change of the Config (-want +got):\n%s", diff)
	}
}

// TestAmneziaUnset checks that a parameter of version 3 without a value is not set, that a
// packet without a value is removed, and that plain files have no parameters.
func TestAmneziaUnset(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]*wgtypes.AmneziaConfig{
		"": nil, "ListenPort = 1\n": nil, "RekeyTimeout =\n": nil, "RekeyTimeout = 5\nRekeyTimeout = # x\n": nil,
		"RandomTrailers=\nHeaderProtectionKey =\n": nil, "J1 = <c>\nItime = 5\n": nil,
		"I1 =\n":           {I1: new("")},
		"I1 = # <r 1>\n":   {I1: new("")},
		"Jc = 0\nI2 = \n":  {Jc: new(uint16(0)), I2: new("")},
		"Jc = 1\nJc = x\n": {Jc: new(uint16(1))},
	} {
		got, _ := wgconf.Parse("f", []byte("[Interface]\n"+text)).Settings(wgconf.DialectAWG)
		if diff := cmp.Diff(want, got.Interface.Amnezia, opaque); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// amneziaValues are lines, in [Interface] unless "[Peer] " precedes them, and their
// problems in DialectAWG, separated by "|".
var amneziaValues = map[string]string{
	"Jc = 0": "", "Jc = 65535": "", "S4 = 007": "", "H1 = 4294967295": "", "H4 = 4-9": "", "RekeyTimeout = 0-65535": "",
	"RandomTrailers = oN": "", "DisableCookies = 00": "", "I1 = <r 1000><t>": "", "I5 = <b 0xC0ff>": "",
	"Jc = 0x4":                    `invalid Jc "0x4": must be 0 to 65535`,
	"Jmax = 65536":                `invalid Jmax "65536": must be 0 to 65535`,
	"S1 = -1":                     `invalid S1 "-1": must be 0 to 65535`,
	"S1 = off":                    `invalid S1 "off": must be 0 to 65535`,
	"Jc = 1-2":                    `invalid Jc "1-2": must be 0 to 65535`,
	"Jc = <count>":                `invalid Jc "<count>": replace the placeholder; must be 0 to 65535`,
	"Jc =":                        "unrecognized line: missing value of Jc",
	"S4 = #":                      "unrecognized line: missing value of S4",
	"H2 =":                        "unrecognized line: missing value of H2",
	"I1":                          `unrecognized line: missing "=" after I1`,
	"RekeyTimeout 5":              `unrecognized line: missing "=" after RekeyTimeout`,
	"H1 = 0":                      `invalid H1 "0": must be 1 to 4294967295, or a range such as 5-9`,
	"H1 = 0-5":                    `invalid H1 "0-5": must be 1 to 4294967295, or a range such as 5-9`,
	"H1 = 4294967296":             `invalid H1 "4294967296": must be 1 to 4294967295, or a range such as 5-9`,
	"H1 = 5 - 3":                  `invalid H1 "5 - 3": 5 is larger than 3`,
	"H1 = 5-":                     `invalid H1 "5-": must be 1 to 4294967295, or a range such as 5-9`,
	"H1 = 1-2-3":                  `invalid H1 "1-2-3": must be 1 to 4294967295, or a range such as 5-9`,
	"RekeyAfterTime = 70000":      `invalid RekeyAfterTime "70000": must be 0 to 65535, or a range such as 5-9`,
	"RekeyTimeout = 5-65536":      `invalid RekeyTimeout "5-65536": must be 0 to 65535, or a range such as 5-9`,
	"MaxHandshakeAttempts = off":  `invalid MaxHandshakeAttempts "off": must be 0 to 65535, or a range such as 5-9`,
	"ContentPaddingAddition = 5s": `invalid ContentPaddingAddition "5s": must be 0 to 65535, or a range such as 5-9`,
	"RandomTrailers = yes":        `invalid RandomTrailers "yes": must be on or off`,
	"DisableCookies = true":       `invalid DisableCookies "true": must be on or off`,
	"DisableCookies = -1":         `invalid DisableCookies "-1": must be on or off`,
	"HeaderProtectionKey = x":     "invalid HeaderProtectionKey: header protection key has 1 character, must have 44 (base64)",
	"HeaderProtectionKey = YOUR_KEY": "invalid HeaderProtectionKey: replace the placeholder; " +
		"header protection key has 8 characters, must have 44 (base64)",
	"I1 = <r -1>":                   `invalid I1 "<r -1>": tag at byte 0: must not have negative numbers`,
	"I2 = <t><r x>":                 `invalid I2 "<t><r x>": tag at byte 3: <r> needs a number from 0 to 65535, as in <r 16>`,
	"I3 = <q>":                      `invalid I3 "<q>": tag at byte 0: must be b, r, rc, rd, t, c, wt, d, ds or dz`,
	" I4 = <r 5":                    `invalid I4 "<r 5": "<" without ">" at byte 0`,
	"I1 = <r 5>#<r 6>":              `warning: I1: "#" starts a comment and ends the value`,
	" I1 = <r 5>":                   `warning: I1 "<r 5>": awg(8) ignores the white space within it, because the line does not start with I1`,
	"I 1 = <r 5>":                   `warning: I1 "<r 5>": awg(8) ignores the white space within it, because the line does not start with I1`,
	" I1 = <t><c>":                  "",
	" H1 = 5 - 9":                   "",
	" J1 = <b 0x01>":                "warning: J1: ignored, because only AmneziaWG 1.5 has it: remove the line",
	"Jc = 1 0":                      `warning: Jc "1 0": awg(8) ignores the white space within it`,
	"H3 = 5 - 9":                    "",
	"I1 =":                          "warning: I1: missing value: awg(8) rejects the line",
	"KeepaliveTimeout = # 5":        "warning: KeepaliveTimeout: missing value: awg(8) rejects the line",
	"J1 = <b 0x01>":                 "warning: J1: ignored, because only AmneziaWG 1.5 has it: remove the line",
	"Itime = 60":                    "warning: Itime: ignored, because only AmneziaWG 1.5 has it: remove the line",
	"J3 =":                          "warning: J3: ignored, because only AmneziaWG 1.5 has it: remove the line",
	"[Peer] SpecialHandshake = on":  "warning: SpecialHandshake: ignored, because only AmneziaWG 1.5 has it: remove the line",
	"[Peer] AdvancedSecurity = off": "warning: AdvancedSecurity: ignored, because it has no effect since AmneziaWG 3: remove the line",
	"AdvancedSecurity = off":        "unrecognized line: AdvancedSecurity belongs in [Peer]",
	"[Peer] Jc = 4":                 "unrecognized line: Jc belongs in [Interface]",
	"[Peer] RekeyTimeout = ":        "unrecognized line: RekeyTimeout belongs in [Interface]",

	"Jmi = 4":                   `unrecognized line: unknown key "Jmi" in [Interface], did you mean Jmin?`,
	"RekeyTimout = 5":           `unrecognized line: unknown key "RekeyTimout" in [Interface], did you mean RekeyTimeout?`,
	"header_protection_key = x": `unrecognized line: unknown key "header_protection_key" in [Interface], did you mean HeaderProtectionKey?`,
	"MaxHandshakeAttemps = 5":   `unrecognized line: unknown key "MaxHandshakeAttemps" in [Interface], did you mean MaxHandshakeAttempts?`,
	"[Peer] Keepalive = 5":      `unrecognized line: unknown key "Keepalive" in [Peer], did you mean PersistentKeepalive?`,

	"[Peer] PersistentKeepalive = 22-30":            "",
	"[Peer] PersistentKeepalive = 5 - 5":            "",
	"[Peer] PersistentKeepalive = off":              "",
	"[Peer] PersistentKeepalive = 0-65535":          "",
	"[Peer] PersistentKeepalive = 30-22":            `invalid PersistentKeepalive "30-22": 30 is larger than 22`,
	"[Peer] PersistentKeepalive = 5-65536":          `invalid PersistentKeepalive "5-65536": must be 0 to 65535 seconds, a range such as 22-30, or off`,
	"[Peer] PersistentKeepalive = off-5":            `invalid PersistentKeepalive "off-5": must be 0 to 65535 seconds, a range such as 22-30, or off`,
	"[Peer] PersistentKeepalive = 70000":            `invalid PersistentKeepalive "70000": must be 0 to 65535 seconds or off`,
	"Jc = 1\nJc = 2":                                "4: warning: Jc: overrides line 3",
	"I1 = <c>\nI1 = <t>":                            "4: warning: I1: overrides line 3",
	"I1 = " + strings.Repeat("<t>", 1707):           "warning: I1: has 5121 bytes, awg(8) before 1.0.20260618 reads at most 5119",
	"I1 = " + strings.Repeat("<t>", 1706):           "",
	"I1 = <r 1>" + strings.Repeat("<t>", 1705):      "warning: I1: has 5120 bytes, awg(8) before 1.0.20260618 reads at most 5119",
	"I1 = <r 1><r 1>" + strings.Repeat("<t>", 1703): "",

	"Jmin = 60\nJmax = 50":                   `invalid Jmin "60": must be at most Jmax, which is 50`,
	"Jmax = 50\nJmin = 6 0":                  `4: invalid Jmin "6 0": must be at most Jmax, which is 50`,
	"Jmin = 60\nJmin = 50\nJmax = 50":        `4: warning: Jmin: overrides line 3`,
	"Jmin = 60":                              `warning: Jmin "60": a new device rejects it: must be at most Jmax, which is 0`,
	"Jmax = 60":                              "",
	"H1 = 5-9\nH2 = 10\nH3 = 9":              `5: invalid H3 "9": must not overlap H1, which is 5-9`,
	"H1 = 5-9\nH2 = 6\nH3 = 7\nH4 = 8":       `4: invalid H2 "6": must not overlap H1, which is 5-9|5: invalid H3 "7": must not overlap H1, which is 5-9|6: invalid H4 "8": must not overlap H1, which is 5-9`,
	"H1 = 2":                                 `warning: H1 "2": a new device rejects it: H2: must not overlap H1, which is 2`,
	"H2 = 1":                                 `warning: H2 "1": a new device rejects it: must not overlap H1, which is 1`,
	"H1 = 1-4294967295":                      `warning: H1 "1-4294967295": a new device rejects it: H2: must not overlap H1, which is 1-4294967295`,
	"H1 = 4\nH2 = 3\nH3 = 2\nH4 = 1":         "",
	"HeaderProtectionKey = " + presharedText: "warning: HeaderProtectionKey: a new device rejects it: S1: must be at least 12 if HeaderProtectionKey is set",
	"HeaderProtectionKey = " + keyZero:       "",
	"S1 = 12\nS2 = 11\nS3 = 12\nS4 = 12\nHeaderProtectionKey = " + presharedText: `4: invalid S2 "11": must be at least 12 if HeaderProtectionKey is set`,
	"S1 = 5\nHeaderProtectionKey = " + presharedText:                             `3: invalid S1 "5": must be at least 12 if HeaderProtectionKey is set`,
}

// TestAmneziaValues checks what is reported about the values of AmneziaWG's keys. A
// problem without a number is about the first line.
func TestAmneziaValues(t *testing.T) {
	t.Parallel()
	for line, want := range amneziaValues {
		text := "[Interface]\nPrivateKey = " + privateText + "\n"
		setting, inPeer := strings.CutPrefix(line, "[Peer] ")
		if inPeer {
			text += "[Peer]\nPublicKey = " + keyA + "\nAllowedIPs = ::/0\n"
		}
		var wantAll []string
		for problem := range strings.SplitSeq(want, "|") {
			if problem != "" && (problem[0] < '0' || problem[0] > '9') {
				problem = fmt.Sprintf("%d: %s", strings.Count(text, "\n")+1, problem)
			}
			if problem != "" {
				wantAll = append(wantAll, problem)
			}
		}
		if diff := cmp.Diff(wantAll, checkText(wgconf.DialectAWG, text+setting+"\n")); diff != "" {
			t.Errorf("Check of %q (-want +got):\n%s", line, diff)
		}
	}
}

// TestConflictsAreErrors checks that parameters that contradict each other are errors of
// Settings, after those of the lines, and not set.
func TestConflictsAreErrors(t *testing.T) {
	t.Parallel()
	const text = "[Interface]\nJmin = 60\nJmax = 50\nFwMark = x\n[Peer]\n"
	got, err := wgconf.Parse("f", []byte(text)).Settings(wgconf.DialectAWG)
	var lines []int
	for _, p := range unwrap(err) {
		lines = append(lines, p.Line)
	}
	if diff := cmp.Diff([]int{4, 5, 2}, lines); diff != "" {
		t.Errorf("lines with problems (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&wgtypes.AmneziaConfig{Jmax: new(uint16(50))}, got.Interface.Amnezia, opaque); diff != "" {
		t.Errorf("Settings of %q (-want +got):\n%s", text, diff)
	}
}

// TestAmneziaFiles checks the Settings of files of the apps, of awg showconf and for
// awg-quick.
func TestAmneziaFiles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		config    wgtypes.AmneziaConfig
		max       time.Duration
		i1, quick int // the size of I1, and the number of addresses
	}{
		"amnezia-app.conf": {
			config: wgtypes.AmneziaConfig{
				Jc: new(uint16(4)), Jmin: new(uint16(10)), Jmax: new(uint16(50)),
				S1: new(uint16(86)), S2: new(uint16(112)), S3: new(uint16(21)), S4: new(uint16(9)),
				H1: packetRange(1106457265, 1106457300), H2: packetRange(249455488, 249455488), H3: packetRange(1209847463, 1209847463),
				H4: packetRange(1646644382, 1646644400),
			},
			i1: 2412, quick: 1,
		},
		"amnezia-windows.conf": {
			config: wgtypes.AmneziaConfig{Jc: new(uint16(4)), Jmin: new(uint16(8)), Jmax: new(uint16(80)), I2: new("")},
			max:    30 * time.Second, i1: len("<b 0xc0ff><r 16>"), quick: 1,
		},
		"awg-showconf.conf": {
			config: wgtypes.AmneziaConfig{
				Jc: new(uint16), Jmin: new(uint16), Jmax: new(uint16), S1: new(uint16(15)), S2: new(uint16(15)), S3: new(uint16(15)), S4: new(uint16(15)),
				H1: packetRange(1, 1), H2: packetRange(2, 2), H3: packetRange(3, 3), H4: packetRange(4, 4), HeaderProtectionKey: &headerKey,
				ContentPaddingAddition: packetRange(0, 64), RekeyAfterTime: packetRange(0, 0), RekeyTimeout: packetRange(0, 0),
				RejectAfterTime: packetRange(0, 0), KeepaliveTimeout: packetRange(0, 0), MaxHandshakeAttempts: packetRange(0, 0),
			},
			max: 30 * time.Second,
		},
		"awg-quick.conf": {
			config: wgtypes.AmneziaConfig{
				Jc: new(uint16(5)), Jmin: new(uint16(50)), Jmax: new(uint16(1000)), S1: new(uint16(86)), S2: new(uint16(574)),
				H1: packetRange(1, 5), H2: packetRange(600, 600), H3: packetRange(700, 700), H4: packetRange(800, 800),
			},
			i1: len("<b 0x01>"), quick: 1,
		},
	} {
		text, err := os.ReadFile("testdata/check/" + name)
		if err != nil {
			t.Fatal(err)
		}
		file := wgconf.Parse(name, text)
		got, err := file.Settings(wgconf.DialectAWGQuick)
		if err != nil {
			t.Errorf("Settings of %s = %v, want no error", name, err)
			continue
		}
		if i1 := got.Interface.Amnezia.I1; i1 == nil || len(*i1) != want.i1 {
			t.Errorf("%s: I1 is not set or has another size, want %d bytes", name, want.i1)
		}
		got.Interface.Amnezia.I1 = nil
		if diff := cmp.Diff(&want.config, got.Interface.Amnezia, opaque); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if len(got.Interface.Addresses) != want.quick || got.Peers[0].PersistentKeepaliveMax != want.max {
			t.Errorf("%s: %d addresses, PersistentKeepaliveMax = %v, want %d, %v",
				name, len(got.Interface.Addresses), got.Peers[0].PersistentKeepaliveMax, want.quick, want.max)
		}
		if stripped := string(file.Strip().AppendTo(nil)); strings.Contains(stripped, "Address") || !strings.Contains(strings.ToLower(stripped), "\njmax") {
			t.Errorf("Strip of %s = %q, want Jmax and no Address", name, stripped)
		}
	}
}

// TestAmneziaFormat checks that fmt lays out the keys of AmneziaWG and moves indented
// packets to the start of the line, where awg(8) keeps their white space.
func TestAmneziaFormat(t *testing.T) {
	t.Parallel()
	const (
		text = "[interface]\njc=4\nH1=5 - 9#c\n  i1=<b 0x01><r 5>  # first\ni2=\nrekeytimeout = \nj1=<b 0x01> \n" +
			"headerprotectionkey=" + presharedText + "\n[peer]\nadvancedsecurity=off\npersistentkeepalive=22 -30\n"
		want = "[Interface]\nJc = 4\nH1 = 5-9 #c\nI1 = <b 0x01><r 5> # first\nI2 =\nRekeyTimeout =\nJ1 = <b 0x01>\n" +
			"HeaderProtectionKey = " + presharedText + "\n\n[Peer]\nAdvancedSecurity = off\nPersistentKeepalive = 22-30\n"
	)
	if got := wgconf.Parse("f", []byte(text)).Formatted().AppendTo(nil); string(got) != want {
		t.Errorf("Formatted of %q:\n got %q\nwant %q", text, got, want)
	}
}

// TestAmneziaShowconf checks that the file of a device has the parameters that differ
// from the defaults, in the order of awg(8)'s showconf.
func TestAmneziaShowconf(t *testing.T) {
	t.Parallel()
	all := wgtypes.Amnezia{
		Version: wgtypes.AmneziaV31, Jc: 4, Jmin: 10, Jmax: 50, S1: 15, S2: 18, S3: 20, S4: 23,
		H1: *packetRange(5, 9), H2: *packetRange(10, 10), H3: *packetRange(3, 3), H4: *packetRange(4, 4), I1: "<r 5><t>", I3: "<c>",
		HeaderProtectionKey: headerKey, ContentPaddingAddition: *packetRange(0, 64), RekeyAfterTime: *packetRange(100, 140),
		RekeyTimeout: *packetRange(5, 5), RejectAfterTime: *packetRange(200, 200), KeepaliveTimeout: *packetRange(8, 12),
		MaxHandshakeAttempts: *packetRange(7, 7), RandomTrailers: true, DisableCookies: true, UnknownKeys: []string{"x"},
	}
	peer := wgtypes.Peer{PublicKey: publicA, PersistentKeepalive: 22 * time.Second, PersistentKeepaliveMax: 30 * time.Second}
	for _, test := range []struct {
		device wgtypes.Device
		want   string
	}{
		{wgtypes.Device{Amnezia: new(wgtypes.DefaultAmnezia())}, "[Interface]\n\n"},
		{wgtypes.Device{ListenPort: 5, PrivateKey: private, Amnezia: &all, Peers: []wgtypes.Peer{peer}}, "[Interface]\nListenPort = 5\nPrivateKey = " + privateText +
			"\nJc = 4\nJmin = 10\nJmax = 50\nS1 = 15\nS2 = 18\nS3 = 20\nS4 = 23\nH1 = 5-9\nH2 = 10\nI1 = <r 5><t>\nI3 = <c>\nHeaderProtectionKey = " + presharedText +
			"\nContentPaddingAddition = 0-64\nRekeyAfterTime = 100-140\nRekeyTimeout = 5\nRejectAfterTime = 200\nKeepaliveTimeout = 8-12\n" +
			"MaxHandshakeAttempts = 7\nRandomTrailers = on\nDisableCookies = on\n\n[Peer]\nPublicKey = " + keyA + "\nPersistentKeepalive = 22-30\n"},
		{
			wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: publicA, PersistentKeepaliveMax: 5 * time.Second}}},
			"[Interface]\n\n[Peer]\nPublicKey = " + keyA + "\nPersistentKeepalive = 0-5\n",
		},
	} {
		if got := string(wgconf.FromDevice(&test.device).AppendTo(nil)); got != test.want {
			t.Errorf("AppendTo = %q\nwant %q", got, test.want)
		}
	}
	off := &wgconf.Settings{Peers: []wgconf.Peer{{PublicKey: publicA, PersistentKeepalive: new(time.Duration)}}}
	if got := string(off.AppendTo(nil)); strings.Contains(got, "off") || !strings.Contains(got, "PersistentKeepalive = 0\n") {
		t.Errorf("AppendTo = %q, want PersistentKeepalive = 0, because awg(8) does not accept off", got)
	}
}
