package quick

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// native is a network namespace of this system in which tests bring up interfaces. Where
// the kernel has no WireGuard, their device is a fake one with a TUN link.
type native struct {
	ns       *wgtest.Namespace
	client   *wgctrl.Client
	options  Options
	warnings []string
}

// newNative returns a namespace with the link eth0 and default routes, in which devices
// with these names can be created. Without root it skips the test.
func newNative(t *testing.T, names ...string) *native {
	t.Helper()
	for _, program := range []string{"ip", "sh"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	n := &native{ns: wgtest.NetNS(t)}
	n.ns.Do(t, func() {
		for line := range strings.Lines(`link add eth0 type veth peer name eth1
			link set eth0 up
			link set eth1 up
			address add 192.168.7.2/24 dev eth0
			-6 address add fd07::2/64 dev eth0 nodad
			route add default via 192.168.7.1
			-6 route add default via fd07::1`) {
			if out, err := exec.CommandContext(t.Context(), "ip", strings.Fields(line)...).CombinedOutput(); err != nil {
				t.Fatalf("ip %s: %v, %s", line, err, out)
			}
		}
	})
	options := []wgctrl.Option{wgctrl.WithNetNS(n.ns.FD())}
	for _, name := range names {
		options = append(options, wgctrl.WithDevice(name, wgtest.NewFake(t, &wgtypes.Device{Name: name}).UAPI()))
	}
	var err error
	if n.client, err = wgctrl.New(options...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.client.Close() })
	program := filepath.Join(t.TempDir(), "tun")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexec ip tuntap add \"$1\" mode tun\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	n.options = Options{Userspace: program, StateDir: t.TempDir(), OnWarning: func(err error) { n.warnings = append(n.warnings, err.Error()) }}
	return n
}

// host returns a namespace.
func openHost(t *testing.T, ns *wgtest.Namespace) *host.Host {
	t.Helper()
	h, err := host.Open(fmt.Sprintf("/proc/self/fd/%d", ns.FD()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// listing returns the links, addresses, routes, rules and firewalls of a namespace.
func listing(t *testing.T, h *host.Host) string {
	t.Helper()
	var b strings.Builder
	note := func(what any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, what)
	}
	links, err := h.Links(t.Context())
	note(links, err)
	for _, l := range links {
		addresses, err := h.Addresses(t.Context(), l.Index)
		addresses = slices.DeleteFunc(addresses, func(a netip.Prefix) bool { return a.Addr().IsLinkLocalUnicast() })
		note(addresses, err)
	}
	for _, ipv6 := range []bool{false, true} {
		rules, err := h.Rules(t.Context(), ipv6)
		note(rules, err)
		for _, table := range []uint32{mainTable, firstTable} {
			routes, err := h.Routes(t.Context(), host.Filter{IPv6: ipv6, Table: table})
			routes = slices.DeleteFunc(routes, func(r host.Route) bool { return r.Prefix.Addr().IsLinkLocalUnicast() })
			note(routes, err)
		}
	}
	firewalls, err := h.Firewalls(t.Context())
	note(firewalls, err)
	return b.String()
}

func TestNativeUpReloadDown(t *testing.T) {
	t.Parallel()
	n := newNative(t, "quick0")
	h := openHost(t, n.ns)
	before := listing(t, h)
	tunnel := parseTunnel(t, strings.Replace(hookedDefaults, "DNS = 10.7.0.53", "", 1))
	for _, event := range []string{"pre-up", "post-up", "pre-down", "post-down"} {
		tunnel = parseTunnel(t, strings.Replace(string(tunnel.File.AppendTo(nil)), "= "+event, "= test %i = quick0", 1))
	}
	tunnel.Name = "quick0"
	changed := parseTunnel(t, strings.Replace(string(tunnel.File.AppendTo(nil)), "10.20.0.0/16", "10.21.0.0/16", 1))
	changed.Name = "quick0"
	n.ns.Do(t, func() {
		if err := Up(t.Context(), n.client, tunnel, n.options); err != nil {
			t.Fatalf("Up = %v, want nil", err)
		}
		if err := Up(t.Context(), n.client, tunnel, n.options); !errors.Is(err, fs.ErrExist) {
			t.Errorf("second Up = %v, want fs.ErrExist", err)
		}
		steps, err := Plan(t.Context(), n.client, VerbReload, tunnel, n.options)
		if err != nil || len(steps) > 0 {
			t.Errorf("Plan(VerbReload) = %v, %v, want none", steps, err)
		}
		if err := Reload(t.Context(), n.client, changed, n.options); err != nil {
			t.Errorf("Reload = %v, want nil", err)
		}
		if up := listing(t, h); !strings.Contains(up, "10.21.0.0/16") || strings.Contains(up, "10.20.0.0/16") {
			t.Errorf("after Reload: %s, want a route to 10.21.0.0/16 and none to 10.20.0.0/16", up)
		}
		if err := Down(t.Context(), n.client, changed, n.options); err != nil {
			t.Errorf("Down = %v, want nil", err)
		}
	})
	if diff := cmp.Diff(before, listing(t, h)); diff != "" {
		t.Errorf("namespace after Down (-want +got):\n%s", diff)
	}
}

// Interfaces with default routes that come up at the same time get different tables and
// priorities.
func TestNativeConcurrentDefaultRoutes(t *testing.T) {
	t.Parallel()
	names := []string{"quick0", "quick1", "quick2"}
	n := newNative(t, names...)
	n.options.OnWarning = nil
	h := openHost(t, n.ns)
	before := listing(t, h)
	each := func(f func(context.Context, *wgctrl.Client, *Tunnel, Options) error) {
		t.Helper()
		errs := make(chan error)
		for i, name := range names {
			tunnel := parseTunnel(t, strings.Replace(ipv4Default, "10.7.0.2", fmt.Sprintf("10.7.%d.2", i), 1))
			tunnel.Name = name
			go n.ns.Do(t, func() { errs <- f(t.Context(), n.client, tunnel, n.options) })
		}
		for range names {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	}
	each(Up)
	rules, err := h.Rules(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	var got []uint32
	for _, r := range rules {
		got = append(got, r.Priority, r.Table)
	}
	const main = mainTable
	want := []uint32{0, 255, 32760, main, 32761, 51822, 32762, main, 32763, 51821, 32764, main, 32765, 51820, 32766, main, 32767, 253}
	if !slices.Equal(got, want) {
		t.Errorf("priorities and tables of the rules = %v, want %v", got, want)
	}
	each(Down)
	if diff := cmp.Diff(before, listing(t, h)); diff != "" {
		t.Errorf("namespace after Down (-want +got):\n%s", diff)
	}
}

// The interface is in another namespace than its sockets.
func TestNativeNetNS(t *testing.T) {
	t.Parallel()
	n := newNative(t, "quick0")
	outer, inner := openHost(t, n.ns), wgtest.NetNS(t)
	before, innerHost := listing(t, outer), openHost(t, inner)
	empty := listing(t, innerHost)
	n.options.NetNS = fmt.Sprintf("/proc/self/fd/%d", inner.FD())
	tunnel := parseTunnel(t, strings.Replace(ipv4Default, "[Peer]", "DNS = 10.7.0.53\n[Peer]", 1))
	tunnel.Name = "quick0"
	n.ns.Do(t, func() {
		n.warnings = nil
		if err := Up(t.Context(), n.client, tunnel, n.options); err != nil {
			t.Fatalf("Up = %v, want nil", err)
		}
		if len(n.warnings) == 0 || !strings.Contains(n.warnings[0], "the DNS servers of the file are not set") {
			t.Errorf("warnings of Up = %q, want one about DNS servers", n.warnings)
		}
		if diff := cmp.Diff(before, listing(t, outer)); diff != "" {
			t.Errorf("namespace of the caller after Up (-want +got):\n%s", diff)
		}
		link, err := innerHost.Link(t.Context(), "quick0")
		if err != nil || !link.Up {
			t.Errorf("Link(quick0) in the other namespace = %v, %v, want one that is up", link, err)
		}
		if err := Down(t.Context(), n.client, tunnel, n.options); err != nil {
			t.Errorf("Down = %v, want nil", err)
		}
	})
	if diff := cmp.Diff(empty, listing(t, innerHost)); diff != "" {
		t.Errorf("namespace of the interface after Down (-want +got):\n%s", diff)
	}
}
