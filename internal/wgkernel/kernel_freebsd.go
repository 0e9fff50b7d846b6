package wgkernel

import (
	"github.com/wgctrl/wgctrl/internal/wgfreebsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// Supported reports whether New has a backend for this system.
const Supported = true

func newBackend() (wginternal.Backend, error) { return wgfreebsd.New(), nil }
