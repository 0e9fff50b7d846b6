//go:build !linux

package quick

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/wgctrl/wgctrl"
)

// newSystem is not available on this system. FreeBSD, OpenBSD and macOS have a *bsd.
func newSystem(*wgctrl.Client, *Tunnel, *Options) (*system, func(), error) {
	return nil, nil, fmt.Errorf("%s has no wg-quick: %w", runtime.GOOS, errors.ErrUnsupported)
}
