package wgcommand_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/wgcommand"
)

// amneziaMachine returns a machine with AmneziaWG devices of each version, on which the
// command behaves as awg, and the texts of testdata/amnezia.txtar.
func amneziaMachine(t *testing.T) (machine, map[string]string) {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/amnezia.txtar")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	var states []string
	for _, f := range archive.Files {
		texts[f.Name] = string(f.Data)
		if !strings.Contains(f.Name, " ") {
			states = append(states, f.Name, string(f.Data))
		}
	}
	m := newMachine(states...)
	m.change = asAWG
	return m, texts
}

func asAWG(e *wgcommand.Env) {
	e.Program = "awg"
	e.Amnezia = true
}

// TestAmneziaShow checks the output for devices of each version: of awg, of wg and of
// wgctrl.
func TestAmneziaShow(t *testing.T) {
	t.Parallel()
	m, texts := amneziaMachine(t)
	for words, want := range texts {
		name, rest, isCommand := strings.Cut(words, " ")
		if !isCommand {
			continue
		}
		m := m
		if variable, value, ok := strings.Cut(name, "="); ok {
			m.env = map[string]string{variable: value}
			name, rest, _ = strings.Cut(rest, " ")
		}
		m.change = map[string]func(*wgcommand.Env){"awg": asAWG, "wg": nil, "wgctrl": strict}[name]
		args := strings.Fields(rest)
		got := m.run(t, args...)
		if diff := cmp.Diff(result{out: want}, got, cmp.AllowUnexported(result{})); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", name, args, diff)
		}
	}
}

// TestAmneziaUsage checks what awg prints about itself, and that wg does not know its
// words.
func TestAmneziaUsage(t *testing.T) {
	t.Parallel()
	m, _ := amneziaMachine(t)
	if got, want := m.run(t, "--version"), (result{out: "amneziawg-tools v3.1.20260812 - https://amnezia.org\n"}); got != want {
		t.Errorf("awg --version = %+v, want %+v", got, want)
	}
	for words, want := range map[string][]string{
		"set awg31":          {"Usage: awg set <interface> [listen-port <port>]", "] [jc <number>] [", " [h1 <number or range>] ", " [i5 <packet>] ", "[header-protection-key <file path>] ", "[disable-cookies <on|off>] [peer <"},
		"show awg31 bogus":   {"Invalid parameter: `bogus'\nUsage: awg show {", " | dump | jc | jmin | ", " | random-trailers | disable-cookies]\n"},
		"show awg31 jc more": {"Usage: awg show {", " | rekey-after-time | "},
	} {
		got := m.run(t, strings.Fields(words)...)
		rest, ok := got.err, got.code == 1 && got.out == ""
		for _, part := range want {
			_, after, found := strings.Cut(rest, part)
			rest, ok = after, ok && found
		}
		if !ok {
			t.Errorf("awg %s = %+v, want code 1 and %q in this order", words, got, want)
		}
	}
	m.change = nil
	for words, want := range map[string]string{
		"show awg31 jc":        "Invalid parameter: `jc'\n",
		"set awg31 jc 4":       "Invalid argument: jc\n",
		"set awg31 i1 <r,4>":   "Invalid argument: i1\n",
		"set awg31 fwmark 1 x": "Invalid argument: x\n",
	} {
		if got := m.run(t, strings.Fields(words)...); got.code != 1 || got.out != "" || !strings.HasPrefix(got.err, want) {
			t.Errorf("wg %s = %+v, want code 1, error %q", words, got, want)
		}
	}
}
