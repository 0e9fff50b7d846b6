package wgkernel

import (
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgwindows"
)

// Supported reports whether New has a backend for this system.
const Supported = true

func newBackend() (wginternal.Backend, error) { return wgwindows.New(), nil }
