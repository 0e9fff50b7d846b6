package wgcompare

import (
	"errors"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A comparison is what a script has: two worlds, in the first of which wg is
// the original, in the second ours.
type comparison struct {
	programs
	kernel  bool // whether devices are the kernel's
	worlds  [2]*world
	tools   [2]tool
	devices []string // in both worlds, by name
	ages    bool     // a fake daemon tells ages
	count   int      // of comparisons
}

// key finds the comparison among a script's values.
type key struct{}

func comparisonOf(ts *testscript.TestScript) *comparison { return ts.Value(key{}).(*comparison) }

// keys are variables of every script, by which it need not spell out the public
// keys that its files have. OWN is that of the private key which they have.
var keys = map[string]string{
	"A":   "MVNX5svcaxfri2Ag/5SYd3i3RP2MNeDQpGU8AzAuO2g=",
	"B":   "RI9UESDz91IcslFwUHdLGISMNbSqY3xH3iWdonCvobI=",
	"C":   "4nImxfrSp1x8x7pII37HdrHlgRG5cFg9YMg1m6jo/l8=",
	"OWN": "+110+BXMDiwVjEULmhk9v9KVJlCLHWPRjK/BAGqGGkQ=",
}

// newComparison prepares a script.
func newComparison(env *testscript.Env, p programs, kernel bool) error {
	c := &comparison{programs: p, kernel: kernel, tools: [2]tool{referenceTool, oursTool}}
	if self() {
		c.tools[1] = referenceTool
	}
	for i := range c.worlds {
		w, err := newWorld(p)
		if err != nil {
			return err
		}
		env.Defer(w.end)
		c.worlds[i] = w
	}
	if p.atHome() && !self() {
		if err := c.worlds[1].do(replaceWg); err != nil {
			return err
		}
	}
	env.Values[key{}] = c
	for name, value := range keys {
		env.Setenv(name, value)
	}
	env.Defer(func() { c.mustHaveCompared(env.T()) })
	return nil
}

// mustHaveCompared fails a script that came to its end and compared nothing.
func (c *comparison) mustHaveCompared(t testscript.T) {
	state, ok := t.(interface {
		Skipped() bool
		Failed() bool
	})
	if ok && c.count == 0 && !state.Skipped() && !state.Failed() {
		t.Fatal("this script compares nothing")
	}
}

// both runs a command with the original and with ours. What fake daemons tell
// has ages, which are told twice only within one second: they take no change, so
// that the command can be repeated.
func (c *comparison) both(cmd command, dir string) (ref, our outcome, err error) {
	const attempts = 30
	other := 1
	if cmd.shared {
		other = 0
	}
	for range attempts {
		began := time.Now().Unix()
		if ref, err = c.worlds[0].run(cmd, c.tools[0], dir); err == nil {
			our, err = c.worlds[other].run(cmd, c.tools[1], dir)
		}
		if err != nil || ref == our || !c.ages || time.Now().Unix() == began {
			return ref, our, err
		}
	}
	return outcome{}, outcome{}, errors.New("both never end in the second in which they began")
}

// state is what is to be seen of a world's devices by the original, and what
// is left of its sockets.
func (c *comparison) state(world int) (string, error) {
	var b strings.Builder
	for _, name := range c.devices {
		o, err := c.worlds[world].run(
			command{program: "wg", args: []string{"show", name, "dump"}}, referenceTool, "/")
		if err != nil {
			return "", err
		}
		b.WriteString(name + "\n" + o.stdout + o.stderr)
	}
	c.worlds[world].do(func() error {
		entries, err := os.ReadDir(socketDir)
		if err != nil {
			b.WriteString(err.Error() + "\n")
		}
		for _, e := range entries {
			b.WriteString(e.Name() + "\n")
		}
		return nil
	})
	return b.String(), nil
}

// inBoth does the same in both worlds.
func (c *comparison) inBoth(f func(world int) error) error {
	for i := range c.worlds {
		if err := f(i); err != nil {
			return err
		}
	}
	return nil
}
