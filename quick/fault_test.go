//go:build unix

package quick

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/wgconf"
)

// faultEnv has the fault of a child process in JSON.
const faultEnv = "QUICK_TEST_FAULT"

// fault is a call in a child process that kills itself at one of its changes.
type fault struct {
	Verb    string
	Text    string // of the file
	Machine string // the file of the machine
	Dir     string // of the records
	Change  int    // the number of the change
	After   bool   // whether the process ends after it or before
}

// faultChild runs the fault of the environment. It returns 0 if there were fewer
// changes.
func faultChild() int {
	var f fault
	if err := json.Unmarshal([]byte(os.Getenv(faultEnv)), &f); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	m, err := loadMachine(f.Machine)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	n := 0
	m.fail = func(string) error {
		if n++; n == f.Change && !f.After || n == f.Change+1 && f.After {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return nil
	}
	file := wgconf.Parse("wg0.conf", []byte(f.Text))
	settings, err := file.Settings(wgconf.DialectWGQuick)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	t := &Tunnel{Name: "wg0", Path: "wg0.conf", File: file, Settings: settings}
	if err := callVerb(context.Background(), m.system(f.Dir), f.Verb, t); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func callVerb(ctx context.Context, s *system, verb string, t *Tunnel) error {
	switch verb {
	case "up":
		return s.up(ctx, t, t.Settings)
	case "down":
		return s.down(ctx, t)
	}
	return s.reload(ctx, t, t.Settings)
}

// run runs the fault on a copy of m, whose state it returns.
func (f fault) run(t *testing.T, m *machine) (after *machine, killed bool) {
	t.Helper()
	c := m.clone(t)
	c.path = f.Machine
	if err := c.store(); err != nil {
		t.Fatal(err)
	}
	out, err := f.command(t).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != -1) {
		t.Fatalf("child of %s at change %d: %v\n%s", f.Verb, f.Change, err, out)
	}
	if after, err = loadMachine(f.Machine); err != nil {
		t.Fatal(err)
	}
	after.path = ""
	return after, err == nil && exit != nil
}

// command returns the command that runs the fault.
func (f fault) command(t *testing.T) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), executable)
	cmd.Env = append(os.Environ(), faultEnv+"="+string(text))
	return cmd
}

// Processes bring up the same interface at the same time. One of them does, and the
// others leave it alone.
func TestConcurrentUp(t *testing.T) {
	t.Parallel()
	m := newMachine()
	m.path = filepath.Join(t.TempDir(), "machine")
	if err := m.store(); err != nil {
		t.Fatal(err)
	}
	f := fault{Verb: "up", Text: hookedDefaults, Machine: m.path, Dir: t.TempDir()}
	results := make(chan string)
	for range 4 {
		cmd := f.command(t)
		go func() {
			out, err := cmd.CombinedOutput()
			results <- fmt.Sprintf("%v: %s", err, out)
		}()
	}
	got := []string{<-results, <-results, <-results, <-results}
	slices.Sort(got)
	const exists = "exit status 1: \"wg0\" already exists\n"
	if want := []string{"<nil>: ", exists, exists, exists}; !slices.Equal(got, want) {
		t.Errorf("ups = %q, want %q", got, want)
	}
	after, err := loadMachine(m.path)
	if err != nil {
		t.Fatal(err)
	}
	want := newMachine()
	up(t, want.system(t.TempDir()), hookedDefaults)
	if diff := after.diff(want); diff != "" {
		t.Errorf("machine after concurrent ups (-want +got):\n%s", diff)
	}
}

// copyRecords returns a copy of the directory of the records.
func copyRecords(t *testing.T, dir string) string {
	t.Helper()
	c := t.TempDir()
	if err := os.CopyFS(c, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return c
}

const hookedDefaults = `[Interface]
PrivateKey = yOjyBUXQwqdSNY/4nDwkumGqiZvNLh3oE/xinKAAAHY=
Address = 10.7.0.2/24, fd70::2/128
DNS = 10.7.0.53
PreUp = pre-up
PostUp = post-up
PreDown = pre-down
PostDown = post-down

[Peer]
PublicKey = jSgCqUit6UTMEYLhRz7C6ZVsA7TzU9p+Emwm7Mr4p3U=
AllowedIPs = 0.0.0.0/0, ::/0, 10.20.0.0/16
Endpoint = 198.51.100.10:51820
`

// A process that is killed at any change of up leaves what down removes, and what the
// next up replaces.
func TestKilledUpIsRepaired(t *testing.T) {
	t.Parallel()
	before := newMachine()
	want := before.clone(t)
	up(t, want.system(t.TempDir()), hookedDefaults)
	eachKill(t, fault{Verb: "up", Text: hookedDefaults}, before, "", func(name string, m *machine, dir string) {
		tunnel := parseTunnel(t, hookedDefaults)
		c := m.clone(t)
		if err := c.system(copyRecords(t, dir)).down(t.Context(), tunnel); err != nil && len(m.Configs) > 0 {
			t.Errorf("down after a killed up %s: %v", name, err)
		}
		checkClean(t, "down after a killed up "+name, c, before)
		if err := m.system(dir).up(t.Context(), tunnel, tunnel.Settings); err != nil {
			t.Errorf("up after a killed up %s: %v", name, err)
			return
		}
		m.moveLink(t, want.LastIndex)
		if diff := m.diff(want); diff != "" {
			t.Errorf("machine after a killed up %s and up (-want +got):\n%s", name, diff)
		}
	})
}

func TestKilledDownIsRepaired(t *testing.T) {
	t.Parallel()
	before := newMachine()
	running := before.clone(t)
	dir := t.TempDir()
	up(t, running.system(dir), hookedDefaults)
	eachKill(t, fault{Verb: "down", Text: hookedDefaults}, running, dir, func(name string, m *machine, dir string) {
		tunnel := parseTunnel(t, hookedDefaults)
		c := m.clone(t)
		if err := c.system(copyRecords(t, dir)).down(t.Context(), tunnel); err != nil && len(m.Configs) > 0 {
			t.Errorf("down after a killed down %s: %v", name, err)
		}
		checkClean(t, "down after a killed down "+name, c, before)
	})
}

func TestKilledReloadIsRepaired(t *testing.T) {
	t.Parallel()
	before := newMachine()
	running := before.clone(t)
	dir := t.TempDir()
	up(t, running.system(dir), twoPeers)
	want := before.clone(t)
	up(t, want.system(t.TempDir()), hookedDefaults)
	eachKill(t, fault{Verb: "reload", Text: hookedDefaults}, running, dir, func(name string, m *machine, dir string) {
		tunnel := parseTunnel(t, hookedDefaults)
		c := m.clone(t)
		if err := c.system(copyRecords(t, dir)).down(t.Context(), tunnel); err != nil {
			t.Errorf("down after a killed reload %s: %v", name, err)
		}
		checkClean(t, "down after a killed reload "+name, c, before)
		if err := m.system(dir).reload(t.Context(), tunnel, tunnel.Settings); err != nil {
			t.Errorf("reload after a killed reload %s: %v", name, err)
			return
		}
		if diff := m.normalized(t).diff(want.normalized(t)); diff != "" {
			t.Errorf("machine after a killed reload %s and reload (-want +got):\n%s", name, diff)
		}
	})
}

// eachKill runs f on m with the records in dir, once for each of its changes, and passes
// what it left to check.
func eachKill(t *testing.T, f fault, m *machine, dir string, check func(name string, m *machine, dir string)) {
	t.Helper()
	for _, f.After = range []bool{false, true} {
		for f.Change = 1; ; f.Change++ {
			f.Machine = filepath.Join(t.TempDir(), "machine")
			f.Dir = t.TempDir()
			if dir != "" {
				f.Dir = copyRecords(t, dir)
			}
			after, killed := f.run(t, m)
			if !killed {
				break
			}
			check(fmt.Sprintf("(change %d, after: %t)", f.Change, f.After), after, f.Dir)
		}
		if f.Change < 5 {
			t.Errorf("%s had %d changes, want 5 or more", f.Verb, f.Change)
		}
	}
}

// checkClean compares m with the machine before up. The setting stays.
func checkClean(t *testing.T, what string, m, before *machine) {
	t.Helper()
	want := before.clone(t)
	want.Settings[srcValidMark] = m.Settings[srcValidMark]
	if diff := m.diff(want); diff != "" {
		t.Errorf("machine after %s (-want +got):\n%s", what, diff)
	}
}

// moveLink gives the last link another index.
func (m *machine) moveLink(t *testing.T, index int) {
	t.Helper()
	old := m.LastIndex
	if m.link(old) == nil {
		t.Fatalf("no link has index %d", old)
	}
	m.link(old).Index = index
	list := m.AddressList[old]
	delete(m.AddressList, old)
	m.AddressList[index] = list
	for i := range m.RouteList {
		if m.RouteList[i].Index == old {
			m.RouteList[i].Index = index
		}
	}
	m.LastIndex = index
}

// An error at any change of up leaves the machine as it was, and is in the error.
func TestUpUndoesAfterAnError(t *testing.T) {
	t.Parallel()
	failure := errors.New("no space")
	for n := 1; ; n++ {
		m := newMachine()
		before := m.clone(t)
		changes := 0
		m.fail = func(string) error {
			if changes++; changes == n {
				return failure
			}
			return nil
		}
		dir := t.TempDir()
		tunnel := parseTunnel(t, hookedDefaults)
		err := m.system(dir).up(t.Context(), tunnel, tunnel.Settings)
		if err == nil {
			if n < 10 {
				t.Errorf("up had %d changes, want 10 or more", n-1)
			}
			return
		}
		if !errors.Is(err, failure) || n > 1 && !strings.Contains(err.Error(), "removed again, but not what its hooks did") {
			t.Errorf("up with an error at change %d = %v, want it and what became of the interface", n, err)
		}
		checkClean(t, fmt.Sprintf("up with an error at change %d", n), m, before)
		if record, err := readRecord(dir, "wg0"); err != nil || !record.empty() {
			t.Errorf("record after a failed up = %v, %v, want none", record, err)
		}
	}
}

// An up that is cancelled is undone, too.
func TestUpUndoesAfterCancel(t *testing.T) {
	t.Parallel()
	m := newMachine()
	before := m.clone(t)
	ctx, cancel := context.WithCancel(t.Context())
	sys := m.system(t.TempDir())
	sys.onStep = func(s Step) {
		if s.item.Kind == kindRoute {
			cancel()
		}
	}
	tunnel := parseTunnel(t, hookedDefaults)
	if err := sys.up(ctx, tunnel, tunnel.Settings); !errors.Is(err, context.Canceled) {
		t.Errorf("up = %v, want context.Canceled", err)
	}
	checkClean(t, "a cancelled up", m, before)
}
