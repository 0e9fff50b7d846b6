package wgcompare

import (
	"errors"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A comparison is the state of a script: two worlds. In the first, wg is the
// original; in the second, it is wgctrl.
type comparison struct {
	programs
	kernel  bool // whether the devices are kernel devices
	worlds  [2]*world
	tools   [2]tool
	devices []string // in both worlds, by name
	ages    bool     // a fake daemon reports handshakes
	count   int      // number of comparisons
}

// key is the key of the comparison in the values of a script.
type key struct{}

func comparisonOf(ts *testscript.TestScript) *comparison { return ts.Value(key{}).(*comparison) }

// keys are variables of every script, for the public keys in its files. OWN
// belongs to the private key in the files.
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
		env.Defer(w.End)
		c.worlds[i] = w
	}
	if p.atHome() && !self() {
		if err := c.worlds[1].Do(replaceWg); err != nil {
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

// both runs a command with the original and with wgctrl. Handshakes of fake
// daemons have ages, which are equal only within one second. Then it repeats the
// command, which is possible since fake daemons ignore changes.
func (c *comparison) both(cmd command, dir string) (ref, our outcome, err error) {
	const attempts = 30
	const lag = 20 * time.Millisecond // of time(2), which wg uses, behind time.Now
	other := 1
	if cmd.shared {
		other = 0
	}
	for range attempts {
		began := time.Now().Add(-lag).Unix()
		if ref, err = c.worlds[0].run(cmd, c.tools[0], dir); err == nil {
			our, err = c.worlds[other].run(cmd, c.tools[1], dir)
		}
		if err != nil || ref == our || !c.ages || time.Now().Unix() == began {
			return ref, our, err
		}
	}
	return outcome{}, outcome{}, errors.New("the two programs never ran within one second")
}

// state returns the devices of a world as the original shows them, and the names
// of its sockets.
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
	c.worlds[world].Do(func() error {
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

// inBoth calls f for both worlds.
func (c *comparison) inBoth(f func(world int) error) error {
	for i := range c.worlds {
		if err := f(i); err != nil {
			return err
		}
	}
	return nil
}
