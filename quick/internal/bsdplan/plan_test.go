package bsdplan_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
	"github.com/wgctrl/wgctrl/wgconf"
)

var all = []bsdplan.System{bsdplan.FreeBSD, bsdplan.OpenBSD, bsdplan.Darwin}

// TestCreate shows how each system creates an interface.
func TestCreate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		system bsdplan.System
		want   string
	}{
		{bsdplan.FreeBSD, "ifconfig wg create name home || wireguard-go home\n"},
		{bsdplan.OpenBSD, "ifconfig wg3 create description wg-quick: home\n"},
		{bsdplan.Darwin, "mkdir -p /var/run/wireguard/\nWG_TUN_NAME_FILE=/var/run/wireguard/home.name wireguard-go utun\n"},
	} {
		tunnel := bsdplan.Tunnel{System: tt.system, Name: "home", Device: "wg3", Interface: new(wgconf.Interface)}
		if diff := cmp.Diff(tt.want, words(tunnel.Create("wireguard-go"))); diff != "" {
			t.Errorf("Create on %d (-want +got):\n%s", tt.system, diff)
		}
	}
}

// TestUpFull raises an interface with all settings.
func TestUpFull(t *testing.T) {
	t.Parallel()
	facts := bsdplan.Facts{
		EndpointMTUs: []int{1300, 1500}, DefaultMTU: 1492, CurrentMTU: 1420,
		Gateway4:        "192.168.7.1",
		RouteInterfaces: map[netip.Prefix]string{netip.MustParsePrefix("10.0.0.0/24"): "real0", netip.MustParsePrefix("10.8.0.0/16"): "em0"},
		HasResolver:     true,
		Services:        []bsdplan.Service{{"Wi-Fi", []string{"Empty"}, []string{"Empty"}}, {"USB LAN", []string{"1.1.1.1", "9.9.9.9"}, []string{"corp"}}},
	}
	for _, tt := range []struct {
		system bsdplan.System
		want   string
	}{
		{bsdplan.FreeBSD, `ifconfig real0 inet 10.0.0.1/24 alias
ifconfig real0 inet6 fd00::1/64 alias
ifconfig real0 mtu 1420
ifconfig real0 up
resolvconf -a home -x < nameserver 10.0.0.53|search lan example.com|
route -q -n add -inet 10.8.0.0/16 -interface real0
route -q -n add -inet6 ::/1 -interface real0
route -q -n add -inet6 8000::/1 -interface real0
route -q -n add -inet 0.0.0.0/1 -interface real0
route -q -n add -inet 128.0.0.0/1 -interface real0
route -q -n add -inet 192.0.2.1 -gateway 192.168.7.1 || true
route -q -n add -inet6 2001:db8::1 ::1 -blackhole || true
`},
		{bsdplan.OpenBSD, `ifconfig real0 inet 10.0.0.1/24 alias
ifconfig real0 inet6 fd00::1/64 alias
ifconfig real0 mtu 1420
ifconfig real0 up
cp /etc/resolv.conf /etc/resolv.conf.wg-quick-backup.home
printf search %s\n lan example.com > /etc/resolv.conf
route nameserver real0 10.0.0.53
route -q -n add -inet 10.8.0.0/16 -iface 10.0.0.1
route -q -n add -inet6 ::/1 -iface fd00::1
route -q -n add -inet6 8000::/1 -iface fd00::1
route -q -n add -inet 0.0.0.0/1 -iface 10.0.0.1
route -q -n add -inet 128.0.0.0/1 -iface 10.0.0.1
route -q -n add -inet 192.0.2.1 -gateway 192.168.7.1 || true
route -q -n add -inet6 2001:db8::1 ::1 -blackhole || true
`},
		{bsdplan.Darwin, `ifconfig real0 inet 10.0.0.1/24 10.0.0.1 alias
ifconfig real0 inet6 fd00::1/64 alias
ifconfig real0 mtu 1412
ifconfig real0 up
route -q -n add -inet 10.8.0.0/16 -interface real0
route -q -n add -inet6 ::/1 -interface real0
route -q -n add -inet6 8000::/1 -interface real0
route -q -n add -inet 0.0.0.0/1 -interface real0
route -q -n add -inet 128.0.0.0/1 -interface real0
route -q -n add -inet 192.0.2.1 -gateway 192.168.7.1 || true
route -q -n add -inet6 2001:db8::1 ::1 -blackhole || true
networksetup -setdnsservers Wi-Fi 10.0.0.53
networksetup -setsearchdomains Wi-Fi lan example.com
networksetup -setdnsservers USB LAN 10.0.0.53
networksetup -setsearchdomains USB LAN lan example.com
`},
	} {
		tunnel := newTunnel(tt.system, "0.0.0.0/0", "10.0.0.0/24", "::/0", "10.8.0.0/16")
		tunnel.Interface.DNS = []netip.Addr{netip.MustParseAddr("10.0.0.53")}
		tunnel.Interface.Search = []string{"lan", "example.com"}
		expectUp(t, tunnel, facts, tt.want)
	}
}

// TestTables shows the values of Table.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		table string
		want  [3]string
	}{
		{"off", [3]string{}},
		{"5", [3]string{
			"route -q -n add -inet -fib 5 0.0.0.0/0 -interface real0\n",
			"route -q -n -T 5 add -inet 0.0.0.0/0 -iface 10.0.0.1\n",
			"error",
		}},
		{"main", [3]string{
			"route -q -n add -inet -fib main 0.0.0.0/0 -interface real0\n",
			"route -q -n -T main add -inet 0.0.0.0/0 -iface 10.0.0.1\n",
			"route -q -n add -inet 0.0.0.0/0 -interface real0\n",
		}},
	} {
		for i, system := range all {
			tunnel := newTunnel(system, "0.0.0.0/0")
			tunnel.Interface.Table = tt.table
			commands, err := tunnel.Up(bsdplan.Facts{})
			got := "error"
			if err == nil {
				got = words(slices.DeleteFunc(commands, func(c bsdplan.Command) bool { return c.Words[0] != "route" }))
			}
			if got != tt.want[i] {
				t.Errorf("Table = %s on %d: routes %q (%v), want %q", tt.table, system, got, err, tt.want[i])
			}
		}
	}
}

// TestMTU shows which MTU each system uses.
func TestMTU(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mtu   int
		facts bsdplan.Facts
		want  [3]string
	}{
		{1234, bsdplan.Facts{CurrentMTU: 1234}, [3]string{"1234", "1234", "1234"}},
		{0, bsdplan.Facts{}, [3]string{"1420", "1420", "1420"}},
		{0, bsdplan.Facts{CurrentMTU: 1420}, [3]string{"1420", "1420", ""}},
		{0, bsdplan.Facts{DefaultMTU: 9000}, [3]string{"8920", "8920", "8920"}},
		{0, bsdplan.Facts{DefaultMTU: 9000, EndpointMTUs: []int{1400, 1300}}, [3]string{"1320", "1320", "8920"}},
	} {
		for i, system := range all {
			tunnel := newTunnel(system)
			tunnel.Interface.MTU = tt.mtu
			commands, err := tunnel.Up(tt.facts)
			if err != nil {
				t.Fatal(err)
			}
			_, got, _ := strings.Cut(words(commands), "mtu ")
			got, _, _ = strings.Cut(got, "\n")
			if got != tt.want[i] {
				t.Errorf("MTU on %d with %d, %v = %q, want %q", system, tt.mtu, tt.facts, got, tt.want[i])
			}
		}
	}
}

// TestOpenBSDNeedsAddress shows the error before a command runs.
func TestOpenBSDNeedsAddress(t *testing.T) {
	t.Parallel()
	tunnel := newTunnel(bsdplan.OpenBSD, "fd01::/64")
	tunnel.Interface.Addresses = tunnel.Interface.Addresses[:1]
	commands, err := tunnel.Up(bsdplan.Facts{})
	if want := "add route fd01::/64: home needs an address of the same family"; err == nil || err.Error() != want {
		t.Errorf("Up = %q, %v, want %s", words(commands), err, want)
	}
}

// TestWithoutResolver shows that DNS is not configured where nothing would read it.
func TestWithoutResolver(t *testing.T) {
	t.Parallel()
	tunnel := newTunnel(bsdplan.OpenBSD)
	tunnel.Interface.DNS = []netip.Addr{netip.MustParseAddr("10.0.0.53")}
	commands, err := tunnel.Up(bsdplan.Facts{})
	if got := words(commands); err != nil || strings.Contains(got, "resolv.conf") || strings.Contains(got, "nameserver") {
		t.Errorf("Up = %q, %v, want no DNS", got, err)
	}
}

// TestHostileSearchDomain shows that no program gets a word that it could
// misunderstand.
func TestHostileSearchDomain(t *testing.T) {
	t.Parallel()
	for _, system := range all {
		tunnel := newTunnel(system)
		tunnel.Interface.DNS = []netip.Addr{netip.MustParseAddr("10.0.0.53")}
		tunnel.Interface.Search = []string{"lan\nnameserver 6.6.6.6"}
		if commands, err := tunnel.Up(bsdplan.Facts{HasResolver: true}); err == nil {
			t.Errorf("Up on %d = %q, want an error", system, words(commands))
		}
	}
}

// TestDown removes an interface with DNS servers and routes to endpoints.
func TestDown(t *testing.T) {
	t.Parallel()
	const hosts = "route -q -n delete -inet 192.0.2.1 || true\nroute -q -n delete -inet6 2001:db8::1 || true\n"
	for _, tt := range []struct {
		name   string
		system bsdplan.System
		facts  bsdplan.Facts
		want   string
	}{
		{"FreeBSD", bsdplan.FreeBSD, bsdplan.Facts{}, "ifconfig real0 destroy\nresolvconf -d home || resolvconf -d home -f\n"},
		{"FreeBSD, userspace", bsdplan.FreeBSD, bsdplan.Facts{HasSocket: true}, "rm -f /var/run/wireguard/real0.sock\nresolvconf -d home || resolvconf -d home -f\n"},
		{"OpenBSD", bsdplan.OpenBSD, bsdplan.Facts{}, "ifconfig real0 destroy\n"},
		{
			"OpenBSD, DNS", bsdplan.OpenBSD, bsdplan.Facts{HasBackup: true},
			"route nameserver real0\nmv /etc/resolv.conf.wg-quick-backup.home /etc/resolv.conf\nifconfig real0 destroy\n",
		},
		{
			"macOS", bsdplan.Darwin, bsdplan.Facts{Services: []bsdplan.Service{{"USB LAN", []string{"1.1.1.1", "9.9.9.9"}, []string{"Empty"}}}},
			"rm -f /var/run/wireguard/real0.sock\nrm -f /var/run/wireguard/home.name\n" +
				"networksetup -setdnsservers USB LAN 1.1.1.1 9.9.9.9\nnetworksetup -setsearchdomains USB LAN Empty\n",
		},
	} {
		tunnel := newTunnel(tt.system, "0.0.0.0/0", "::/0")
		tunnel.Interface.DNS = []netip.Addr{netip.MustParseAddr("10.0.0.53")}
		if diff := cmp.Diff(tt.want+hosts, words(tunnel.Down(tt.facts, tunnel.EndpointHosts()))); diff != "" {
			t.Errorf("Down on %s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestEndpointRoutes changes the gateways and endpoints of a running tunnel.
func TestEndpointRoutes(t *testing.T) {
	t.Parallel()
	tunnel := newTunnel(bsdplan.FreeBSD, "0.0.0.0/0")
	before := bsdplan.Facts{Gateway4: "192.168.7.1", Gateway6: "fe80::1%em0"}
	state := tunnel.State(before)
	if got := words(tunnel.EndpointRoutes(state, before)); got != "" {
		t.Errorf("EndpointRoutes without a change = %q, want none", got)
	}
	now := before
	now.Gateway4 = "10.7.7.7"
	want := "route -q -n delete -inet 192.0.2.1 || true\nroute -q -n add -inet 192.0.2.1 -gateway 10.7.7.7 || true\n"
	if diff := cmp.Diff(want, words(tunnel.EndpointRoutes(state, now))); diff != "" {
		t.Errorf("EndpointRoutes with another gateway (-want +got):\n%s", diff)
	}
	tunnel.Endpoints[0] = netip.MustParseAddr("192.0.2.9")
	want = "route -q -n delete -inet 192.0.2.1 || true\nroute -q -n add -inet 192.0.2.9 -gateway 192.168.7.1 || true\n"
	if diff := cmp.Diff(want, words(tunnel.EndpointRoutes(state, before))); diff != "" {
		t.Errorf("EndpointRoutes with another endpoint (-want +got):\n%s", diff)
	}
}

// newTunnel returns a tunnel with two addresses and two endpoints.
func newTunnel(system bsdplan.System, allowed ...string) *bsdplan.Tunnel {
	t := &bsdplan.Tunnel{
		System: system, Name: "home", Device: "real0",
		Interface: &wgconf.Interface{Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24"), netip.MustParsePrefix("fd00::1/64")}},
		Endpoints: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")},
	}
	for _, p := range allowed {
		t.AllowedIPs = append(t.AllowedIPs, netip.MustParsePrefix(p))
	}
	return t
}

func expectUp(t *testing.T, tunnel *bsdplan.Tunnel, f bsdplan.Facts, want string) {
	t.Helper()
	commands, err := tunnel.Up(f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, words(commands)); diff != "" {
		t.Errorf("Up on %d (-want +got):\n%s", tunnel.System, diff)
	}
	for _, c := range commands {
		if c.Text == "" {
			t.Errorf("command %q has no text", c.Words)
		}
	}
}

// words returns the commands in the form of a shell.
func words(commands []bsdplan.Command) string {
	var b strings.Builder
	for _, c := range commands {
		b.WriteString(strings.Join(append(slices.Clone(c.Env), c.Words...), " "))
		if c.Input != "" {
			b.WriteString(" < " + strings.ReplaceAll(c.Input, "\n", "|"))
		}
		if c.Output != "" {
			b.WriteString(" > " + c.Output)
		}
		if c.Else != nil {
			b.WriteString(" || " + strings.Join(c.Else, " "))
		}
		if c.MayFail {
			b.WriteString(" || true")
		}
		b.WriteString("\n")
	}
	return b.String()
}
