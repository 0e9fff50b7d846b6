package wgconf_test

import (
	"errors"
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var (
	publicA   = must(wgtypes.ParsePublicKey(keyA))
	publicB   = must(wgtypes.ParsePublicKey(keyB))
	private   = must(wgtypes.ParsePrivateKey(privateText))
	preshared = must(wgtypes.ParsePresharedKey(presharedText))
)

func allowed(texts ...string) []wgconf.AllowedIP {
	list, _, err := wgconf.ParseAllowedIPs(strings.Join(texts, ","))
	return must(list, err)
}

// completeSettings returns the Settings of complete.
func completeSettings() *wgconf.Settings {
	return &wgconf.Settings{
		Interface: wgconf.Interface{
			PrivateKey: &private,
			ListenPort: new(uint16(51820)),
			FwMark:     new(uint32(0xca6c)),
			Addresses: []netip.Prefix{
				netip.PrefixFrom(netip.MustParseAddr("10.0.0.1"), 24),
				netip.PrefixFrom(netip.MustParseAddr("2001:db8::1"), 64),
				prefix("192.0.2.1/32"),
			},
			DNS:        []netip.Addr{netip.MustParseAddr("192.0.2.53"), netip.MustParseAddr("2001:db8::53")},
			Search:     []string{"corp.example"},
			MTU:        1420,
			Table:      "off",
			SaveConfig: true,
			PreUp:      []string{`echo "%i # up"`},
			PostUp:     []string{"iptables -A FORWARD -i %i -j ACCEPT; true"},
			PreDown:    []string{"true"},
			PostDown:   []string{"iptables -D FORWARD -i %i -j ACCEPT"},
		},
		Peers: []wgconf.Peer{{
			PublicKey:           publicA,
			PresharedKey:        &preshared,
			AllowedIPs:          allowed("10.0.0.2", "2001:db8::2", "10.1.0.0/16"),
			Endpoint:            wgconf.Endpoint{Host: "vpn.example.com", Port: 51820},
			PersistentKeepalive: new(25 * time.Second),
		}, {
			PublicKey:           publicB,
			AllowedIPs:          allowed("+10.2.0.0/16", "-10.1.0.0/16"),
			Incremental:         true,
			Endpoint:            wgconf.Endpoint{Host: "2001:db8::7", Port: 7},
			PersistentKeepalive: new(time.Duration),
		}},
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	quick := completeSettings()
	wg := completeSettings()
	wg.Interface = wgconf.Interface{
		PrivateKey: wg.Interface.PrivateKey, ListenPort: wg.Interface.ListenPort, FwMark: wg.Interface.FwMark,
	}
	for name, text := range map[string]string{
		"as it is":          complete,
		"CRLF":              strings.ReplaceAll(complete, "\n", "\r\n"),
		"no blank after =":  strings.ReplaceAll(complete, " = ", " ="),
		"no blank before =": strings.ReplaceAll(complete, " = ", "= "),
		"dense":             strings.ReplaceAll(complete, " = ", "="),
		"blanks":            "\t" + strings.ReplaceAll(strings.ReplaceAll(complete, "\n", " \n \t "), " = ", "\v=\f\t"),
		"no last LF":        strings.TrimSuffix(complete, "\n"),
		"other case": strings.NewReplacer("Address", "ADDRESS", "PostUp", "postup", "PublicKey", "pUBLICkEY", "[Peer]", "[PEER]",
			"true\n", "TRUE\n", "[Interface]", "[interface]", "AllowedIPs", "allowedips").Replace(complete),
	} {
		file := wgconf.Parse("wg0.conf", []byte(text))
		got, err := file.Settings(wgconf.DialectWGQuick)
		if name == "other case" {
			got.Interface.PreDown[0] = strings.ToLower(got.Interface.PreDown[0])
			got.Interface.PostUp[0] = strings.ReplaceAll(got.Interface.PostUp[0], "TRUE", "true")
		}
		if diff := cmp.Diff(quick, got, opaque); diff != "" || err != nil {
			t.Errorf("%s: wg-quick: %v (-want +got):\n%s", name, err, diff)
		}
		got, err = file.Settings(wgconf.DialectWG)
		if diff := cmp.Diff(wg, got, opaque); diff != "" {
			t.Errorf("%s: wg (-want +got):\n%s", name, diff)
		}
		if problems := unwrap(err); len(problems) != 10 || !errors.Is(problems[0], wgconf.ErrUnrecognized) {
			t.Errorf("%s: Settings(DialectWG) = %v, want 10 problems", name, err)
		}
		if problems := file.Check(wgconf.DialectWGQuick); len(problems) != 1 { // the # in a hook
			t.Errorf("%s: Check = %v, want one warning", name, problems)
		}
	}
}

// unwrap returns the problems that an error joins.
func unwrap(err error) []*wgconf.Problem {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var problems []*wgconf.Problem
	for _, e := range joined.Unwrap() {
		problems = append(problems, e.(*wgconf.Problem))
	}
	return problems
}

// TestMerging checks keys and sections that occur twice.
func TestMerging(t *testing.T) {
	t.Parallel()
	const text = `[Peer]
PublicKey = ` + keyB + `
PublicKey = ` + keyA + `
AllowedIPs = +10.0.0.0/8
Endpoint = a.example:1
[Interface]
ListenPort = 1
FwMark = 1
Table = 1
PostUp = a
Address = 10.0.0.1
PrivateKey = ` + keyZero + `
[Peer]
PublicKey = ` + keyA + `
AllowedIPs = -10.0.0.0/8
AllowedIPs = 192.0.2.0/24
PresharedKey = ` + keyZero + `
[Interface]
ListenPort = 2
FwMark = off
Table = 2
PostUp = b
PostUp = a
Address = 10.0.0.2
DNS = 192.0.2.1
MTU = 1400
MTU =
SaveConfig = true
SaveConfig = FALSE
[Peer]
PublicKey = ` + keyB + `
`
	want := &wgconf.Settings{
		Interface: wgconf.Interface{
			PrivateKey: new(wgtypes.PrivateKey), ListenPort: new(uint16(2)), FwMark: new(uint32), Table: "2",
			PostUp:    []string{"a", "b", "a"},
			Addresses: []netip.Prefix{prefix("10.0.0.1/32"), prefix("10.0.0.2/32")},
			DNS:       []netip.Addr{netip.MustParseAddr("192.0.2.1")},
		},
		Peers: []wgconf.Peer{
			{PublicKey: publicA, AllowedIPs: allowed("+10.0.0.0/8"), Incremental: true, Endpoint: wgconf.Endpoint{Host: "a.example", Port: 1}},
			{PublicKey: publicA, AllowedIPs: allowed("-10.0.0.0/8", "192.0.2.0/24"), PresharedKey: new(wgtypes.PresharedKey)},
			{PublicKey: publicB},
		},
	}
	got, err := wgconf.Parse("wg0.conf", []byte(text)).Settings(wgconf.DialectWGQuick)
	if diff := cmp.Diff(want, got, opaque); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, p := range got.Peers {
		if cap(p.AllowedIPs) != len(p.AllowedIPs) {
			t.Errorf("AllowedIPs %v: capacity = %d, want %d", p.AllowedIPs, cap(p.AllowedIPs), len(p.AllowedIPs))
		}
	}
}

// TestInvalidLines checks that a line with an error changes nothing.
func TestInvalidLines(t *testing.T) {
	t.Parallel()
	const text = `[Interface]
ListenPort = 1
ListenPort = 65536
Address = 10.0.0.1, 10.0.0
DNS = example.com, 1.2.3
MTU = 1400
MTU = x
[Peer]
PublicKey = ` + keyA + `
AllowedIPs = +10.0.0.0/8
AllowedIPs = 192.0.2.0/24, x
PresharedKey = x
Endpoint = a:1
Endpoint = b
[Pear]
PublicKey = ` + keyB + `
[Peer]
PublicKey = x
AllowedIPs = x
AllowedIPs = ::/0
`
	want := &wgconf.Settings{
		Interface: wgconf.Interface{ListenPort: new(uint16(1)), MTU: 1400},
		Peers: []wgconf.Peer{
			{PublicKey: publicA, AllowedIPs: allowed("+10.0.0.0/8"), Incremental: true, Endpoint: wgconf.Endpoint{Host: "a", Port: 1}},
			{AllowedIPs: allowed("::/0")},
		},
	}
	got, err := wgconf.Parse("wg0.conf", []byte(text)).Settings(wgconf.DialectWGQuick)
	if diff := cmp.Diff(want, got, opaque); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var lines []int
	for _, p := range unwrap(err) {
		lines = append(lines, p.Line)
	}
	if diff := cmp.Diff([]int{3, 4, 5, 7, 11, 12, 14, 15, 16, 18, 19}, lines); diff != "" {
		t.Errorf("lines with problems (-want +got):\n%s", diff)
	}
}

// TestFirstProblem checks that errors.As gives the problem at which wg(8) stops.
func TestFirstProblem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		line int
		err  error
	}{
		{"[Peer]\n[Interface]\nListenPort = x\nx\n", 3, wgconf.ErrInvalidValue},
		{"[Peer]\n\nx\n[Interface]\nListenPort = x\n", 3, wgconf.ErrUnrecognized},
		{"# c\n[Peer]\n[Peer]\n", 2, wgconf.ErrNoPublicKey},
	} {
		_, err := wgconf.Parse("wg0.conf", []byte(test.text)).Settings(wgconf.DialectWG)
		p, ok := errors.AsType[*wgconf.Problem](err)
		if !ok || p.Line != test.line || p.File != "wg0.conf" || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Settings(%q) = %v, want a *Problem of line %d", test.text, p, test.line)
			continue
		}
		if !errors.Is(p, test.err) {
			t.Errorf("Settings(%q) = %v, want %v", test.text, p, test.err)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	const text = "# c\nx = y\r\n[ interface ]\nFw Mark = 1 # c\n[Peer]\nAllowedIPs=10.0.0.0/8 , ::/0\n[PEER]\nEndpoint = a:1\n[Interface]\nPostUp = a  b # c\nPost Up = a  b\n"
	type plain struct {
		number        int
		text, section string
		peer          int
		key, value    string
	}
	line := func(number int, section string, peer int, key, value string) plain {
		return plain{number, strings.Split(text, "\n")[number-1], section, peer, key, value}
	}
	want := []plain{
		line(1, "", -1, "", ""),
		line(2, "", -1, "", "x=y"),
		line(3, "Interface", -1, "", ""),
		line(4, "Interface", -1, "FwMark", "1"),
		line(5, "Peer", 0, "", ""),
		line(6, "Peer", 0, "AllowedIPs", "10.0.0.0/8,::/0"),
		line(7, "Peer", 1, "", ""),
		line(8, "Peer", 1, "Endpoint", "a:1"),
		line(9, "Interface", -1, "", ""),
		line(10, "Interface", -1, "PostUp", "a  b # c"),
		line(11, "Interface", -1, "", "PostUp=ab"),
	}
	for _, d := range dialects {
		if d == wgconf.DialectWG || d == wgconf.DialectAWG {
			want[9].key, want[9].value = "", "PostUp=ab"
		} else {
			want[9].key, want[9].value = "PostUp", "a  b # c"
		}
		var got []plain
		for l := range wgconf.Parse("wg0.conf", []byte(text)).Lines(d) {
			got = append(got, plain{l.Number, l.Text(), l.Section, l.Peer, l.Key, l.Value()})
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(plain{})); diff != "" {
			t.Errorf("%v (-want +got):\n%s", d, diff)
		}
	}
	for range wgconf.Parse("wg0.conf", []byte(text)).Lines(wgconf.DialectWG) {
		break // the iterator must stop
	}
}

func TestDialectString(t *testing.T) {
	t.Parallel()
	for d, want := range map[wgconf.Dialect]string{wgconf.DialectWG: "wg", wgconf.DialectWGQuick: "wg-quick",
		wgconf.DialectAWG: "awg", wgconf.DialectAWGQuick: "awg-quick", 7: "Dialect(7)"} {
		if got := d.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
