//go:build !linux

package wgtest

import (
	"runtime"
	"testing"
)

// A Namespace is a network namespace, which only Linux has.
type Namespace struct{}

// NetNS skips the test, since this system has no network namespaces. With
// WGTEST_KERNEL=1 in the environment it fails it.
func NetNS(t testing.TB) *Namespace {
	t.Helper()
	unavailable(t, runtime.GOOS+" has no network namespaces")
	return nil
}

// FD returns -1.
func (n *Namespace) FD() int { return -1 }

// Do fails the test.
func (n *Namespace) Do(t testing.TB, f func()) {
	t.Helper()
	t.Fatalf("wgtest: %s has no network namespaces", runtime.GOOS)
}
