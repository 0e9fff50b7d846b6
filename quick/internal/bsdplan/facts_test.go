package bsdplan_test

import (
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
)

func TestFreeDevice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		names []string
		want  string
	}{
		{nil, "wg0"},
		{[]string{"wg1", "em0"}, "wg0"},
		{[]string{"wg1", "wg0", "wg3"}, "wg2"},
	} {
		if got := bsdplan.FreeDevice(tt.names); got != tt.want {
			t.Errorf("FreeDevice(%q) = %q, want %q", tt.names, got, tt.want)
		}
	}
}

func TestParseDevice(t *testing.T) {
	t.Parallel()
	const output = `lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 32768
	index 3 priority 0 llprio 3
em0: flags=8843<UP> mtu 1500
	description: wg-quick: fake
wg0: flags=80c3<UP> mtu 1420
	description: wg-quick: home2
wg1: flags=80c3<UP> mtu 1420
	description: wg-quick: home
`
	for _, tt := range []struct{ name, want string }{{"home", "wg1"}, {"home2", "wg0"}, {"hom", ""}, {"fake", ""}} {
		if got := bsdplan.ParseDevice(output, tt.name); got != tt.want {
			t.Errorf("ParseDevice(output, %q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestParseGateway(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ output, want string }{
		{"Routing tables\n\nInternet:\nDestination Gateway Flags Netif Expire\ndefault 192.168.7.1 UGS em0\n10.0.0.0/8 link#3 U wg0\n", "192.168.7.1"},
		{"default            link#12            UCSg      utun3\ndefault            10.1.1.1           UGScg     en0\n", "10.1.1.1"},
		{"default fe80::1%em0 UGS em0\n", "fe80::1%em0"},
		{"10.0.0.0/8 10.1.1.1\ndefault", ""},
		{"", ""},
	} {
		if got := bsdplan.ParseGateway(tt.output); got != tt.want {
			t.Errorf("ParseGateway(%q) = %q, want %q", tt.output, got, tt.want)
		}
	}
}

func TestParseRouteInterface(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ output, want string }{
		{"   route to: 10.0.0.2\ndestination: 10.0.0.0\n       mask: 255.255.255.0\n        fib: 0\n  interface: wg0\n      flags: <UP,DONE>\n", "wg0"},
		{"route: writing to routing socket: not in table\n", ""},
	} {
		if got := bsdplan.ParseRouteInterface(tt.output); got != tt.want {
			t.Errorf("ParseRouteInterface(%q) = %q, want %q", tt.output, got, tt.want)
		}
	}
}

func TestParseMTU(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		output string
		want   int
	}{
		{"em0: flags=8843<UP,BROADCAST> metric 0 mtu 1500\n\toptions=4\n", 1500},
		{"em0: flags=8843<UP> mtu 9000", 9000},
		{"em0: flags=8843<UP>", 0},
		{"mtu x", 0},
	} {
		if got := bsdplan.ParseMTU(tt.output); got != tt.want {
			t.Errorf("ParseMTU(%q) = %d, want %d", tt.output, got, tt.want)
		}
	}
}

func TestParseServices(t *testing.T) {
	t.Parallel()
	const output = "An asterisk (*) denotes that a network service is disabled.\nWi-Fi\n*USB 10/100 LAN\nThunderbolt Bridge\n"
	want := []string{"Wi-Fi", "USB 10/100 LAN", "Thunderbolt Bridge"}
	if got := bsdplan.ParseServices(output); !slices.Equal(got, want) {
		t.Errorf("ParseServices(%q) = %q, want %q", output, got, want)
	}
}

func TestParseServiceValues(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		output string
		want   []string
	}{
		{"1.1.1.1\n9.9.9.9\n", []string{"1.1.1.1", "9.9.9.9"}},
		{"There aren't any DNS Servers set on Wi-Fi.\n", []string{"Empty"}},
		{"", []string{"Empty"}},
	} {
		if got := bsdplan.ParseServiceValues(tt.output); !slices.Equal(got, tt.want) {
			t.Errorf("ParseServiceValues(%q) = %q, want %q", tt.output, got, tt.want)
		}
	}
}
