package wgkernel

import (
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux"
)

// Supported reports whether New has a backend for this system.
const Supported = true

// AmneziaSupported reports whether New has a backend for KindAmneziaKernel.
const AmneziaSupported = true

// Check returns nil: Linux has all settings.
func Check(Config) error { return nil }

// New returns the backend of the kernel devices. It opens no connection.
func New(c Config) (wginternal.Backend, error) {
	return wglinux.New(wglinux.Config{NetNS: c.NetNS, Family: c.Family, Kind: c.Kind})
}
