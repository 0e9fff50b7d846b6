package wguser_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// TestMain fails when goroutines of this package, or descriptors, outlive the
// tests, all of which close what they have opened.
func TestMain(m *testing.M) {
	before := descriptors()
	code := m.Run()
	if left := settle(func() bool { return len(leaked()) == 0 }); left {
		fmt.Fprintf(os.Stderr, "goroutines are left:\n\n%s\n", bytes.Join(leaked(), []byte("\n\n")))
		code = max(code, 1)
	}
	// One more is the runtime's poller.
	if left := settle(func() bool { return descriptors() <= before+3 }); left {
		fmt.Fprintf(os.Stderr, "%d descriptors became %d\n", before, descriptors())
		code = max(code, 1)
	}
	os.Exit(code)
}

// settle waits for ok, and reports whether it waited in vain.
func settle(ok func() bool) bool {
	deadline := time.After(10 * time.Second)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-deadline:
			return true
		}
	}
	return false
}

func leaked() (found [][]byte) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for g := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		if bytes.Contains(g, []byte("/wguser")) && !bytes.Contains(g, []byte("wguser_test.TestMain")) {
			found = append(found, bytes.Clone(g))
		}
	}
	return found
}

// descriptors counts the open ones, where the system tells.
func descriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}
