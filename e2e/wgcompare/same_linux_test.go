package wgcompare

import (
	"fmt"
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
