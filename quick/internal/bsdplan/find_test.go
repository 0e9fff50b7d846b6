package bsdplan_test

import (
	"context"
	"errors"
	"net/netip"
	"os/exec"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
)

// failingSystem fails every program with err.
type failingSystem struct {
	fakeSystem
	err error
}

func (s failingSystem) Output(context.Context, ...string) (string, error) { return "", s.err }

// TestFind finds the interface of each system.
func TestFind(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	name := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text), ModTime: made} }
	socket := func(age time.Duration) *fstest.MapFile { return &fstest.MapFile{ModTime: made.Add(age)} }
	const nameFile, socketFile = "var/run/wireguard/home.name", "var/run/wireguard/utun3.sock"
	exit := new(exec.ExitError)
	for _, tt := range []struct {
		name   string
		system bsdplan.System
		q      bsdplan.Querier
		want   string
	}{
		{"FreeBSD", bsdplan.FreeBSD, fakeSystem{outputs: map[string]string{"ifconfig home": "home: flags=80c1<UP> mtu 1420\n"}}, "home"},
		{"FreeBSD, missing", bsdplan.FreeBSD, failingSystem{err: exit}, ""},
		{"OpenBSD", bsdplan.OpenBSD, fakeSystem{outputs: map[string]string{"ifconfig": "wg1: flags=80c3<UP> mtu 1420\n\tdescription: wg-quick: home\n"}}, "wg1"},
		{"OpenBSD, missing", bsdplan.OpenBSD, fakeSystem{outputs: map[string]string{"ifconfig": "em0: flags=8843<UP> mtu 1500\n"}}, ""},
		{"macOS", bsdplan.Darwin, fakeSystem{texts: fstest.MapFS{nameFile: name("utun3\n"), socketFile: socket(time.Second)}}, "utun3"},
		{"macOS, missing", bsdplan.Darwin, fakeSystem{}, ""},
		{"macOS, without socket", bsdplan.Darwin, fakeSystem{texts: fstest.MapFS{nameFile: name("utun3\n")}}, ""},
		{"macOS, name of an earlier interface", bsdplan.Darwin, fakeSystem{texts: fstest.MapFS{nameFile: name("utun3\n"), socketFile: socket(2 * time.Second)}}, ""},
		{"macOS, socket of an earlier interface", bsdplan.Darwin, fakeSystem{texts: fstest.MapFS{nameFile: name("utun3\n"), socketFile: socket(-2 * time.Second)}}, ""},
		{"macOS, other text", bsdplan.Darwin, fakeSystem{texts: fstest.MapFS{nameFile: name("../../etc/x\n")}}, ""},
	} {
		if got, err := tt.system.Find(t.Context(), tt.q, "home"); got != tt.want || err != nil {
			t.Errorf("Find on %s = %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

// TestFindErrors shows that a program that cannot run does not mean that the interface
// is missing.
func TestFindErrors(t *testing.T) {
	t.Parallel()
	for _, s := range []bsdplan.System{bsdplan.FreeBSD, bsdplan.OpenBSD} {
		if got, err := s.Find(t.Context(), failingSystem{err: exec.ErrNotFound}, "home"); !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("Find on %d without ifconfig = %q, %v, want %v", s, got, err, exec.ErrNotFound)
		}
	}
}

func TestSystemOf(t *testing.T) {
	t.Parallel()
	for i, name := range []string{"freebsd", "openbsd", "darwin"} {
		if got, ok := bsdplan.SystemOf(name); got != all[i] || !ok {
			t.Errorf("SystemOf(%q) = %d, %v, want %d", name, got, ok, all[i])
		}
	}
	if got, ok := bsdplan.SystemOf("linux"); ok {
		t.Errorf("SystemOf(%q) = %d, want none", "linux", got)
	}
}

func TestParseNames(t *testing.T) {
	t.Parallel()
	const output = "lo0: flags=8049<UP> mtu 32768\n\tinet6 fe80::1%lo0 prefixlen 64\nwg0: flags=80c3<UP> mtu 1420\n\tdescription: wg-quick: home\n"
	if got, want := bsdplan.ParseNames(output), []string{"lo0", "wg0"}; !slices.Equal(got, want) {
		t.Errorf("ParseNames(%q) = %q, want %q", output, got, want)
	}
}

// TestParseAddresses has the forms of all systems.
func TestParseAddresses(t *testing.T) {
	t.Parallel()
	const output = `utun3: flags=8051<UP,POINTOPOINT> mtu 1420
	inet 10.0.0.1 --> 10.0.0.1 netmask 0xffffff00
	inet 10.1.0.1 netmask 0xffffffff broadcast 10.1.0.1
	inet 10.2.0.1
	inet6 fe80::1%utun3 prefixlen 64 scopeid 0x12
	inet6 fd00::1 prefixlen 128
	inet6 fd00::2
	inet word
	nd6 options=201<PERFORMNUD,DAD>
`
	var want []netip.Prefix
	for _, text := range []string{"10.0.0.1/24", "10.1.0.1/32", "10.2.0.1/32", "fe80::1/64", "fd00::1/128", "fd00::2/128"} {
		want = append(want, netip.MustParsePrefix(text))
	}
	if got := bsdplan.ParseAddresses(output); !slices.Equal(got, want) {
		t.Errorf("ParseAddresses(%q) = %v, want %v", output, got, want)
	}
}
