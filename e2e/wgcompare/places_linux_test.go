package wgcompare

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// startDevice is the script's command "device NAME [FILE]": a device in both
// worlds, of the kind that is compared with, which the original gives the
// configuration in FILE. A kernel's is down.
func startDevice(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: device name [file]")
	}
	c := comparisonOf(ts)
	ts.Check(c.inBoth(func(i int) error {
		if err := c.start(ts, i, args[0]); err != nil || len(args) == 1 {
			return err
		}
		return c.must(i, "wg", "setconf", args[0], ts.MkAbs(args[1]))
	}))
	c.devices = append(c.devices, args[0])
}

func (c *comparison) start(ts *testscript.TestScript, world int, name string) error {
	if c.kernel {
		return c.must(world, "ip", "link", "add", "dev", name, "type", "wireguard")
	}
	end, err := c.worlds[world].startUserspace(name)
	if err == nil {
		ts.Defer(end)
	}
	return err
}

// must runs a program that prepares a world; wg is the original.
func (c *comparison) must(world int, program string, args ...string) error {
	cmd := command{program: program, args: args, searchedPaths: defaultPath}
	o, err := c.worlds[world].run(cmd, referenceTool, "/")
	if err == nil && o.code != 0 {
		err = fmt.Errorf("%s %q: exit code %d: %s", program, args, o.code, o.stderr)
	}
	return err
}

// startStale is the script's command "stale NAME": a socket in both worlds that
// a daemon left when it ended.
func startStale(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: stale name")
	}
	c := comparisonOf(ts)
	ts.Check(c.inBoth(func(i int) error {
		return c.worlds[i].do(func() error { return testutil.MakeDeadSocket(socketPath(args[0])) })
	}))
}

// place is the script's command "place FILE PATH": a file in both worlds, with
// the permissions that it has in the script's directory.
func place(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: place file path")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	text, path := ts.ReadFile(args[0]), private(ts, args[1])
	c := comparisonOf(ts)
	ts.Check(c.inBoth(func(i int) error {
		return c.worlds[i].do(func() error {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			return os.WriteFile(path, []byte(text), info.Mode().Perm())
		})
	}))
}

// remove is the script's command "remove PATH": whatever is there in both
// worlds.
func remove(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: remove path")
	}
	path := private(ts, args[0])
	c := comparisonOf(ts)
	ts.Check(c.inBoth(func(i int) error {
		return c.worlds[i].do(func() error { return os.RemoveAll(path) })
	}))
}

// private returns a path that is of the worlds alone.
func private(ts *testscript.TestScript, path string) string {
	path = filepath.Clean(path)
	if !strings.HasPrefix(path, "/etc/") && !strings.HasPrefix(path, "/run/") {
		ts.Fatalf("%s is not in /etc or /run, and so not the worlds' own", path)
	}
	return path
}
