package quickcompare

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// A comparison is the state of a script: two worlds. In the first, wg-quick is the
// original; in the second, it is the command wgctrl.
type comparison struct {
	worlds   [2]*world
	subjects [2]subject
	count    int // number of comparisons
}

// key is the key of the comparison in the values of a script.
type key struct{}

func comparisonOf(ts *testscript.TestScript) *comparison { return ts.Value(key{}).(*comparison) }

// self reports whether the original is compared with itself, to check the scripts.
func self() bool { return os.Getenv("QUICKCOMPARE_SELF") == "1" }

// newComparison prepares a script.
func newComparison(script *testscript.Env, env environment) error {
	c := &comparison{subjects: [2]subject{reference, command}}
	if self() {
		c.subjects[1] = reference
	}
	for i := range c.worlds {
		w, err := newWorld(env)
		if err != nil {
			return err
		}
		script.Defer(w.end)
		c.worlds[i] = w
	}
	script.Values[key{}] = c
	script.Defer(func() { c.mustHaveCompared(script.T()) })
	return nil
}

// mustHaveCompared fails a script that succeeded without a comparison.
func (c *comparison) mustHaveCompared(t testscript.T) {
	state, ok := t.(interface {
		Skipped() bool
		Failed() bool
	})
	if ok && c.count == 0 && !state.Skipped() && !state.Failed() {
		t.Fatal("the script has 0 comparisons, want at least 1")
	}
}

// A result is what a program did in its world.
type result struct {
	outcome outcome
	said    run
	state   state
}

// parts are the parts of a result that are compared.
var parts = []string{"code", "lines", "errors", "stdout", "state"}

// part returns a part of the result as text.
func (r result) part(name string) string {
	switch name {
	case "code":
		return fmt.Sprintln(r.said.Code)
	case "lines":
		return strings.Join(r.said.Lines, "\n") + "\n"
	case "errors":
		return strings.Join(r.said.Errors, "\n") + "\n"
	case "stdout":
		return r.outcome.stdout
	}
	return layout(r.state)
}

// both runs a command line "[NAME=VALUE...] VERB NAME" in both worlds.
func (c *comparison) both(words []string) (results [2]result, err error) {
	n := slices.IndexFunc(words, func(word string) bool { return !strings.Contains(word, "=") })
	if n < 0 {
		return results, fmt.Errorf("%q: no verb", words)
	}
	for i, w := range c.worlds {
		r := &results[i]
		if r.outcome, err = c.subjects[i].run(w, words[:n], words[n:]...); err != nil {
			return results, err
		}
		r.said = said(r.outcome)
		if r.state, err = w.state(); err != nil {
			return results, err
		}
	}
	c.count++
	return results, nil
}

// same is the script command "same [NAME=VALUE...] VERB NAME" or "! same ...". It
// checks that both programs exit with the same code (0, or another one with "!"),
// say the same, and leave the same state. The script can check the output with
// stdout and stderr.
func same(ts *testscript.TestScript, neg bool, args []string) {
	results, err := comparisonOf(ts).both(args)
	ts.Check(err)
	show(ts, results)
	if failed := results[0].outcome.code != 0; failed != neg {
		ts.Fatalf("exit code %d, want a failure: %t", results[0].outcome.code, neg)
	}
	for _, name := range parts {
		mustEqual(ts, name, results)
	}
}

// show logs what both programs printed, and makes the second one's output available
// to the script.
func show(ts *testscript.TestScript, results [2]result) {
	if o := results[0].outcome; o.stderr != results[1].outcome.stderr {
		ts.Logf("[wg-quick exits with %d]\n%s", o.code, o.stderr)
	}
	fmt.Fprint(ts.Stdout(), results[1].outcome.stdout)
	fmt.Fprint(ts.Stderr(), results[1].outcome.stderr)
}

func mustEqual(ts *testscript.TestScript, name string, results [2]result) {
	want, got := results[0].part(name), results[1].part(name)
	if want != got {
		ts.Fatalf("%s: wg-quick (-) and wgctrl (+) differ:\n%s", name, textDiff(want, got))
	}
}

// differs is the script command "differs ENTRY,... PARTS [NAME=VALUE...] VERB NAME".
// It shows deliberate differences, which docs/quick.md describes under these names.
// PARTS are the parts of the results that differ, such as code,lines,state. The
// others are the same. It writes the results of the original to ref.err, ref.code,
// ref.state and so on, and the other ones to our.err, our.code and our.state, for
// the script to check.
func differs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("differs %q, want differs ENTRY PARTS VERB NAME", args)
	}
	results, err := comparisonOf(ts).both(args[2:])
	ts.Check(err)
	show(ts, results)
	for i, who := range []string{"ref", "our"} {
		ts.Check(os.WriteFile(ts.MkAbs(who+".err"), []byte(results[i].outcome.stderr), 0o644))
		for _, name := range parts {
			ts.Check(os.WriteFile(ts.MkAbs(who+"."+name), []byte(results[i].part(name)), 0o644))
		}
	}
	different := strings.Split(args[1], ",")
	for _, name := range parts {
		switch {
		case !slices.Contains(different, name):
			mustEqual(ts, name, results)
		case !self() && results[0].part(name) == results[1].part(name):
			ts.Fatalf("%s: both have %s, want a difference", name, results[0].part(name))
		}
	}
}

// equal is the script command "equal SCRIPT". It runs a shell script in both
// worlds, which must succeed and print the same.
func equal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("equal %q, want equal SCRIPT", args)
	}
	out := outputs(ts, args[0])
	if out[0] != out[1] {
		ts.Fatalf("%s: wg-quick (-) and wgctrl (+) differ:\n%s", args[0], textDiff(out[0], out[1]))
	}
	fmt.Fprint(ts.Stdout(), out[1])
}

// unequal is the script command "unequal ENTRY,... SCRIPT". It runs a shell script
// in both worlds, which must succeed and print something else, because of the
// deliberate differences that docs/quick.md describes under these names. The
// outputs are in ref.out and our.out.
func unequal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("unequal %q, want unequal ENTRY SCRIPT", args)
	}
	out := outputs(ts, args[1])
	if out[0] == out[1] && !self() {
		ts.Fatalf("%s: both print %q, want a difference", args[1], out[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs("ref.out"), []byte(out[0]), 0o644))
	ts.Check(os.WriteFile(ts.MkAbs("our.out"), []byte(out[1]), 0o644))
}

// outputs runs a shell script in both worlds, which must succeed.
func outputs(ts *testscript.TestScript, script string) (out [2]string) {
	for i, w := range comparisonOf(ts).worlds {
		var err error
		out[i], err = w.shell(script)
		ts.Check(err)
	}
	return out
}

// shell is the script command "shell SCRIPT". It runs a shell script in both worlds,
// which must succeed.
func shell(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("shell %q, want shell SCRIPT", args)
	}
	outputs(ts, args[0])
}

// place is the script command "place FILE PATH". It copies a file to both worlds,
// with its permissions.
func place(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("place %q, want place FILE PATH", args)
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if !strings.HasPrefix(args[1], "/etc/") && !strings.HasPrefix(args[1], "/run/") {
		ts.Fatalf("path %s, want a path in /etc or /run, which the worlds do not share", args[1])
	}
	for _, w := range comparisonOf(ts).worlds {
		ts.Check(w.write(args[1], ts.ReadFile(args[0]), info.Mode().Perm()))
	}
}

// tunnel is the script command "tunnel NAME...". It copies the files NAME.conf to
// /etc/wireguard, so that only root can read them.
func tunnel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("tunnel %q, want tunnel NAME...", args)
	}
	for _, name := range args {
		for _, w := range comparisonOf(ts).worlds {
			ts.Check(w.write(confPath(name), ts.ReadFile(name+".conf"), 0o600))
		}
	}
}

// readonly is the script command "readonly DIR". It makes a file system read-only in
// both worlds.
func readonly(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("readonly %q, want readonly DIR", args)
	}
	for _, w := range comparisonOf(ts).worlds {
		ts.Check(w.Do(func() error {
			err := unix.Mount(args[0], args[0], "", unix.MS_BIND, "")
			if err != nil {
				return err
			}
			return unix.Mount("", args[0], "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "")
		}))
	}
}
