package testutil

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// leakTimeout is how long goroutines and descriptors may take to disappear after
// the tests. For example, wireguard-go's Close does not wait for all of its
// workers.
const leakTimeout = 10 * time.Second

// RunMain runs the tests of m and returns their exit code. If goroutines or file
// descriptors are left afterwards, it prints their stacks and names to standard
// error and returns at least 1. It is for TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }
func RunMain(m interface{ Run() int }) (code int) {
	return runMain(m, leakTimeout, os.Stderr)
}

func runMain(m interface{ Run() int }, timeout time.Duration, out io.Writer) (code int) {
	before := takeSnapshot()
	code = m.Run()
	left := before.left(timeout)
	if len(left) == 0 {
		return code
	}
	fmt.Fprintf(out, "testutil: %d goroutines or descriptors are left after the tests:\n", len(left))
	for _, what := range left {
		fmt.Fprintf(out, "\n%s\n", what)
	}
	return max(code, 1)
}

// snapshot holds the goroutines and file descriptors of the process at one time.
type snapshot struct {
	goroutines  map[string]string // stacks by number
	descriptors map[string]string // empty where the system does not list them
}

func takeSnapshot() snapshot { return snapshot{goroutines(), descriptors()} }

// left waits until nothing is left beyond the snapshot. It returns what is left
// after timeout.
func (s snapshot) left(timeout time.Duration) []string {
	deadline := time.After(timeout)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		left := append(added(s.goroutines, goroutines()), added(s.descriptors, descriptors())...)
		if len(left) == 0 {
			return nil
		}
		select {
		case <-again.C:
		case <-deadline:
			return left
		}
	}
}

// added returns the values whose keys are in after but not in before, sorted by
// key.
func added(before, after map[string]string) (values []string) {
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if _, old := before[key]; !old {
			values = append(values, after[key])
		}
	}
	return values
}

// goroutines returns the stacks of all goroutines except the caller's and those
// that the standard library starts once and keeps.
func goroutines() map[string]string {
	text := make([]byte, 1<<20)
	for {
		n := runtime.Stack(text, true)
		if n < len(text) {
			text = text[:n]
			break
		}
		text = make([]byte, 2*len(text))
	}
	permanent := []string{"os/signal.loop", "os/signal.signal_recv", "runtime.handleEvent"}
	found := make(map[string]string)
	for i, g := range bytes.Split(text, []byte("\n\n")) {
		stack := string(g)
		// The first one is the caller's.
		if i == 0 || slices.ContainsFunc(permanent, func(f string) bool { return strings.Contains(stack, f) }) {
			continue
		}
		// A stack begins with a line such as "goroutine 7 [running]:".
		number, _, _ := strings.Cut(stack, " [")
		found[number] = stack
	}
	return found
}

// descriptors returns the open file descriptors with their names. It returns nil
// on systems other than Linux.
func descriptors() map[string]string {
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	// The runtime opens these when it first needs them, and keeps them.
	pollers := []string{"anon_inode:[eventpoll]", "anon_inode:[eventfd]"}
	found := make(map[string]string)
	for _, e := range entries {
		name, err := os.Readlink(filepath.Join(dir, e.Name()))
		// The descriptor that read the directory is closed by now.
		if err != nil || slices.Contains(pollers, name) {
			continue
		}
		text := "descriptor " + e.Name() + ": " + name
		found[text] = text
	}
	return found
}
