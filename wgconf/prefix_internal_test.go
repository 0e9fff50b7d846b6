package wgconf

import (
	"net/netip"
	"strings"
	"testing"
)

// FuzzScanPrefix checks that scanPrefix reads the longest address at the start of a text,
// as package netip does, and that it reads the common forms.
func FuzzScanPrefix(f *testing.F) {
	for _, s := range []string{
		"", "10.0.0.1", "10.0.0.0/8", "10.0.0.0/33", "256.0.0.1", "01.2.3.4", "1.2.3", "1.2.3.4.5", "10.0.0.1/", "10.0.0.1/08", "::", "::/0", "::1", "1::",
		"2001:db8::/32", "2001:db8:0:1:2:3:4:5/128", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "::1::2",
		":1", "1:", ":::", "12345::", "::ffff:10.0.0.1", "::ffff:a00:1/104", "fe80::1%eth0", "FE80::Ab", "0:0:0:0:0:0:0:0", "10.0.0.1, ::1", "10.0.0.1/8/8", "10.0.0.1/129",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, n := scanPrefix(s)
		if want, _, ok := parseAllowedIP(s[:n]); n > 0 && (!ok || got != want.Prefix) {
			t.Errorf("scanPrefix(%q) = %v, %d, want %v, %t", s, got, n, want.Prefix, ok)
		}
		want, signed, ok := parseAllowedIP(s)
		uncommon := signed || want.Prefix.Addr().Is6() && strings.Contains(s, ".")
		if ok && !uncommon && n != len(s) {
			t.Errorf("scanPrefix(%q) = %v, %d, want %v, %d", s, got, n, want.Prefix, len(s))
		}
	})
}

// TestScanPrefix checks the ends of what scanPrefix reads.
func TestScanPrefix(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]struct {
		prefix string
		n      int
	}{
		"10.0.0.0/8, x": {"10.0.0.0/8", 10}, "::1 x": {"::1/128", 3}, "1.2.3.9": {"1.2.3.9/32", 7}, "fd00::/8,": {"fd00::/8", 8}, "a:b": {"", 0}, "+1.2.3.4": {"", 0},
		"10.0.0.0/320": {"", 0}, "255.255.255.255/32": {"255.255.255.255/32", 18}, "::1::2": {"", 0}, "::1:2:3:4:5:6:7:8": {"", 0},
	} {
		p, n := scanPrefix(s)
		if n != want.n || n > 0 && p != netip.MustParsePrefix(want.prefix) {
			t.Errorf("scanPrefix(%q) = %v, %d, want %s, %d", s, p, n, want.prefix, want.n)
		}
	}
}
