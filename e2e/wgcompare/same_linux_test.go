package wgcompare

import (
	"encoding/base64"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// same is the script command "same COMMAND" or "! same COMMAND". It checks that
// the original and wgctrl print the same, exit with the same code (0, or another
// one with "!"), and leave the same devices. The script can check the output with
// stdout and stderr.
func same(ts *testscript.TestScript, neg bool, args []string) {
	c := comparisonOf(ts)
	cmd, err := parseCommand(args)
	ts.Check(err)
	ref, our, err := c.both(cmd, ts.MkAbs("."))
	ts.Check(err)
	if cmd.ages {
		ref.stdout, our.stdout = withoutAges(ref.stdout), withoutAges(our.stdout)
	}
	mustEqual(ts, "standard output", ref.stdout, our.stdout)
	mustEqual(ts, "standard error", ref.stderr, our.stderr)
	mustEqual(ts, "exit code", fmt.Sprint(ref.code), fmt.Sprint(our.code))
	if failed := ref.code != 0; failed != neg {
		ts.Fatalf("exit code %d, want a failure: %t; %s", ref.code, neg, ref.stderr)
	}
	if !cmd.shared {
		c.mustBeAlike(ts)
	}
	c.count++
	show(ts, ref)
}

// mustBeAlike checks that both worlds have the same devices and sockets.
func (c *comparison) mustBeAlike(ts *testscript.TestScript) {
	var states [2]string
	ts.Check(c.inBoth(func(i int) (err error) {
		states[i], err = c.state(i)
		return err
	}))
	mustEqual(ts, "state of the devices", states[0], states[1])
}

// printable is the largest output that goes to the script's log.
const printable = 1 << 14

// show makes an outcome available to the script as stdout and stderr.
func show(ts *testscript.TestScript, o outcome) {
	if len(o.stdout)+len(o.stderr) > printable {
		return
	}
	fmt.Fprint(ts.Stdout(), o.stdout)
	fmt.Fprint(ts.Stderr(), o.stderr)
}

// mustEqual fails with the first difference if two texts differ.
func mustEqual(ts *testscript.TestScript, what, ref, our string) {
	if ref == our {
		return
	}
	a, b := strings.SplitAfter(ref, "\n"), strings.SplitAfter(our, "\n")
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	ts.Fatalf("%s differs from line %d on (of %d and %d lines)\nwgctrl has:\n%swant as wg:\n%s",
		what, i+1, len(b), len(a), excerpt(b[i:]), excerpt(a[i:]))
}

// excerpt quotes the first lines, so that invisible characters can be seen.
func excerpt(lines []string) string {
	const most = 8
	var b strings.Builder
	for i, line := range lines {
		if i == most {
			b.WriteString("\t...\n")
			break
		}
		fmt.Fprintf(&b, "\t%q\n", line)
	}
	return b.String()
}

// age matches the age of a handshake.
var age = regexp.MustCompile(`(latest handshake: )(?:Now|\d+ (?:minute|second)s?(?:, \d+ seconds?)? ago)\n`)

func withoutAges(s string) string { return age.ReplaceAllString(s, "$1(some time)\n") }

// differs is the script command "differs ENTRY COMMAND". It shows a deliberate
// difference, which docs/wg.md describes under that name. It writes the results of
// the original to ref.out, ref.err, ref.code and ref.state, and those of wgctrl to
// our.out, our.err, our.code and our.state, for the script to check.
func differs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("differs %q, want differs ENTRY COMMAND", args)
	}
	c := comparisonOf(ts)
	cmd, err := parseCommand(args[1:])
	ts.Check(err)
	outcomes := [2]outcome{}
	outcomes[0], outcomes[1], err = c.both(cmd, ts.MkAbs("."))
	ts.Check(err)
	var states [2]string
	ts.Check(c.inBoth(func(i int) (err error) {
		states[i], err = c.state(i)
		return err
	}))
	if outcomes[0] == outcomes[1] && states[0] == states[1] && !self() {
		ts.Fatalf("both print %+v and leave %q, want a difference", outcomes[0], states[0])
	}
	for i, who := range []string{"ref", "our"} {
		for what, text := range map[string]string{
			"out": outcomes[i].stdout, "err": outcomes[i].stderr,
			"code": fmt.Sprintln(outcomes[i].code), "state": states[i],
		} {
			ts.Check(os.WriteFile(ts.MkAbs(who+"."+what), []byte(text), 0o644))
		}
		ts.Logf("[%s] code %d\n%s%s", who, outcomes[i].code, outcomes[i].stdout, outcomes[i].stderr)
	}
	c.count++
}

// samples is the number of keys that random compares. An unclamped key looks
// clamped with a probability of 1/32.
const samples = 12

// random is the script command "random COMMAND". It checks that the original and
// wgctrl print a new key each time, both clamped or both not. Everything else is
// the same.
func random(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("! random %q, want random COMMAND", args)
	}
	c := comparisonOf(ts)
	cmd, err := parseCommand(args)
	ts.Check(err)
	seen := make(map[string]bool)
	clamped := [2]bool{true, true}
	for range samples {
		outcomes := [2]outcome{}
		outcomes[0], outcomes[1], err = c.both(cmd, ts.MkAbs("."))
		ts.Check(err)
		for i, o := range outcomes {
			k, err := base64.StdEncoding.Strict().DecodeString(o.stdout)
			if err != nil || len(k) != 32 || len(o.stdout) != 45 || seen[o.stdout] {
				ts.Fatalf("standard output is %q, %v, want a new key and a line end", o.stdout, err)
			}
			seen[o.stdout] = true
			clamped[i] = clamped[i] && k[0]&7 == 0 && k[31]&0xc0 == 0x40
		}
		mustEqual(ts, "standard error", outcomes[0].stderr, outcomes[1].stderr)
		if outcomes[0].code != 0 || outcomes[1].code != 0 {
			ts.Fatalf("exit codes of wg and wgctrl are %d and %d, want 0 and 0", outcomes[0].code, outcomes[1].code)
		}
		show(ts, outcomes[0])
	}
	if clamped[0] != clamped[1] {
		ts.Fatalf("wgctrl clamps keys: %t, want %t as wg", clamped[1], clamped[0])
	}
	c.count++
}
