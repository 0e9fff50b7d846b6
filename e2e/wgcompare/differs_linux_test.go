package wgcompare

import (
	"fmt"
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// differs is the script's command "differs ENTRY COMMAND": a difference on
// purpose, which the entry of the list in docs/wg.md describes. What the
// original and ours did is there in files, for the script to look at: ref.out,
// ref.err, ref.code and ref.state, and our.out to our.state.
func differs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: differs entry command")
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
		ts.Fatalf("there is no difference any more")
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
