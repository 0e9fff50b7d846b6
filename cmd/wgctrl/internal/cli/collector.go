package cli

import (
	"os"
	"runtime/debug"
)

// RareCollection makes garbage collection rare, which suits a command that is
// short and keeps most of what it allocates. Words that run for days undo it. What
// GOGC in the environment says goes before.
func RareCollection() { setCollection(400) }

// usualCollection is Go's own.
func usualCollection() { setCollection(100) }

func setCollection(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
