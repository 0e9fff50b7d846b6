//go:build unix

package dns_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/quick/internal/dns"
)

var config = dns.Config{
	Servers: parseAddrs("10.0.0.1", "fd00::1"),
	Search:  []string{"example.com", "lan"},
}

func parseAddrs(all ...string) (addrs []netip.Addr) {
	for _, s := range all {
		addrs = append(addrs, netip.MustParseAddr(s))
	}
	return addrs
}

// TestCommands runs fakes of the programs and compares their arguments and input.
func TestCommands(t *testing.T) {
	t.Parallel()
	const records = "nameserver 10.0.0.1\nnameserver fd00::1\nsearch example.com lan\n"
	for _, tt := range []struct {
		name, programs, order string
		want                  []string
	}{
		{"resolvconf", "resolvconf", "", []string{"resolvconf [-a] [wg0] [-m] [0] [-x] <" + records, "resolvconf [-d] [wg0] [-f] <"}},
		{"both", "resolvconf resolvectl", "", []string{"resolvconf [-a] [wg0] [-m] [0] [-x] <" + records, "resolvconf [-d] [wg0] [-f] <"}},
		{"prefix", "resolvconf", "lo*\ntun*\n", []string{"resolvconf [-a] [lo.wg0] [-m] [0] [-x] <" + records, "resolvconf [-d] [lo.wg0] [-f] <"}},
		{"resolvectl", "resolvectl", "", []string{
			"resolvectl [dns] <",
			"resolvectl [dns] [--] [wg0] [10.0.0.1] [fd00::1] <",
			"resolvectl [domain] [--] [wg0] [example.com] [lan] [~.] <",
			"resolvectl [default-route] [--] [wg0] [yes] <",
			"resolvectl [revert] [--] [wg0] <",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, strings.Fields(tt.programs)...)
			f.order(tt.order)
			r := f.set(config, nil)
			if err := f.Remove(t.Context(), r); err != nil {
				t.Errorf("Remove(%v) = %v, want no error", r, err)
			}
			if diff := cmp.Diff(tt.want, f.calls()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSplitCommands shows the arguments that keep other names away from the servers.
func TestSplitCommands(t *testing.T) {
	t.Parallel()
	split := config
	split.Split = true
	for program, want := range map[string][]string{
		"resolvconf": {"resolvconf [-a] [wg0] [-p] <nameserver 10.0.0.1\nnameserver fd00::1\nsearch example.com lan\n"},
		"resolvectl": {
			"resolvectl [dns] <",
			"resolvectl [dns] [--] [wg0] [10.0.0.1] [fd00::1] <",
			"resolvectl [domain] [--] [wg0] [example.com] [lan] <",
			"resolvectl [default-route] [--] [wg0] [no] <",
		},
	} {
		f := newFake(t, program)
		f.set(split, nil)
		if diff := cmp.Diff(want, f.calls()); diff != "" {
			t.Errorf("calls of %s (-want +got):\n%s", program, diff)
		}
	}
}

// TestPrefix shows which line of interface-order counts.
func TestPrefix(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ order, want string }{
		{"", "wg0"},
		{"# comment*\nlo.inet*\nlo.!(pppoe)\ntun*\ntap*\n", "tun.wg0"},
		{"  tun*  \n", "tun.wg0"},
		{"*\n", "wg0"},
		{"a-b*\n", "a-b.wg0"},
		{"tun\n$(reboot)*\n", "wg0"},
	} {
		f := newFake(t, "resolvconf")
		f.order(tt.order)
		got, err := f.Find(t.Context(), "wg0", config)
		if want := (dns.Record{Program: "resolvconf", Name: tt.want}); got != want || err != nil {
			t.Errorf("Find with interface-order %q = %v, %v, want %v", tt.order, got, err, want)
		}
	}
	// The resolvconf of systemd is a link to resolvectl, and has no prefixes.
	f := newFake(t, "resolvectl")
	f.order("tun*\n")
	if err := os.Symlink("resolvectl", filepath.Join(f.bin, "resolvconf")); err != nil {
		t.Fatal(err)
	}
	got, err := f.Find(t.Context(), "wg0", config)
	if want := (dns.Record{Program: "resolvconf", Name: "wg0"}); got != want || err != nil {
		t.Errorf("Find with a symbolic link = %v, %v, want %v", got, err, want)
	}
}

// TestNoProgram shows the error before anything is changed.
func TestNoProgram(t *testing.T) {
	t.Parallel()
	if _, err := newFake(t).Find(t.Context(), "wg0", config); !errors.Is(err, dns.ErrNoProgram) {
		t.Errorf("Find without a program = %v, want %v", err, dns.ErrNoProgram)
	}
	f := newFake(t, "resolvectl")
	f.fails("dns", "Failed to get global data: Unit dbus-org.freedesktop.resolve1.service not found.")
	_, err := f.Find(t.Context(), "wg0", config)
	if !errors.Is(err, dns.ErrNoProgram) || !strings.Contains(err.Error(), "Unit dbus-org") {
		t.Errorf("Find with a systemd-resolved that does not run = %v, want %v and the message", err, dns.ErrNoProgram)
	}
}

// TestFailureRemovesRecord shows that a failing Set leaves no record, and what its
// error says.
func TestFailureRemovesRecord(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ program, fails, message, want, last string }{
		{
			"resolvconf", "-a", "signature mismatch: /etc/resolv.conf\nrun `resolvconf -u` to update",
			"another program wrote /etc/resolv.conf; run resolvconf -u to let resolvconf replace it", "resolvconf [-d] [wg0] [-f] <",
		},
		{"resolvconf", "-a", "", "resolvconf -a wg0 -m 0 -x: exit status 3", "resolvconf [-d] [wg0] [-f] <"},
		{"resolvectl", "domain", "Failed", "resolvectl domain -- wg0 example.com lan ~.: exit status 3: Failed", "resolvectl [revert] [--] [wg0] <"},
	} {
		f := newFake(t, tt.program)
		f.fails(tt.fails, tt.message)
		var err error
		f.set(config, &err)
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok || exit.ExitCode() != 3 || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Set = %v, want exit status 3 and %q", err, tt.want)
		}
		calls := f.calls()
		if got := calls[len(calls)-1]; got != tt.last {
			t.Errorf("last call = %s, want %s", got, tt.last)
		}
	}
}

// TestCancel shows that a cancelled Set removes the record, too.
func TestCancel(t *testing.T) {
	t.Parallel()
	f := newFake(t, "resolvconf")
	r, err := f.Find(t.Context(), "wg0", config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Set(ctx, r, config); !errors.Is(err, context.Canceled) {
		t.Errorf("Set = %v, want %v", err, context.Canceled)
	}
	if got, want := f.calls(), []string{"resolvconf [-d] [wg0] [-f] <"}; !cmp.Equal(got, want) {
		t.Errorf("calls = %q, want %q", got, want)
	}
}

// TestRemoveWithoutInterface shows that removing succeeds after the interface is
// gone, because systemd-resolved removed the record with it.
func TestRemoveWithoutInterface(t *testing.T) {
	t.Parallel()
	f := newFake(t, "resolvectl")
	r := f.set(config, nil)
	f.fails("revert", `Failed to resolve interface "wg0": No such device`)
	if err := f.Remove(t.Context(), r); err != nil {
		t.Errorf("Remove = %v, want no error", err)
	}
	f.fails("revert", "Access denied")
	if err := f.Remove(t.Context(), r); err == nil {
		t.Error("Remove = nil, want an error")
	}
}

// TestHostileWords shows that no program gets words that it could misunderstand.
func TestHostileWords(t *testing.T) {
	t.Parallel()
	address := netip.MustParseAddr
	for _, tt := range []struct {
		name string
		c    dns.Config
	}{
		{"../wg0", config}, {"", config}, {".", config}, {"..", config}, {"a/b", config}, {"a b", config}, {"$(x)", config}, {"wg0\n", config},
		{"wg0", dns.Config{}},
		{"wg0", dns.Config{Search: []string{"lan"}}},
		{"wg0", dns.Config{Servers: []netip.Addr{{}}}},
		{"wg0", dns.Config{Servers: []netip.Addr{address("fe80::1").WithZone("$(x)")}}},
		{"wg0", dns.Config{Servers: []netip.Addr{address("fe80::1").WithZone("a\nnameserver 6.6.6.6")}}},
	} {
		expectInvalid(t, tt.name, tt.c)
	}
	for _, domain := range []string{"", "a b", "a\nnameserver 6.6.6.6", "$(x)", "`x`", "*", "?", "a;b", "'a'", "-x", "a\x00b", "a\tb", "\\"} {
		expectInvalid(t, "wg0", dns.Config{Servers: config.Servers, Search: []string{"lan", domain}})
	}
	// Unusual, but valid.
	f := newFake(t, "resolvectl")
	c := dns.Config{Servers: []netip.Addr{address("fe80::1%eth0")}, Search: []string{"müller.example", "xn--mller-kva.example.", "_a.b", "~corp"}}
	r, err := f.Find(t.Context(), "-h", c)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Set(t.Context(), r, c); err != nil {
		t.Fatal(err)
	}
	want := "resolvectl [domain] [--] [-h] [müller.example] [xn--mller-kva.example.] [_a.b] [~corp] [~.] <"
	if got := f.calls()[2]; got != want {
		t.Errorf("second call = %s, want %s", got, want)
	}
}

func expectInvalid(t *testing.T, name string, c dns.Config) {
	t.Helper()
	f := newFake(t, "resolvconf")
	r, err := f.Find(t.Context(), name, c)
	if !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("Find(%q, %+v) = %v, %v, want an error wrapping %v", name, c, r, err, fs.ErrInvalid)
	}
	if calls := f.calls(); len(calls) > 0 {
		t.Errorf("Find(%q, %+v) ran %q, want nothing", name, c, calls)
	}
}

// TestMessages shows that warnings of programs reach Stderr.
func TestMessages(t *testing.T) {
	t.Parallel()
	f := newFake(t, "resolvconf")
	if err := os.WriteFile(filepath.Join(f.bin, "warning"), []byte("a warning\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var messages bytes.Buffer
	f.Stderr = &messages
	f.set(config, nil)
	if got, want := messages.String(), "a warning\n"; got != want {
		t.Errorf("Stderr = %q, want %q", got, want)
	}
}

// TestFindPrintsNothing shows that the query of Find does not reach Stdout.
func TestFindPrintsNothing(t *testing.T) {
	t.Parallel()
	f := newFake(t, "resolvectl")
	if err := os.WriteFile(filepath.Join(f.bin, "output"), []byte("Global: 192.0.2.1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var output bytes.Buffer
	f.Stdout = &output
	r, err := f.Find(t.Context(), "wg0", config)
	if got := output.String(); err != nil || got != "" {
		t.Errorf("Find(wg0) = %v, %v with the output %q, want none", r, err, got)
	}
	if err := f.Remove(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got, want := output.String(), "Global: 192.0.2.1\n"; got != want {
		t.Errorf("output of Remove = %q, want %q", got, want)
	}
}

// TestWords shows the words that are printed for a step.
func TestWords(t *testing.T) {
	t.Parallel()
	r := dns.Record{Program: "resolvconf", Name: "tun.wg0"}
	if got, want := fmt.Sprint(r.SetCommands(config), r.RemoveCommand()), "[[resolvconf -a tun.wg0 -m 0 -x]] [resolvconf -d tun.wg0 -f]"; got != want {
		t.Errorf("words = %s, want %s", got, want)
	}
}

// fake has fakes of programs, which record their arguments and input.
type fake struct {
	dns.System
	t   *testing.T
	bin string
}

// script is a fake. It fails if the folder has a file named after an argument.
const scriptText = `#!/bin/sh
cd "${0%/*}" || exit 4
{
	printf '%s' "${0##*/}"
	printf ' [%s]' "$@"
	printf ' <'
	cat
	printf '\036'
} >>calls
if [ -e warning ]; then cat warning >&2; fi
if [ -e output ]; then cat output; fi
for word; do
	if [ -e "fail$word" ]; then cat "fail$word" >&2; exit 3; fi
done
exit 0
`

// script is the path of a file with scriptText. TestMain writes it before other
// tests start programs, which would inherit the open file: nothing can execute a
// file that is open for writing.
var script string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "dns")
	if err == nil {
		script = filepath.Join(dir, "script")
		err = os.WriteFile(script, []byte(scriptText), 0o700)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func newFake(t *testing.T, programs ...string) *fake {
	t.Helper()
	root := t.TempDir()
	f := &fake{dns.System{Path: filepath.Join(root, "bin"), Root: root}, t, filepath.Join(root, "bin")}
	if err := os.Mkdir(f.bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range programs {
		if err := os.Link(script, filepath.Join(f.bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	// The script needs this program.
	cat, err := exec.LookPath("cat")
	if err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(cat, filepath.Join(f.bin, "cat")); err != nil {
		t.Fatal(err)
	}
	return f
}

// order writes the file interface-order, unless it is empty.
func (f *fake) order(text string) {
	f.t.Helper()
	if text == "" {
		return
	}
	dir := filepath.Join(f.Root, "etc", "resolvconf")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "interface-order"), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// fails makes calls with a word fail with a message.
func (f *fake) fails(word, message string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.bin, "fail"+word), []byte(message), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// set calls Find and Set. The error of Set is the result, or that of the test.
func (f *fake) set(c dns.Config, result *error) dns.Record {
	f.t.Helper()
	r, err := f.Find(f.t.Context(), "wg0", c)
	if err != nil {
		f.t.Fatal(err)
	}
	err = f.Set(f.t.Context(), r, c)
	if result != nil {
		*result = err
	} else if err != nil {
		f.t.Errorf("Set(%v, %v) = %v, want no error", r, c, err)
	}
	return r
}

// calls returns the calls so far.
func (f *fake) calls() []string {
	f.t.Helper()
	b, err := os.ReadFile(filepath.Join(f.bin, "calls"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.t.Fatal(err)
	}
	return strings.FieldsFunc(string(b), func(r rune) bool { return r == '\x1e' })
}
