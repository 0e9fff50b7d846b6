package wgcompare

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
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
		return c.worlds[i].Do(func() error { return testutil.MakeDeadSocket(socketPath(args[0])) })
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
		return c.worlds[i].Do(func() error {
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
		return c.worlds[i].Do(func() error { return os.RemoveAll(path) })
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

// writePeers is the script command "peers N FILE". It writes a configuration with
// N peers that have every setting, but only a few have a keepalive, since a device
// computes a handshake for each of those. The device has no private key.
func writePeers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("peers %q, want peers NUMBER FILE", args)
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var b strings.Builder
	b.WriteString("[Interface]\nListenPort = 51820\nFwMark = 0x10\n")
	for i := range n {
		fmt.Fprintf(&b, "\n[Peer]\nPublicKey = %s\nPresharedKey = %s\nEndpoint = 192.0.2.%d:%d\n",
			keyOf("peer", i), keyOf("preshared", i), i%256, 1024+i%60000)
		if i%100 == 0 {
			fmt.Fprintf(&b, "PersistentKeepalive = %d\n", i%65536)
		}
		fmt.Fprintf(&b, "AllowedIPs = 10.%d.%d.%d/32, 2001:db8:%x::/64\n", i>>16&255, i>>8&255, i&255, i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

// writePrefixes is the script command "prefixes N FILE". It writes a configuration
// with one peer, which has about twice N allowed IPs.
func writePrefixes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("prefixes %q, want prefixes NUMBER FILE", args)
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var b strings.Builder
	fmt.Fprintf(&b, "[Interface]\nListenPort = 51820\n\n[Peer]\nPublicKey = %s\nAllowedIPs = 10.0.0.0/32", keyOf("peer", 0))
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, ", 10.%d.%d.%d/32, 2001:db8:%x::/64", i>>16&255, i>>8&255, i&255, i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

func keyOf(what string, i int) string {
	k := sha256.Sum256(fmt.Appendf(nil, "%s %d", what, i))
	return base64.StdEncoding.EncodeToString(k[:])
}

// write is the script command "write FILE 'TEXT'". It writes the bytes of TEXT,
// which may have the escapes of a Go string. The files at the end of a script can
// have neither all bytes nor a last line without a line end.
func write(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("write %q, want write FILE TEXT", args)
	}
	text, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
