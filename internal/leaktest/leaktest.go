// Package leaktest finds what the tests of a package leave behind: goroutines
// and file descriptors. Only tests import it; it imports no testing itself.
//
// It knows what the runtime keeps for itself, and refuses to know what it is
// that leaked: it prints stacks and the names of files.
package leaktest

import (
	"fmt"
	"io"
	"os"
	"time"
)

// patience is how long what the tests closed may take to end. wireguard-go's
// Close, for one, tells its workers to end and does not wait for all.
const patience = 10 * time.Second

// Run runs the tests of m and returns their code, and at least 1 if goroutines
// or descriptors outlive them. It is what a TestMain does:
//
//	func TestMain(m *testing.M) { os.Exit(leaktest.Run(m)) }
func Run(m interface{ Run() int }) (code int) {
	return run(m, patience, os.Stderr)
}

func run(m interface{ Run() int }, patience time.Duration, out io.Writer) (code int) {
	before := take()
	code = m.Run()
	left := before.left(patience)
	if len(left) == 0 {
		return code
	}
	fmt.Fprintf(out, "leaktest: %d goroutines or descriptors outlive the tests:\n", len(left))
	for _, what := range left {
		fmt.Fprintf(out, "\n%s\n", what)
	}
	return max(code, 1)
}

// snapshot is what a process has at one time.
type snapshot struct {
	goroutines  map[string]string // stacks, by number
	descriptors map[string]string // names, by number; none where the system does not tell
}

func take() snapshot { return snapshot{goroutines(), descriptors()} }

// left returns what is there beyond the snapshot, and does not go away in time.
func (s snapshot) left(patience time.Duration) []string {
	deadline := time.After(patience)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for {
		left := append(news(s.goroutines, goroutines()), news(s.descriptors, descriptors())...)
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
