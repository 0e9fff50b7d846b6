//go:build linux

package host_test

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/quick/internal/host"
)

func TestLink(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	got, err := m.Link(t.Context(), "wg0")
	if want := (host.Link{Name: "wg0", Index: m.wg, MTU: 1500, Kind: "tun"}); err != nil || got != want {
		t.Errorf("Link(%q) = %+v, %v, want %+v", "wg0", got, err, want)
	}
	m.setLink(t, 0)
	m.setLink(t, 1420)
	got, err = m.Link(t.Context(), "wg0")
	if want := (host.Link{Name: "wg0", Index: m.wg, MTU: 1420, Kind: "tun", Up: true}); err != nil || got != want {
		t.Errorf("Link(%q) = %+v, %v, want %+v", "wg0", got, err, want)
	}
	links, err := m.Links(t.Context())
	if err != nil || !slices.Contains(links, got) {
		t.Errorf("Links = %+v, %v, want %+v among them", links, err, got)
	}
	for _, name := range []string{"missing", "longer-than-15-bytes"} {
		if got, err := m.Link(t.Context(), name); err == nil {
			t.Errorf("Link(%q) = %+v, want an error", name, got)
		}
	}
	if _, err := m.Link(t.Context(), "missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Link(%q) = %v, want fs.ErrNotExist", "missing", err)
	}
	if err := m.SetLink(t.Context(), 4711, 1420, true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("SetLink of a missing link = %v, want fs.ErrNotExist", err)
	}
}

// Errors have the kernel's explanation.
func TestExplainedErrors(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.addAddresses(t, "10.0.0.2/24", "fd00::2/64")
	if err := m.SetSysctl("net.ipv6.conf.eth1.disable_ipv6", "1"); err != nil {
		t.Fatalf("SetSysctl = %v, want no error", err)
	}
	eth1, err := m.Link(t.Context(), "eth1")
	if err != nil {
		t.Fatalf("Link(%q) = %v, want no error", "eth1", err)
	}
	ipv4, ipv6 := netip.MustParsePrefix("10.0.0.2/24"), netip.MustParsePrefix("fd00::2/64")
	for _, test := range []struct {
		name string
		err  error
		is   error
		want string
	}{
		{"AddAddress", m.AddAddress(t.Context(), m.wg, ipv4), fs.ErrExist, "ipv4: Address already assigned"},
		{"AddAddress", m.AddAddress(t.Context(), m.wg, ipv6), fs.ErrExist, "address already assigned"},
		{"AddAddress", m.AddAddress(t.Context(), eth1.Index, ipv6), fs.ErrPermission, "IPv6 is disabled on this device"},
		{"SetLink", m.SetLink(t.Context(), m.wg, 20, true), unix.EINVAL, "mtu less than device minimum"},
	} {
		if !errors.Is(test.err, test.is) || !containsFold(test.err.Error(), test.want) {
			t.Errorf("%s = %v, want an error that wraps %q with the text %q", test.name, test.err, test.is, test.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.addAddresses(t, "fd00::2/64", "10.0.0.2/24", "10.1.0.1/32")
	m.command(t, `address add 10.2.0.1 peer 10.2.0.2/32 dev wg0`)
	want := prefixes("10.0.0.2/24", "10.1.0.1/32", "10.2.0.1/32", "fd00::2/64")
	if got, err := m.Addresses(t.Context(), m.wg); err != nil || !slices.Equal(got, want) {
		t.Errorf("Addresses = %v, %v, want %v", got, err, want)
	}
	for range 2 { // the second time, it is missing
		if err := m.RemoveAddress(t.Context(), m.wg, want[0]); err != nil {
			t.Errorf("RemoveAddress(%v) = %v, want no error", want[0], err)
		}
	}
	if got, err := m.Addresses(t.Context(), m.wg); err != nil || !slices.Equal(got, want[1:]) {
		t.Errorf("Addresses = %v, %v, want %v", got, err, want[1:])
	}
	if got, err := m.Addresses(t.Context(), 4711); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Addresses of a missing link = %v, %v, want fs.ErrNotExist", got, err)
	}
	if err := m.RemoveAddress(t.Context(), 4711, want[0]); err != nil {
		t.Errorf("RemoveAddress of a missing link = %v, want no error", err)
	}
	if err := m.AddAddress(t.Context(), 4711, want[0]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("AddAddress to a missing link = %v, want fs.ErrNotExist", err)
	}
}

func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
