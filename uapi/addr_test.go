package uapi

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// The tests compare the parsers with those of package netip.

var prefixSeeds = []string{
	"0.0.0.0/0", "255.255.255.255/32", "1.2.3.4/33", "1.2.3/8", "1.2.3.4.5/8", "01.2.3.4/8", "256.0.0.0/8", "1..2.3/8", ".1.2.3/8",
	"::/0", "::1/128", "1::/16", "1:2:3:4:5:6:7:8/128", "1:2:3:4:5:6:7::/112", "::2:3:4:5:6:7:8/128", "1:2:3:4::5:6:7:8/64",
	"1:2:3:4:5:6:7/64", "1:2:3:4:5:6:7:8:9/64", ":1::/8", "1::2::3/8", "1:::2/8", ":::/8", "1:/8", ":/8", "12345::/8", "g::/8",
	"ABCD:ef01::/32", "fe80::1%eth0/64", "::ffff:1.2.3.4/120", "1:2:3:4:5:6:1.2.3.4/128", "::1.2.3.4/128", "::1.2.3/128",
	"1.2.3.4/-1", "1.2.3.4/+8", "1.2.3.4/08", "1.2.3.4/00", "1.2.3.4/0", "1.2.3.4/", "1.2.3.4", "/8", "", "/", "1.2.3.4/8/9", "::/129",
	"::/99999999999999999999", "1.2.3.4/8 ", " 1.2.3.4/8", "0:0:1::/48", "1:0:0:2:0:0:0:3/128", "1:0:0:2:3:0:0:4/128", "1:0:2:3:4:5:6:7/128",
	"10.100.9.0/24", "::10:0/112", "fff:ff:f::/48",
}

func FuzzPrefix(f *testing.F) {
	for _, s := range prefixSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		want, err := netip.ParsePrefix(string(text))
		want = want.Masked()
		if got, ok := parsePrefix(text); ok != (err == nil) || ok && got != want {
			t.Errorf("parsePrefix(%q) = %v, %t, want %v, %t as from netip (%v)", text, got, ok, want, err == nil, err)
		}
		if line, wantLine := appendPrefixes(nil, "x", "-", []netip.Prefix{want}), string(want.AppendTo([]byte("x=-")))+"\n"; string(line) != wantLine {
			t.Errorf("appendPrefixes of %v = %q, want %q as from netip", want, line, wantLine)
		}
		// The fast path may reject a valid prefix, but must not return a wrong one.
		if got, n := cutPrefix(text, 0); n > 0 && n == len(text) && (err != nil || got != want) {
			t.Errorf("cutPrefix(%q) = %v, want %v as from netip (%v), or false", text, got, want, err)
		}
	})
}

func FuzzEndpoint(f *testing.F) {
	for _, s := range prefixSeeds {
		addr, _, _ := strings.Cut(s, "/")
		for _, port := range []string{":0", ":65535", ":65536", ":00080", ":", "", ":+1", ":1_0"} {
			f.Add([]byte(addr + port))
			f.Add([]byte("[" + addr + "]" + port))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		want, err := netip.ParseAddrPort(string(text))
		wantOK := err == nil && !strings.ContainsFunc(string(text), func(r rune) bool { return r < 0x20 || r == 0x7f })
		want = netip.AddrPortFrom(want.Addr().Unmap(), want.Port())
		if got, ok := parseEndpoint(text); ok != wantOK || ok && got != want {
			t.Errorf("parseEndpoint(%q) = %v, %t, want %v, %t as from netip (%v)", text, got, ok, want, wantOK, err)
		}
		if line, wantLine := appendEndpoint(nil, "x", want), "x="+want.String()+"\n"; wantOK && string(line) != wantLine {
			t.Errorf("appendEndpoint of %v = %q, want %q as from netip", want, line, wantLine)
		}
	})
}

// TestFastForms checks that the fast path parses the forms that devices write.
func TestFastForms(t *testing.T) {
	t.Parallel()
	prefixes := []string{"::/0", "2001:db8::/32", "fd00:1:2:3:4:5:6:7/128", "1::8/128", "1::/128"}
	for n := range 256 {
		prefixes = append(prefixes, fmt.Sprintf("%d.%d.%d.%d/%d", n, n, n, n, n%33), fmt.Sprintf("%x::/%d", n, n%129))
	}
	for _, s := range prefixes {
		if _, n := cutPrefix([]byte(s), 0); n != len(s) {
			t.Errorf("cutPrefix(%q) ends at %d, want %d", s, n, len(s))
		}
	}
	for _, s := range []string{"192.0.2.1:51820", "192.0.2.1:65535", "[2001:db8::1]:51820", "[::]:0"} {
		if _, ok := fastEndpoint([]byte(s)); !ok {
			t.Errorf("fastEndpoint(%q) = %t, want true", s, ok)
		}
	}
}
