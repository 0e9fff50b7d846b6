//go:build linux || darwin || freebsd || openbsd || windows

package userdev_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"
)

// TestMain fails when goroutines of a device outlive the tests, all of which
// close what they started.
func TestMain(m *testing.M) {
	code := m.Run()
	if leaked := remaining(10 * time.Second); len(leaked) > 0 {
		fmt.Fprintf(os.Stderr, "%d goroutines are left:\n\n%s\n", len(leaked), bytes.Join(leaked, []byte("\n\n")))
		code = max(code, 1)
	}
	os.Exit(code)
}

// remaining returns the goroutines of devices that do not end in time.
// wireguard-go's Close tells its workers to end and does not wait for all.
func remaining(patience time.Duration) [][]byte {
	deadline := time.After(patience)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		leaked := ofDevices()
		if len(leaked) == 0 {
			return nil
		}
		select {
		case <-again.C:
		case <-deadline:
			return leaked
		}
	}
}

func ofDevices() (found [][]byte) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for g := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		isTest := bytes.Contains(g, []byte("userdev_test."))
		if !isTest && (bytes.Contains(g, []byte("golang.zx2c4.com/")) || bytes.Contains(g, []byte("/userdev."))) {
			found = append(found, bytes.Clone(g))
		}
	}
	return found
}
