//go:build darwin || freebsd || openbsd

package e2e_test

import "context"

// acts are what this program can be in place of tests: see TestMain.
var acts = map[string]func(context.Context) error{"wireguard-go": wireguardGo}
