//go:build dragonfly || openbsd

package wgkernel

import (
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
)

// Supported reports whether New has a backend for this system.
const Supported = true

func newBackend() (wginternal.Backend, error) { return wgopenbsd.New(), nil }
