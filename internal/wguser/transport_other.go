//go:build !unix && !windows

package wguser

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"runtime"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// This system has no sockets of daemons, only devices of this process.

const (
	suffix  = ".sock"
	maxName = wginternal.MaxNameAny
)

// names returns nothing.
func (transport) names(string) ([]string, error) { return nil, nil }

// stat returns an error that wraps errors.ErrUnsupported, which Open returns.
func (transport) stat(string) (fs.FileInfo, error) { return nil, errNoSockets() }

// answers returns false.
func (transport) answers(context.Context, string) bool { return false }

// dial and trust are not called, since stat fails.
func (transport) dial(context.Context, string) (net.Conn, error) { return nil, errNoSockets() }
func (transport) trust(net.Conn, string) error                   { return errNoSockets() }

func busy(error) bool { return false }

func errNoSockets() error {
	return wginternal.Tag(errors.ErrUnsupported, fmt.Errorf("userspace devices are not supported on %s", runtime.GOOS))
}

// isMissing returns true: this system has no sockets of devices.
func isMissing(string) bool { return true }
