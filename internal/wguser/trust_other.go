//go:build unix && !linux

package wguser

// overflowUID returns a number that no user has: only Linux has user namespaces.
func overflowUID() int { return -1 }
