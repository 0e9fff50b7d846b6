package wgcompare

import (
	"fmt"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

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
