//go:build !linux

package wgkernel

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// AmneziaSupported reports whether New has a backend for KindAmneziaKernel.
const AmneziaSupported = false

// Check returns errors.ErrUnsupported if c has a setting.
func Check(c Config) error {
	switch {
	case c.NetNS >= 0:
		return unsupported("network namespaces")
	case c.Family != "":
		return unsupported("generic netlink families")
	case c.Kind == wgtypes.KindAmneziaKernel:
		return unsupported("kernel devices of AmneziaWG")
	}
	return nil
}

// New returns the backend of the kernel devices. It opens no connection. The error
// wraps errors.ErrUnsupported.
func New(c Config) (wginternal.Backend, error) {
	if err := Check(c); err != nil {
		return nil, err
	}
	return newBackend()
}

func unsupported(what string) error {
	return wginternal.Tag(errors.ErrUnsupported, fmt.Errorf("%s are not supported on %s", what, runtime.GOOS))
}
