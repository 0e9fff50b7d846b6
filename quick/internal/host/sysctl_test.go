//go:build linux

package host_test

import (
	"errors"
	"io/fs"
	"testing"
)

func TestSysctl(t *testing.T) {
	t.Parallel()
	m, other := newMachine(t), newMachine(t)
	m.command(t, `link add wg.0 type veth peer name wg.1`)
	for _, name := range []string{srcValidMark, "net/ipv4/conf/wg.0/rp_filter"} {
		for _, want := range []string{"1", "0"} {
			if err := m.SetSysctl(name, want); err != nil {
				t.Errorf("SetSysctl(%q, %s) = %v, want no error", name, want, err)
			}
			if got, err := m.Sysctl(name); err != nil || got != want {
				t.Errorf("Sysctl(%q) = %q, %v, want %q", name, got, err, want)
			}
			if got, err := other.Sysctl(srcValidMark); err != nil || got != "0" {
				t.Errorf("Sysctl(%q) of another namespace = %q, %v, want %q", srcValidMark, got, err, "0")
			}
		}
	}
	for _, name := range []string{"net.ipv4.missing", "net/ipv4/conf/missing/rp_filter"} {
		if got, err := m.Sysctl(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Sysctl(%q) = %q, %v, want fs.ErrNotExist", name, got, err)
		}
		if err := m.SetSysctl(name, "1"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("SetSysctl(%q) = %v, want fs.ErrNotExist", name, err)
		}
	}
	for _, name := range []string{"../etc/passwd", "net/../../../etc/passwd", "/etc/passwd", ""} {
		if got, err := m.Sysctl(name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("Sysctl(%q) = %q, %v, want fs.ErrInvalid", name, got, err)
		}
	}
	if err := m.SetSysctl(srcValidMark, "word"); err == nil {
		t.Errorf("SetSysctl(%q, word) = nil, want an error", srcValidMark)
	}
}

func TestIPv6Disabled(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	expect := func(ifname string, want bool) {
		t.Helper()
		if got, err := m.IPv6Disabled(ifname); err != nil || got != want {
			t.Errorf("IPv6Disabled(%q) = %v, %v, want %v", ifname, got, err, want)
		}
	}
	expect("", false)
	expect("wg0", false)
	for _, name := range []string{"default", "eth0"} {
		if err := m.SetSysctl("net/ipv6/conf/"+name+"/disable_ipv6", "1"); err != nil {
			t.Fatalf("SetSysctl for %s = %v, want no error", name, err)
		}
	}
	expect("", true)
	expect("wg0", false)
	expect("eth0", true)
	if got, err := m.IPv6Disabled("missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("IPv6Disabled(%q) = %v, %v, want fs.ErrNotExist", "missing", got, err)
	}
}
