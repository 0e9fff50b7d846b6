//go:build !linux && !darwin && !freebsd && !openbsd

package e2e_test

import (
	"context"
	"testing"
)

// acts are what this program can be in place of tests: see TestMain.
var acts map[string]func(context.Context) error

// soakedDaemon skips the test: wireguard-go does not run as a process here.
func soakedDaemon(t *testing.T) (s soaked) {
	t.Skip("wireguard-go does not run as a separate process on this system")
	return s
}
