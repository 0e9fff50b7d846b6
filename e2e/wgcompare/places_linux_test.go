package wgcompare

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// startDevice is the script command "device NAME [FILE]". It creates a device in
// both worlds, of the kind that the test is about. The original configures it with
// FILE. A kernel device is down.
func startDevice(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("device %q, want device NAME [FILE]", args)
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

// must runs a program that prepares a world. wg is the original.
func (c *comparison) must(world int, program string, args ...string) error {
	cmd := command{program: program, args: args, searchedPaths: defaultPath}
	o, err := c.worlds[world].run(cmd, referenceTool, "/")
	if err == nil && o.code != 0 {
		err = fmt.Errorf("%s %q: exit code %d: %s", program, args, o.code, o.stderr)
	}
	return err
}

// startStale is the script command "stale NAME". It creates a socket in both
// worlds, as a daemon leaves it when it is killed.
func startStale(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("stale %q, want stale NAME", args)
	}
	c := comparisonOf(ts)
	ts.Check(c.inBoth(func(i int) error {
		return c.worlds[i].do(func() error { return testutil.MakeDeadSocket(socketPath(args[0])) })
	}))
}

// place is the script command "place FILE PATH". It copies a file to both worlds,
// with its permissions.
func place(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("place %q, want place FILE PATH", args)
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

// remove is the script command "remove PATH". It removes a file or directory in
// both worlds.
func remove(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("remove %q, want remove PATH", args)
	}
	path := private(ts, args[0])
	c := comparisonOf(ts)
	ts.Check(c.inBoth(func(i int) error {
		return c.worlds[i].do(func() error { return os.RemoveAll(path) })
	}))
}

// private checks that path is in a directory that each world has for itself.
func private(ts *testscript.TestScript, path string) string {
	path = filepath.Clean(path)
	if !strings.HasPrefix(path, "/etc/") && !strings.HasPrefix(path, "/run/") {
		ts.Fatalf("path %s, want a path in /etc or /run, which the worlds do not share", path)
	}
	return path
}
