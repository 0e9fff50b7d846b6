//go:build !(dragonfly || freebsd || linux || netbsd || openbsd || windows)

package wgkernel

import "github.com/wgctrl/wgctrl/internal/wginternal"

// Supported reports whether New has a backend for this system.
const Supported = false

func newBackend() (wginternal.Backend, error) { return nil, unsupported("kernel devices") }
