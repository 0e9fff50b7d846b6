package wgcommand_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
)

// golden returns the output of wg for two devices, by command line, and the states
// of the devices, by name.
func golden(t *testing.T) map[string]string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/show.txtar")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, f := range archive.Files {
		texts[f.Name] = string(f.Data)
	}
	return texts
}

func goldenMachine(t *testing.T) (machine, map[string]string) {
	t.Helper()
	texts := golden(t)
	return newMachine("wg0", texts["wg0"], "wg1", texts["wg1"]), texts
}

// TestShow compares the output with that of wg.
func TestShow(t *testing.T) {
	t.Parallel()
	_, texts := goldenMachine(t)
	for words, want := range texts {
		if !strings.Contains(words, " ") {
			continue
		}
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			m, _ := goldenMachine(t)
			var args []string
			m.env = make(map[string]string)
			for word := range strings.FieldsSeq(words) {
				if name, value, ok := strings.Cut(word, "="); ok {
					m.env[name] = value
				} else {
					args = append(args, word)
				}
			}
			got := m.run(t, args...)
			if diff := cmp.Diff(result{out: want}, got, cmp.AllowUnexported(result{})); diff != "" {
				t.Errorf("Run(%q) (-want +got):\n%s", args, diff)
			}
		})
	}
}

// TestColours checks that output to a terminal has colours, unless the environment
// says otherwise.
func TestColours(t *testing.T) {
	t.Parallel()
	m, texts := goldenMachine(t)
	plain, coloured := texts["show wg0"], texts["WG_COLOR_MODE=always show wg0"]
	for _, test := range []struct {
		mode     string
		terminal bool
		want     string
	}{
		{"", false, plain},
		{"", true, coloured},
		{"auto", true, coloured},
		{"Never", true, coloured},
		{"never", true, plain},
		{"always", false, coloured},
		{"Always", false, plain},
	} {
		m.env = map[string]string{"WG_COLOR_MODE": test.mode, "WG_HIDE_KEYS": "no"}
		m.change = func(e *wgcommand.Env) { e.Terminal = test.terminal }
		if got := m.run(t, "show", "wg0"); got != (result{out: test.want}) {
			t.Errorf("show wg0 with WG_COLOR_MODE=%s, terminal %t = %+v (-want +got):\n%s", test.mode, test.terminal, got, cmp.Diff(test.want, got.out))
		}
		if got := m.run(t, "showconf", "wg0"); got != (result{out: texts["showconf wg0"]}) {
			t.Errorf("showconf wg0 = %q, want no colours: %q", got.out, texts["showconf wg0"])
		}
	}
}

// TestShowAll checks that with several devices the lines of fields begin with a
// name, and that empty lines separate the devices in the form for people.
func TestShowAll(t *testing.T) {
	t.Parallel()
	m, texts := goldenMachine(t)
	pretty := texts["show wg0"] + "\n" + texts["show wg1"]
	for _, test := range []struct{ words, want string }{
		{"", pretty},
		{"show", pretty},
		{"show all", pretty},
		{"show interfaces", "wg0 wg1\n"},
		{"show all fwmark", "wg0\t0xca6c\nwg1\toff\n"},
		{"show all peers", prefixLines("wg0\t", texts["show wg0 peers"])},
		{"show all dump", prefixLines("wg0\t", texts["show wg0 dump"]) + prefixLines("wg1\t", texts["show wg1 dump"])},
		{"show all allowed-ips", prefixLines("wg0\t", texts["show wg0 allowed-ips"])},
	} {
		if got := m.run(t, strings.Fields(test.words)...); got != (result{out: test.want}) {
			t.Errorf("Run(%q) = %+v (-want +got):\n%s", test.words, got, cmp.Diff(test.want, got.out))
		}
	}
}

// prefixLines inserts prefix before each line of text.
func prefixLines(prefix, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(prefix + line)
	}
	return b.String()
}

const showUsage = "Usage: wg show { <interface> | all | interfaces } [public-key | private-key | listen-port | fwmark | peers | " +
	"preshared-keys | endpoints | allowed-ips | latest-handshakes | transfer | persistent-keepalive | dump]\n"

// TestShowErrors checks invalid arguments and missing devices.
func TestShowErrors(t *testing.T) {
	t.Parallel()
	needLinuxMessages(t)
	m := newMachine("wg0", "")
	for _, test := range []struct {
		words string
		want  result
	}{
		{"show wg0 peers more", result{err: showUsage, code: 1}},
		{"show interfaces peers", result{err: showUsage, code: 1}},
		{"show --help", result{err: showUsage}},
		{"show -h", result{err: showUsage}},
		{"show help", result{err: showUsage}},
		{"show --help peers", result{err: "Unable to access interface: No such device\n", code: 1}},
		{"show nope", result{err: "Unable to access interface: No such device\n", code: 1}},
		{"show nope bogus", result{err: "Unable to access interface: No such device\n", code: 1}},
		{"show a/b", result{err: "Unable to access interface: No such device\n", code: 1}},
		{"show .", result{err: "Unable to access interface: No such device\n", code: 1}},
		{"show wg0 bogus", result{err: "Invalid parameter: `bogus'\n" + showUsage, code: 1}},
		{"show wg0 Dump", result{err: "Invalid parameter: `Dump'\n" + showUsage, code: 1}},
		{"show all bogus", result{err: "Invalid parameter: `bogus'\n" + showUsage, code: 1}},
		{"show abcdefghijklmnop", result{err: "Unable to access interface: File name too long\n", code: 1}},
		{"showconf", result{err: "Usage: wg showconf <interface>\n", code: 1}},
		{"showconf wg0 more", result{err: "Usage: wg showconf <interface>\n", code: 1}},
		{"showconf --help", result{err: "Unable to access interface: No such device\n", code: 1}},
		{"showconf abcdefghijklmnop", result{err: "Unable to access interface: File name too long\n", code: 1}},
	} {
		if got := m.run(t, strings.Fields(test.words)...); got != test.want {
			t.Errorf("Run(%q) = %+v, want %+v", test.words, got, test.want)
		}
	}
	if got, want := m.run(t, "show", ""), (result{err: "Unable to access interface: No such device\n", code: 1}); got != want {
		t.Errorf("show with an empty name = %+v, want %+v", got, want)
	}
}

// TestShowNothing checks that show succeeds without devices, with any field.
func TestShowNothing(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"", "show", "show all", "show interfaces", "show all dump", "show all bogus"} {
		if got := newMachine().run(t, strings.Fields(words)...); got != (result{}) {
			t.Errorf("Run(%q) = %+v, want %+v", words, got, result{})
		}
	}
}

// TestShowUnreadable checks that unreadable devices are skipped, and that show
// fails if all of them are unreadable.
func TestShowUnreadable(t *testing.T) {
	t.Parallel()
	needLinuxMessages(t)
	m := newMachine("wg0", "", "wg1", "", "wg2", "")
	const first = "Unable to access interface wg0: Permission denied\n"
	const last = "Unable to access interface wg2: Operation not permitted\n"
	m.devices["wg0"].err = syscall.EACCES
	m.devices["wg2"].err = syscall.EPERM
	for words, want := range map[string]result{
		"show":            {out: "interface: wg1\n\n", err: first + last},
		"show all fwmark": {out: "wg1\toff\n", err: first + last},
		"show wg0":        {err: "Unable to access interface: Permission denied\n", code: 1},
	} {
		if got := m.run(t, strings.Fields(words)...); got != want {
			t.Errorf("Run(%q) = %+v, want %+v", words, got, want)
		}
	}
	// Messages come in order with the output.
	var both strings.Builder
	m.change = func(e *wgcommand.Env) { e.Out, e.Err = &both, &both }
	if m.run(t, "show"); both.String() != first+"interface: wg1\n\n"+last {
		t.Errorf("show prints %q, want %q", both.String(), first+"interface: wg1\n\n"+last)
	}
	both.Reset()
	m.change = func(e *wgcommand.Env) {
		e.Out, e.Err, e.Strict = &both, &both, true
		e.Explain = func(w io.Writer, _ error) { fmt.Fprintln(w, "explained") }
	}
	const want = "interface: wg1\nexplained\n"
	if m.run(t, "show"); both.String() != want {
		t.Errorf("show with explanations prints %q, want %q", both.String(), want)
	}
	m.change = nil
	m.devices["wg1"].err = syscall.Errno(0xffff)
	got := m.run(t, "show")
	if want := (result{err: first + "Unable to access interface wg1: Unknown error 65535\n" + last, code: 1}); got != want {
		t.Errorf("show = %+v, want %+v", got, want)
	}
}

// TestExplain checks that Explain is called for errors of the library only.
func TestExplain(t *testing.T) {
	t.Parallel()
	needLinuxMessages(t)
	m := newMachine("wg0", "", "wg1", "")
	m.devices["wg0"].err = syscall.EACCES
	m.change = func(e *wgcommand.Env) {
		e.Program = "wgctrl"
		e.Explain = func(w io.Writer, err error) {
			var errno syscall.Errno
			errors.As(err, &errno)
			fmt.Fprintf(w, "(%v)\n", errno)
		}
	}
	for words, want := range map[string]string{
		"show":           "Unable to access interface wg0: Permission denied\n(permission denied)\n",
		"show wg0":       "Unable to access interface: Permission denied\n(permission denied)\n",
		"set wg0 bogus":  "Invalid argument: bogus\n",
		"genkey x":       "Usage: wgctrl genkey\n",
		"showconf wg0 x": "Usage: wgctrl showconf <interface>\n",
	} {
		if got := m.run(t, strings.Fields(words)...); got.err != want {
			t.Errorf("messages of Run(%q) = %q, want %q", words, got.err, want)
		}
	}
}

// TestShowZone checks that the zone of a link-local endpoint is shown by the name of
// the link.
func TestShowZone(t *testing.T) {
	t.Parallel()
	links, err := net.Interfaces()
	if err != nil || len(links) == 0 {
		t.Skipf("no interfaces: %v", err)
	}
	m := newMachine("wg0", lines("A:", fmt.Sprintf("endpoint=[fe80::1%%%d]:5", links[0].Index)))
	want := result{out: keyA + "\t[fe80::1%" + links[0].Name + "]:5\n"}
	if got := m.run(t, "show", "wg0", "endpoints"); got != want {
		t.Errorf("show wg0 endpoints = %+v, want %+v", got, want)
	}
}
