package wgcompare

import (
	"encoding/base64"

	"github.com/rogpeppe/go-internal/testscript"
)

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
