package wgcommand_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
)

// golden is what wg wrote of two devices, by the words; their states are among
// it, by the devices' names.
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

func goldenWorld(t *testing.T) (world, map[string]string) {
	t.Helper()
	texts := golden(t)
	return newWorld("wg0", texts["wg0"], "wg1", texts["wg1"]), texts
}

// TestShow compares what is written with what wg wrote.
func TestShow(t *testing.T) {
	t.Parallel()
	_, texts := goldenWorld(t)
	for words, want := range texts {
		if !strings.Contains(words, " ") {
			continue
		}
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			w, _ := goldenWorld(t)
			var args []string
			w.env = make(map[string]string)
			for word := range strings.FieldsSeq(words) {
				if name, value, ok := strings.Cut(word, "="); ok {
					w.env[name] = value
				} else {
					args = append(args, word)
				}
			}
			got := w.run(t, args...)
			if diff := cmp.Diff(result{out: want}, got, cmp.AllowUnexported(result{})); diff != "" {
				t.Errorf("Run(%q) (-want +got):\n%s", args, diff)
			}
		})
	}
}

// TestColours: a terminal has colours, unless the environment says otherwise.
func TestColours(t *testing.T) {
	t.Parallel()
	w, texts := goldenWorld(t)
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
		w.env = map[string]string{"WG_COLOR_MODE": test.mode, "WG_HIDE_KEYS": "no"}
		w.change = func(e *wgcommand.Env) { e.Terminal = test.terminal }
		if got := w.run(t, "show", "wg0"); got != (result{out: test.want}) {
			t.Errorf("show wg0 with WG_COLOR_MODE=%s, terminal %t = %+v (-want +got):\n%s", test.mode, test.terminal, got, cmp.Diff(test.want, got.out))
		}
		if got := w.run(t, "showconf", "wg0"); got != (result{out: texts["showconf wg0"]}) {
			t.Errorf("showconf wg0 = %q, want no colours: %q", got.out, texts["showconf wg0"])
		}
	}
}

// TestShowAll: with several devices lines begin with a name, and empty lines
// part what is pretty.
func TestShowAll(t *testing.T) {
	t.Parallel()
	w, texts := goldenWorld(t)
	pretty := texts["show wg0"] + "\n" + texts["show wg1"]
	for _, test := range []struct{ words, want string }{
		{"", pretty},
		{"show", pretty},
		{"show all", pretty},
		{"show interfaces", "wg0 wg1\n"},
		{"show all fwmark", "wg0\t0xca6c\nwg1\toff\n"},
		{"show all peers", prefixed("wg0\t", texts["show wg0 peers"])},
		{"show all dump", prefixed("wg0\t", texts["show wg0 dump"]) + prefixed("wg1\t", texts["show wg1 dump"])},
		{"show all allowed-ips", prefixed("wg0\t", texts["show wg0 allowed-ips"])},
	} {
		if got := w.run(t, strings.Fields(test.words)...); got != (result{out: test.want}) {
			t.Errorf("Run(%q) = %+v (-want +got):\n%s", test.words, got, cmp.Diff(test.want, got.out))
		}
	}
}

// prefixed puts prefix before each line of text.
func prefixed(prefix, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(prefix + line)
	}
	return b.String()
}

const showUsage = "Usage: wg show { <interface> | all | interfaces } [public-key | private-key | listen-port | fwmark | peers | " +
	"preshared-keys | endpoints | allowed-ips | latest-handshakes | transfer | persistent-keepalive | dump]\n"

func TestShowRefuses(t *testing.T) {
	t.Parallel()
	needTexts(t)
	w := newWorld("wg0", "")
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
		if got := w.run(t, strings.Fields(test.words)...); got != test.want {
			t.Errorf("Run(%q) = %+v, want %+v", test.words, got, test.want)
		}
	}
	if got, want := w.run(t, "show", ""), (result{err: "Unable to access interface: No such device\n", code: 1}); got != want {
		t.Errorf("show with an empty name = %+v, want %+v", got, want)
	}
}

// TestShowNothing checks that show succeeds without devices, with any field.
func TestShowNothing(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"", "show", "show all", "show interfaces", "show all dump", "show all bogus"} {
		if got := newWorld().run(t, strings.Fields(words)...); got != (result{}) {
			t.Errorf("Run(%q) = %+v, want %+v", words, got, result{})
		}
	}
}

// TestShowUnreadable checks that unreadable devices are skipped, and that show
// fails if all of them are unreadable.
func TestShowUnreadable(t *testing.T) {
	t.Parallel()
	needTexts(t)
	w := newWorld("wg0", "", "wg1", "", "wg2", "")
	const first = "Unable to access interface wg0: Permission denied\n"
	const last = "Unable to access interface wg2: Operation not permitted\n"
	w.devices["wg0"].err = syscall.EACCES
	w.devices["wg2"].err = syscall.EPERM
	for words, want := range map[string]result{
		"show":            {out: "interface: wg1\n\n", err: first + last},
		"show all fwmark": {out: "wg1\toff\n", err: first + last},
		"show wg0":        {err: "Unable to access interface: Permission denied\n", code: 1},
	} {
		if got := w.run(t, strings.Fields(words)...); got != want {
			t.Errorf("Run(%q) = %+v, want %+v", words, got, want)
		}
	}
	w.devices["wg1"].err = syscall.Errno(0xffff)
	got := w.run(t, "show")
	if want := (result{err: first + "Unable to access interface wg1: Unknown error 65535\n" + last, code: 1}); got != want {
		t.Errorf("show = %+v, want %+v", got, want)
	}
}

// TestExplain checks that Explain is called for errors of the library only.
func TestExplain(t *testing.T) {
	t.Parallel()
	needTexts(t)
	w := newWorld("wg0", "", "wg1", "")
	w.devices["wg0"].err = syscall.EACCES
	w.change = func(e *wgcommand.Env) {
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
		if got := w.run(t, strings.Fields(words)...); got.err != want {
			t.Errorf("messages of Run(%q) = %q, want %q", words, got.err, want)
		}
	}
}
