package wgconf_test

import (
	"errors"
	"io/fs"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/wgconf"
)

// opaque compares the opaque values of net/netip.
var opaque = cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}, netip.Prefix{})

// mustBeInvalid fails unless err is a *Problem of kind ErrInvalidValue with that
// Value.
func mustBeInvalid(t *testing.T, text string, err error, value string) {
	t.Helper()
	p, ok := errors.AsType[*wgconf.Problem](err)
	if !ok || !errors.Is(err, fs.ErrInvalid) || !errors.Is(err, wgconf.ErrInvalidValue) {
		t.Errorf("parsing %q: error = %v, want a *Problem that is ErrInvalidValue and fs.ErrInvalid", text, err)
	} else if p.Value != value || p.Line != 0 || p.Key == "" || p.Warning {
		t.Errorf("parsing %q: got %+v, want the value %q, a key and no line", text, p, value)
	}
}

func TestListenPort(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint16{"0": 0, "1": 1, "65535": 65535, "00080": 80} {
		if got, err := wgconf.ParseListenPort(text); got != want || err != nil {
			t.Errorf("parsing %q = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "65536", "-1", "+1", " 1", "1 ", "0x50", "domain", "1e3", "99999999999999999999999999"} {
		_, err := wgconf.ParseListenPort(text)
		mustBeInvalid(t, text, err, text)
	}
}

func TestFwMark(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint32{
		"off": 0, "OFF": 0, "oFf": 0, "0": 0, "010": 10, "4294967295": 0xffffffff,
		"0x0": 0, "0xca6c": 0xca6c, "0xCA6C": 0xca6c, "0xffffffff": 0xffffffff, "0x000000000001": 1,
	} {
		if got, err := wgconf.ParseFwMark(text); got != want || err != nil {
			t.Errorf("parsing %q = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "on", "0x", "0X1", "0x0x1", "0x-1", "x1", "-1", "+1", " 1", "4294967296", "0x100000000", "1f", "0xg", "99999999999999999999999999",
	} {
		_, err := wgconf.ParseFwMark(text)
		mustBeInvalid(t, text, err, text)
	}
}

func TestPersistentKeepalive(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"off": 0, "Off": 0, "0": 0, "025": 25 * time.Second, "65535": 65535 * time.Second,
	} {
		if got, err := wgconf.ParsePersistentKeepalive(text); got != want || err != nil {
			t.Errorf("parsing %q = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "on", "65536", "-1", "+1", "25s", "0x1", " 1"} {
		_, err := wgconf.ParsePersistentKeepalive(text)
		mustBeInvalid(t, text, err, text)
	}
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func TestAllowedIPs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text        string
		want        []wgconf.AllowedIP
		incremental bool
	}{
		{"", nil, false},
		{" \t", nil, false},
		{"10.0.0.1", []wgconf.AllowedIP{{Prefix: prefix("10.0.0.1/32")}}, false},
		{"::1", []wgconf.AllowedIP{{Prefix: prefix("::1/128")}}, false},
		{"10.0.0.1/8", []wgconf.AllowedIP{{Prefix: netip.PrefixFrom(netip.MustParseAddr("10.0.0.1"), 8)}}, false},
		{"0.0.0.0/0,::/0", []wgconf.AllowedIP{{Prefix: prefix("0.0.0.0/0")}, {Prefix: prefix("::/0")}}, false},
		{" 1 0.0.0.0 / 0 8\v,\n::/ 1", []wgconf.AllowedIP{{Prefix: prefix("10.0.0.0/8")}, {Prefix: prefix("::/1")}}, false},
		{"::ffff:10.0.0.0/104", []wgconf.AllowedIP{{Prefix: prefix("::ffff:10.0.0.0/104")}}, false},
		{"FD00::/0000000000000000000000008", []wgconf.AllowedIP{{Prefix: prefix("fd00::/8")}}, false},
		{"+10.0.0.0/8", []wgconf.AllowedIP{{Prefix: prefix("10.0.0.0/8")}}, true},
		{"::/0, - 10.0.0.0/8", []wgconf.AllowedIP{{Prefix: prefix("::/0")}, {Prefix: prefix("10.0.0.0/8"), Remove: true}}, true},
	} {
		got, incremental, err := wgconf.ParseAllowedIPs(test.text)
		if diff := cmp.Diff(test.want, got, opaque); diff != "" || incremental != test.incremental || err != nil {
			t.Errorf("ParseAllowedIPs(%q): incremental = %v, %v, want %v (-want +got):\n%s", test.text, incremental, err, test.incremental, diff)
		}
		if cap(got) != len(got) {
			t.Errorf("ParseAllowedIPs(%q): capacity = %d, want %d", test.text, cap(got), len(got))
		}
	}
}

func TestAllowedIPsRejects(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, value string }{
		{",", ""}, {"10.0.0.0/8,", ""}, {"10.0.0.0/8,,::/0", ""}, {"/8", "/8"}, {"+", "+"}, {"-/8", "-/8"},
		{"10.0.0", "10.0.0"}, {"10.0.0.0.0/8", "10.0.0.0.0/8"}, {"010.0.0.0", "010.0.0.0"}, {"256.0.0.0", "256.0.0.0"},
		{"::/0,x/8", "x/8"}, {"fe80::1%eth0/64", "fe80::1%eth0/64"}, {"1::2::3", "1::2::3"}, {"[::1]/8", "[::1]/8"},
		{"--10.0.0.0/8", "--10.0.0.0/8"}, {"+-10.0.0.0/8", "+-10.0.0.0/8"}, {"example.com/8", "example.com/8"}, {"10 .0.0/8", "10.0.0/8"},
		{"10.0.0.0/", "10.0.0.0/"}, {"10.0.0.0/33", "10.0.0.0/33"}, {"::/129", "::/129"}, {"10.0.0.0/8/8", "10.0.0.0/8/8"},
		{"+10.0.0.0/-8", "+10.0.0.0/-8"}, {"10.0.0.0/+8", "10.0.0.0/+8"}, {"10.0.0.0/0x8", "10.0.0.0/0x8"}, {"1.1.1.1, 10.0.0.0 / 33", "10.0.0.0/33"},
		{"10.0.0.0/255.0.0.0", "10.0.0.0/255.0.0.0"}, {"10.0.0.0/99999999999999999999999999", "10.0.0.0/99999999999999999999999999"},
	} {
		got, incremental, err := wgconf.ParseAllowedIPs(test.text)
		mustBeInvalid(t, test.text, err, test.value)
		if got != nil || incremental {
			t.Errorf("ParseAllowedIPs(%q) = %v, %v with an error, want nil, false", test.text, got, incremental)
		}
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want wgconf.Endpoint
		addr string // "" if the host is a name
		out  string // "" if it is the text
	}{
		{"192.0.2.1:51820", wgconf.Endpoint{Host: "192.0.2.1", Port: 51820}, "192.0.2.1:51820", ""},
		{"[192.0.2.1]:0", wgconf.Endpoint{Host: "192.0.2.1"}, "192.0.2.1:0", "192.0.2.1:0"},
		{"[2001:db8::1]:00080", wgconf.Endpoint{Host: "2001:db8::1", Port: 80}, "[2001:db8::1]:80", "[2001:db8::1]:80"},
		{"fe80::1:5", wgconf.Endpoint{Host: "fe80::1", Port: 5}, "[fe80::1]:5", "[fe80::1]:5"},
		{"[fe80::1%wg-up]:65535", wgconf.Endpoint{Host: "fe80::1%wg-up", Port: 65535}, "[fe80::1%wg-up]:65535", ""},
		{"fe80::1%7:5", wgconf.Endpoint{Host: "fe80::1%7", Port: 5}, "[fe80::1%7]:5", "[fe80::1%7]:5"},
		{"[::ffff:192.0.2.1]:5", wgconf.Endpoint{Host: "::ffff:192.0.2.1", Port: 5}, "192.0.2.1:5", ""},
		{"vpn.example.com:51820", wgconf.Endpoint{Host: "vpn.example.com", Port: 51820}, "", ""},
		{"[vpn.example.com]:1", wgconf.Endpoint{Host: "vpn.example.com", Port: 1}, "", "vpn.example.com:1"},
		{"b\u00fccher.example:1", wgconf.Endpoint{Host: "b\u00fccher.example", Port: 1}, "", ""},
		{"127.1:1", wgconf.Endpoint{Host: "127.1", Port: 1}, "", ""},
		{"::1", wgconf.Endpoint{Host: ":", Port: 1}, "", "[:]:1"}, // the last colon separates the port
	} {
		got, err := wgconf.ParseEndpoint(test.text)
		if got != test.want || err != nil {
			t.Errorf("ParseEndpoint(%q) = %+v, %v, want %+v", test.text, got, err, test.want)
			continue
		}
		addr, numeric := got.AddrPort()
		if numeric != (test.addr != "") || numeric && addr != netip.MustParseAddrPort(test.addr) {
			t.Errorf("AddrPort of %q = %v, %v, want %q", test.text, addr, numeric, test.addr)
		}
		out := test.out
		if out == "" {
			out = test.text
		}
		if got.String() != out {
			t.Errorf("String of %q = %q, want %q", test.text, got, out)
		}
	}
	if s := (wgconf.Endpoint{}).String(); s != "" {
		t.Errorf("String of the zero Endpoint = %q, want \"\"", s)
	}
	for _, text := range []string{
		"", ":", "a", "a:", ":1", "[]:1", "[a", "[a]", "[a]:", "[a]1", "[a]x:1", "[[a]]:1", "a:65536", "a:-1", "a:+1", "a:http", "a:0x1",
		"a :1", "a\n:1", "a:1\n", "a\x00:1", "a\x7f:1", "[fe80::1%a\tb]:1", "fe80::x", "]:1", "[a:1", "a[:1",
	} {
		_, err := wgconf.ParseEndpoint(text)
		mustBeInvalid(t, text, err, text)
	}
}

func TestAllowedIP(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]wgconf.AllowedIP{
		"10.0.0.1": {Prefix: prefix("10.0.0.1/32")}, "+10.0.0.1/8": {Prefix: netip.PrefixFrom(netip.MustParseAddr("10.0.0.1"), 8)},
		"-::/0": {Prefix: prefix("::/0"), Remove: true},
	} {
		got, signed, err := wgconf.ParseAllowedIP(text)
		if wantSigned := text[0] == '+' || text[0] == '-'; got != want || signed != wantSigned || err != nil {
			t.Errorf("ParseAllowedIP(%q) = %v, %v, %v, want %v, %v", text, got, signed, err, want, wantSigned)
		}
	}
	for text, value := range map[string]string{"": "", "-": "-", " ::": " ::", "::,::": "::,::", "+x/8": "+x/8", "-::/129": "-::/129"} {
		_, _, err := wgconf.ParseAllowedIP(text)
		mustBeInvalid(t, text, err, value)
	}
}

func TestSplitEndpoint(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"a:1": {"a", "1"}, "[a b]:http": {"a b", "http"}, "[]:x": {"", "x"}, ":5": {"", "5"}, "::1": {":", "1"}, "[::1]:5]:6": {"::1", "5]:6"},
	} {
		host, port, err := wgconf.SplitEndpoint(text)
		if host != want[0] || port != want[1] || err != nil {
			t.Errorf("SplitEndpoint(%q) = %q, %q, %v, want %q", text, host, port, err, want)
		}
	}
	for _, text := range []string{"", "a", "a:", "[a", "[a]", "[a]x:1", "[a]:"} {
		_, _, err := wgconf.SplitEndpoint(text)
		mustBeInvalid(t, text, err, text)
	}
}

// FuzzEndpoint checks that an Endpoint's String parses as the same Endpoint.
func FuzzEndpoint(f *testing.F) {
	for _, text := range []string{"a:1", "[a]:1", "::1:5", "[fe80::1%a]:5", "a]:1", "[]]:1", "%:1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := wgconf.ParseEndpoint(text)
		if err != nil {
			return
		}
		if again, err := wgconf.ParseEndpoint(e.String()); again != e || err != nil {
			t.Errorf("ParseEndpoint(%q) = %+v, %v, want %+v, the result for %q", e, again, err, e, text)
		}
		if a, ok := e.AddrPort(); ok && (a.Port() != e.Port || a.Addr().Is4In6()) {
			t.Errorf("AddrPort of %q = %v, want port %d and no IPv4-mapped address", text, a, e.Port)
		}
	})
}
