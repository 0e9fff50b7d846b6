//go:build linux

package wglinux

import (
	"testing"

	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
)

// fakeBackend returns a Backend over k. It is closed at the end of the test, which
// fails if sockets remain open.
func fakeBackend(t *testing.T, k *nltest.Kernel) *Backend {
	t.Helper()
	return between(t, k, func(t transport) transport { return t })
}

// between returns a Backend over k whose transports are wrapped with tamper.
func between(t *testing.T, k *nltest.Kernel, tamper func(transport) transport) *Backend {
	t.Helper()
	dial := func(route bool) func() (transport, error) {
		return func() (transport, error) { return tamper(k.Dial(route)), nil }
	}
	b := newBackend(Config{}, dial(false), dial(true))
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
		if n := k.Sockets(); n != 0 {
			t.Errorf("%d sockets are open, want 0", n)
		}
	})
	return b
}
