package leaktest

import (
	"bytes"
	"maps"
	"runtime"
	"slices"
	"strings"
)

// goroutines returns the stacks of all goroutines but the caller's and those
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
	found := make(map[string]string)
	for i, g := range bytes.Split(text, []byte("\n\n")) {
		stack := string(g)
		// The first one is the caller's.
		if i == 0 || slices.ContainsFunc(kept, func(f string) bool { return strings.Contains(stack, f) }) {
			continue
		}
		// goroutine 7 [running]:
		number, _, _ := strings.Cut(stack, " [")
		found[number] = stack
	}
	return found
}

// kept are functions of goroutines that never end, and are nobody's fault.
var kept = []string{"os/signal.loop", "os/signal.signal_recv"}

// news returns the values of what after has and before has not, in order.
func news(before, after map[string]string) (values []string) {
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if _, old := before[key]; !old {
			values = append(values, after[key])
		}
	}
	return values
}
