package bsdplan_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
)

// TestChangeNothing shows that an unchanged tunnel needs no command.
func TestChangeNothing(t *testing.T) {
	t.Parallel()
	for _, system := range all {
		tunnel := newTunnel(system, "0.0.0.0/0", "10.0.0.0/24", "10.8.0.0/16")
		tunnel.Interface.DNS = []netip.Addr{netip.MustParseAddr("10.0.0.53")}
		before := bsdplan.Facts{Gateway4: "192.168.7.1", HasResolver: true, Services: []bsdplan.Service{{Name: "Wi-Fi", Servers: []string{"1.1.1.1"}}}}
		state := raised(t, tunnel, before)
		now := before
		now.HasBackup = system == bsdplan.OpenBSD
		now.Services = []bsdplan.Service{{Name: "Wi-Fi", Servers: []string{"10.0.0.53"}}}
		got, next, err := tunnel.Change(state, now)
		if err != nil || words(got) != "" {
			t.Errorf("Change on %d = %q, %v, want no command", system, words(got), err)
		}
		if diff := cmp.Diff(state, next, comparePrefixes, compareAddrs); diff != "" {
			t.Errorf("state of Change on %d (-want +got):\n%s", system, diff)
		}
	}
}

// TestChange changes everything but Table.
func TestChange(t *testing.T) {
	t.Parallel()
	const hosts = "route -q -n delete -inet 192.0.2.1 || true\n"
	for _, tt := range []struct {
		system bsdplan.System
		want   string
	}{
		{bsdplan.FreeBSD, hosts + `route -q -n delete -inet 10.8.0.0/16 || true
route -q -n delete -inet 0.0.0.0/1 || true
route -q -n delete -inet 128.0.0.0/1 || true
ifconfig real0 inet 10.0.0.1 -alias
ifconfig real0 inet 10.0.0.2/24 alias
ifconfig real0 mtu 1300
route -q -n add -inet 10.9.0.0/16 -interface real0
resolvconf -a home -x < nameserver 10.0.0.54|
`},
		{bsdplan.OpenBSD, hosts + `route -q -n delete -inet 10.8.0.0/16 || true
route -q -n delete -inet 10.7.0.0/16 || true
route -q -n delete -inet 0.0.0.0/1 || true
route -q -n delete -inet 128.0.0.0/1 || true
ifconfig real0 inet 10.0.0.1 -alias
ifconfig real0 inet 10.0.0.2/24 alias
ifconfig real0 mtu 1300
route -q -n add -inet 10.9.0.0/16 -iface 10.0.0.2
route -q -n add -inet 10.7.0.0/16 -iface 10.0.0.2
route nameserver real0
mv /etc/resolv.conf.wg-quick-backup.home /etc/resolv.conf
cp /etc/resolv.conf /etc/resolv.conf.wg-quick-backup.home
route nameserver real0 10.0.0.54
`},
		{bsdplan.Darwin, hosts + `route -q -n delete -inet 10.8.0.0/16 || true
route -q -n delete -inet 0.0.0.0/1 || true
route -q -n delete -inet 128.0.0.0/1 || true
ifconfig real0 inet 10.0.0.1 -alias
ifconfig real0 inet 10.0.0.2/24 10.0.0.2 alias
ifconfig real0 mtu 1300
route -q -n add -inet 10.9.0.0/16 -interface real0
networksetup -setdnsservers Wi-Fi 10.0.0.54
networksetup -setsearchdomains Wi-Fi Empty
networksetup -setdnsservers USB 10.0.0.54
networksetup -setsearchdomains USB Empty
`},
	} {
		tunnel := newTunnel(tt.system, "0.0.0.0/0", "10.8.0.0/16", "10.7.0.0/16")
		tunnel.Interface.DNS = []netip.Addr{netip.MustParseAddr("10.0.0.53")}
		wifi := bsdplan.Service{Name: "Wi-Fi", Servers: []string{"1.1.1.1"}, Search: []string{"Empty"}}
		facts := bsdplan.Facts{Gateway4: "192.168.7.1", HasResolver: true, Services: []bsdplan.Service{wifi}}
		state := raised(t, tunnel, facts)

		tunnel.AllowedIPs = newTunnel(tt.system, "10.9.0.0/16", "10.7.0.0/16", "10.0.0.0/28").AllowedIPs
		tunnel.Interface.Addresses[0] = netip.MustParsePrefix("10.0.0.2/24")
		tunnel.Interface.MTU = 1300
		tunnel.Interface.DNS[0] = netip.MustParseAddr("10.0.0.54")
		usb := bsdplan.Service{Name: "USB", Servers: []string{"9.9.9.9"}, Search: []string{"Empty"}}
		facts.Services = []bsdplan.Service{{Name: "Wi-Fi", Servers: []string{"10.0.0.53"}}, usb}
		facts.HasBackup = tt.system == bsdplan.OpenBSD
		facts.RouteInterfaces = map[netip.Prefix]string{
			// The first one is covered by the route that goes, the second by an address.
			netip.MustParsePrefix("10.9.0.0/16"): "real0", netip.MustParsePrefix("10.0.0.0/28"): "real0",
		}
		got, next, err := tunnel.Change(state, facts)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, words(got)); diff != "" {
			t.Errorf("Change on %d (-want +got):\n%s", tt.system, diff)
		}
		if diff := cmp.Diff([]bsdplan.Service{wifi, usb}, next.Services); diff != "" {
			t.Errorf("services after Change on %d (-want +got):\n%s", tt.system, diff)
		}
	}
}

// TestChangeRemovesDNS shows that the old DNS servers come back.
func TestChangeRemovesDNS(t *testing.T) {
	t.Parallel()
	for i, want := range []string{
		"resolvconf -d home || resolvconf -d home -f\n",
		"route nameserver real0\nmv /etc/resolv.conf.wg-quick-backup.home /etc/resolv.conf\n",
		"networksetup -setdnsservers Wi-Fi 1.1.1.1\nnetworksetup -setsearchdomains Wi-Fi Empty\n",
	} {
		tunnel := newTunnel(all[i])
		tunnel.Interface.DNS = []netip.Addr{netip.MustParseAddr("10.0.0.53")}
		facts := bsdplan.Facts{HasResolver: true, Services: []bsdplan.Service{{"Wi-Fi", []string{"1.1.1.1"}, []string{"Empty"}}}}
		state := raised(t, tunnel, facts)
		tunnel.Interface.DNS = nil
		got, next, err := tunnel.Change(state, bsdplan.Facts{HasBackup: all[i] == bsdplan.OpenBSD})
		if words(got) != want || err != nil || len(next.DNS)+len(next.Services) != 0 {
			t.Errorf("Change on %d = %q, %v with state %v, want %q", all[i], words(got), err, next, want)
		}
	}
}

// TestChangeAgain shows that a change that was interrupted is made again.
func TestChangeAgain(t *testing.T) {
	t.Parallel()
	tunnel := newTunnel(bsdplan.FreeBSD, "0.0.0.0/0")
	facts := bsdplan.Facts{Gateway4: "192.168.7.1"}
	state := raised(t, tunnel, facts)
	tunnel.Interface.DNS = []netip.Addr{netip.MustParseAddr("10.0.0.53")}
	_, next, err := tunnel.Change(state, facts)
	if err != nil {
		t.Fatal(err)
	}
	const want = "route -q -n delete -inet 192.0.2.1 || true\nroute -q -n add -inet 192.0.2.1 -gateway 192.168.7.1 || true\n" +
		"resolvconf -a home -x < nameserver 10.0.0.53|\n"
	got, _, err := tunnel.Change(state.Until(next), facts)
	if words(got) != want || err != nil {
		t.Errorf("Change after an interrupted one = %q, %v, want %q", words(got), err, want)
	}
	down := state.Until(next).Tunnel(bsdplan.FreeBSD, "home", "real0")
	if got, want := words(down.Down(bsdplan.Facts{}, nil)), "ifconfig real0 destroy\nresolvconf -d home || resolvconf -d home -f\n"; got != want {
		t.Errorf("Down after an interrupted change = %q, want %q", got, want)
	}
}

// TestChangeTable shows that another table needs another interface.
func TestChangeTable(t *testing.T) {
	t.Parallel()
	tunnel := newTunnel(bsdplan.FreeBSD, "10.8.0.0/16")
	state := raised(t, tunnel, bsdplan.Facts{})
	tunnel.Interface.Table = "auto"
	if got, _, err := tunnel.Change(state, bsdplan.Facts{}); err != nil || words(got) != "" {
		t.Errorf("Change to Table = auto = %q, %v, want no command", words(got), err)
	}
	tunnel.Interface.Table = "5"
	if got, _, err := tunnel.Change(state, bsdplan.Facts{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Change to Table = 5 = %q, %v, want %v", words(got), err, errors.ErrUnsupported)
	}
}

// TestWarning shows what users of OpenBSD should know.
func TestWarning(t *testing.T) {
	t.Parallel()
	for _, system := range all {
		tunnel := newTunnel(system)
		if err := tunnel.Warning(bsdplan.Facts{}); err != nil {
			t.Errorf("Warning on %d without DNS = %v, want none", system, err)
		}
		tunnel.Interface.DNS = []netip.Addr{netip.MustParseAddr("10.0.0.53")}
		for _, f := range []bsdplan.Facts{{}, {HasResolver: true}} {
			if err := tunnel.Warning(f); (err != nil) != (system == bsdplan.OpenBSD) {
				t.Errorf("Warning on %d with %v = %v, want one on OpenBSD", system, f, err)
			}
		}
	}
}

// raised returns the state after all commands of Up.
func raised(t *testing.T, tunnel *bsdplan.Tunnel, f bsdplan.Facts) bsdplan.State {
	t.Helper()
	commands, err := tunnel.Up(f)
	if err != nil {
		t.Fatal(err)
	}
	state := tunnel.State(f)
	state.DNS = append([]netip.Addr(nil), state.DNS...)
	for _, c := range commands {
		state.Note(c)
	}
	return state
}

var (
	comparePrefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	compareAddrs    = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
)
