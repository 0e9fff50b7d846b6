//go:build !linux

package wgkernel

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// Supported reports whether New has a backend for this system.
const Supported = false

// New returns errors.ErrUnsupported.
func New(Config) (wginternal.Backend, error) {
	return nil, wginternal.Tag(errors.ErrUnsupported, fmt.Errorf("kernel devices are not supported on %s", runtime.GOOS))
}
