//go:build !linux

package quick

import (
	"errors"

	"github.com/wgctrl/wgctrl"
)

// newSystem is not available on this system.
func newSystem(*wgctrl.Client, *Tunnel, *Options) (*system, func(), error) {
	return nil, nil, errors.ErrUnsupported
}
