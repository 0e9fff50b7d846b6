package uapi

import (
	"net/netip"
	"strings"
	"testing"
)

// Package netip is the slow twin of the parsers here.

var prefixSeeds = []string{
	"0.0.0.0/0", "255.255.255.255/32", "1.2.3.4/33", "1.2.3/8", "1.2.3.4.5/8", "01.2.3.4/8", "256.0.0.0/8", "1..2.3/8", ".1.2.3/8",
	"::/0", "::1/128", "1::/16", "1:2:3:4:5:6:7:8/128", "1:2:3:4:5:6:7::/112", "::2:3:4:5:6:7:8/128", "1:2:3:4::5:6:7:8/64",
	"1:2:3:4:5:6:7/64", "1:2:3:4:5:6:7:8:9/64", ":1::/8", "1::2::3/8", "1:::2/8", ":::/8", "1:/8", ":/8", "12345::/8", "g::/8",
	"ABCD:ef01::/32", "fe80::1%eth0/64", "::ffff:1.2.3.4/120", "1:2:3:4:5:6:1.2.3.4/128", "::1.2.3.4/128", "::1.2.3/128",
	"1.2.3.4/-1", "1.2.3.4/+8", "1.2.3.4/08", "1.2.3.4/00", "1.2.3.4/0", "1.2.3.4/", "1.2.3.4", "/8", "", "/", "1.2.3.4/8/9", "::/129",
	"::/99999999999999999999", "1.2.3.4/8 ", " 1.2.3.4/8",
}

func FuzzPrefix(f *testing.F) {
	for _, s := range prefixSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		want, err := netip.ParsePrefix(string(text))
		want = want.Masked()
		if got, ok := parsePrefix(text); ok != (err == nil) || ok && got != want {
			t.Errorf("%q: got %v, %t; netip says %v, %v", text, got, ok, want, err)
		}
		// What the fast one takes it takes rightly.
		if got, rest, ok := cutPrefix(text); ok && len(rest) == 0 && (err != nil || got != want) {
			t.Errorf("%q: fast got %v; netip says %v, %v", text, got, want, err)
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
			t.Errorf("%q: got %v, %t; netip says %v, %v", text, got, ok, want, err)
		}
	})
}

// TestFastForms holds that the forms which devices write are parsed in place.
func TestFastForms(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"10.0.0.0/8", "0.0.0.0/0", "192.0.2.255/32", "::/0", "2001:db8::/32", "fd00:1:2:3:4:5:6:7/128", "1::8/128"} {
		if _, rest, ok := cutPrefix([]byte(s)); !ok || len(rest) > 0 {
			t.Errorf("%q is not parsed in place", s)
		}
	}
	for _, s := range []string{"192.0.2.1:51820", "[2001:db8::1]:51820", "[::]:0"} {
		if _, ok := fastEndpoint([]byte(s)); !ok {
			t.Errorf("%q is not parsed in place", s)
		}
	}
}
