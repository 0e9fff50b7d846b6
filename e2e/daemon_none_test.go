//go:build !linux && !darwin && !freebsd && !openbsd

package e2e_test

import "testing"

// soakedDaemon is wireguard-go for TestSoak.
func soakedDaemon(t *testing.T) (s soaked) {
	t.Skip("wireguard-go does not run here as a process of its own")
	return s
}
