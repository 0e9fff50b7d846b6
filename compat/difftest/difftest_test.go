//go:build linux

package difftest

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

var update = flag.Bool("update", false, "rewrite testdata")

// expected are the differences of each suite. They are part of the binary, which
// also runs in virtual machines.
//
//go:embed testdata
var expected embed.FS

// TestValues compares functions that need no device.
func TestValues(t *testing.T) {
	t.Parallel()
	compare(t, "values")
}

// TestUserspace compares userspace devices: wireguard-go, and fakes that send other
// replies.
func TestUserspace(t *testing.T) {
	t.Parallel()
	compare(t, "userspace")
}

// TestUserspaceAlone compares what is different if the kernel has the module. It is
// skipped there.
func TestUserspaceAlone(t *testing.T) {
	t.Parallel()
	compare(t, "alone")
}

// TestKernel compares kernel devices. If the kernel has no WireGuard, it is skipped,
// or fails with WGTEST_KERNEL=1.
func TestKernel(t *testing.T) {
	t.Parallel()
	compare(t, "kernel")
}

// TestModule loads the kernel module after New. It needs a machine to itself, and
// WGTEST_MODULE=1.
func TestModule(t *testing.T) {
	if os.Getenv("WGTEST_MODULE") != "1" {
		t.Skip("unloads the kernel module; set WGTEST_MODULE=1 to run it")
	}
	compare(t, "module")
}

// compare runs a suite with both libraries. The differences must be those in
// testdata.
func compare(t *testing.T, suite string) {
	dir := probes(t)
	before, now := observe(t, filepath.Join(dir, original), suite), observe(t, filepath.Join(dir, compat), suite)
	if len(before) != len(now) || len(before) == 0 {
		t.Errorf("this library took %d steps, want %d as the original", len(now), len(before))
	}
	seen := make(map[string]Record)
	for _, r := range now {
		seen[r.name()] = r
	}
	if len(seen) != len(now) {
		t.Errorf("%d steps have %d names, want a different name for each", len(now), len(seen))
	}
	var differences bytes.Buffer
	for _, was := range before {
		is, ok := seen[was.name()]
		same := was.Result == is.Result
		switch {
		case !ok:
			t.Errorf("%s: only the original has this step, want both", was.name())
		case was.Difference != is.Difference:
			t.Errorf("%s: the row is %q, want %q", was.name(), is.Difference, was.Difference)
		case was.Difference == "" && !same:
			t.Errorf("%s (-want +got):\n%s(want %q, got %q)", was.name(), changed(was.Result, is.Result), was.Text, is.Text)
		case was.Difference != "" && same:
			t.Errorf("%s: both have the result\n%s\nwant a difference, as row %q says", was.name(), is.Result, was.Difference)
		case was.Difference != "":
			fmt.Fprintf(&differences, "== %s: %s\n", was.Difference, was.name())
			fmt.Fprintf(&differences, "%s", changed(was.Result, is.Result))
		}
	}
	file := "testdata/" + suite + ".txt"
	if *update && differences.Len() > 0 {
		if err := os.WriteFile(file, differences.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := expected.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // a suite without differences
		t.Fatalf("ReadFile(%q) = %v, want no error or fs.ErrNotExist", file, err)
	}
	if got := differences.String(); got != string(want) {
		t.Errorf("the differences compared with %s (-want +got):\n%s", file, changed(string(want), got))
	}
}

// Record is what the probe saw in one step.
type Record struct{ Scenario, Step, Difference, Result, Text string }

func (r Record) name() string { return r.Scenario + ": " + r.Step }

// changed returns the lines that differ.
func changed(was, is string) string {
	a, b := strings.Split(was, "\n"), strings.Split(is, "\n")
	// common[i][j] is the number of lines that a[i:] and b[j:] have in common.
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var out strings.Builder
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			fmt.Fprintf(&out, "- %s\n", a[i])
			i++
		default:
			fmt.Fprintf(&out, "+ %s\n", b[j])
			j++
		}
	}
	return out.String()
}

// observe runs a probe in new namespaces, since both libraries use
// /var/run/wireguard and the links of the network namespace.
func observe(t *testing.T, probe, suite string) []Record {
	t.Helper()
	outside, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(probe, suite, outside)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:   syscall.CLONE_NEWNET,
		Unshareflags: syscall.CLONE_NEWNS,
	}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if errors.Is(err, syscall.EPERM) {
		skip(t, "WGTEST_DIFF", fmt.Sprintf("namespaces cannot be created: %v", err))
	}
	if err != nil {
		t.Fatalf("%s %s = %v, want success\n%s", probe, suite, err, problems.Bytes())
	}
	var answer struct {
		Records     []Record
		Unavailable string
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%s: %v", probe, err)
	}
	if answer.Unavailable != "" {
		demand := "WGTEST_KERNEL"
		if suite == "alone" {
			demand = "" // the suite cannot run on machines with kernel devices
		}
		skip(t, demand, answer.Unavailable)
	}
	return answer.Records
}

// skip skips a test that this machine cannot run. The test fails instead if the
// environment variable demand says that the machine must be able to run it.
func skip(t *testing.T, demand, reason string) {
	t.Helper()
	if demand != "" && os.Getenv(demand) == "1" {
		t.Fatalf("%s, want a machine that can run the test, since %s=1 is set", reason, demand)
	}
	t.Skip(reason)
}
