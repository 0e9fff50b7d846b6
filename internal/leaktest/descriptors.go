package leaktest

import (
	"os"
	"path/filepath"
	"slices"
)

// descriptors returns the names of the open files, by number and name, where
// the system tells them: on Linux.
func descriptors() map[string]string {
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	found := make(map[string]string)
	for _, e := range entries {
		name, err := os.Readlink(filepath.Join(dir, e.Name()))
		// The one that the directory was read with is closed by now.
		if err != nil || slices.Contains(pollers, name) {
			continue
		}
		text := "descriptor " + e.Name() + ": " + name
		found[text] = text
	}
	return found
}

// pollers are what the runtime waits with. It opens them when they are first
// needed, and keeps them.
var pollers = []string{"anon_inode:[eventpoll]", "anon_inode:[eventfd]"}
