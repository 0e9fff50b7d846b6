//go:build !linux

package wgtest

import (
	"runtime"
	"testing"
)

// KernelTunnel skips the test, since kernel devices of this system are not
// supported. With WGTEST_KERNEL=1 in the environment it fails it.
func KernelTunnel(t testing.TB) (a, b *End) {
	t.Helper()
	unavailable(t, "kernel devices of "+runtime.GOOS+" are not supported")
	return nil, nil
}
