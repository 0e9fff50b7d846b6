//go:build !linux

package e2e_test

import "context"

// acts are the programs that this test binary can run instead of tests.
var acts = map[string]func(context.Context) error{
	"wireguard-go": wireguardGo, unprivilegedCaller: callUnprivileged,
}
