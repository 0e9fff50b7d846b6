//go:build !linux

package wgtest

import (
	"runtime"
	"testing"
)

// KernelTunnel skips the test, since this system has no network namespaces. With
// WGTEST_KERNEL=1 in the environment it fails it.
func KernelTunnel(t testing.TB) (a, b *End) {
	t.Helper()
	unavailable(t, runtime.GOOS+" has no network namespaces")
	return nil, nil
}
