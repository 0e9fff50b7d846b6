package wgcompare

import (
	"encoding/base64"

	"github.com/rogpeppe/go-internal/testscript"
)

// samples is how many keys show whether keys are clamped: each that is not
// has one chance in 32 to look as if it were.
const samples = 12

// random is the script's command "random COMMAND": the original and ours print
// a new key each time. It is of the same form, and clamped if the original's
// is; all else is the same.
func random(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: random command")
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
				ts.Fatalf("%q is not a new key and a line end: %v", o.stdout, err)
			}
			seen[o.stdout] = true
			clamped[i] = clamped[i] && k[0]&7 == 0 && k[31]&0xc0 == 0x40
		}
		mustEqual(ts, "standard error", outcomes[0].stderr, outcomes[1].stderr)
		if outcomes[0].code != 0 || outcomes[1].code != 0 {
			ts.Fatalf("exit codes %d and %d", outcomes[0].code, outcomes[1].code)
		}
		show(ts, outcomes[0])
	}
	if clamped[0] != clamped[1] {
		ts.Fatalf("keys are clamped: wg %t, ours %t", clamped[0], clamped[1])
	}
	c.count++
}
