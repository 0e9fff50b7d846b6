//go:build !(linux || darwin || freebsd || openbsd || windows)

package wireguardgo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
)

// Supported reports whether wireguard-go runs on this system.
const Supported = false

// Device is a wireguard-go device. This system has none.
type Device struct{}

// New returns an error wrapping errors.ErrUnsupported.
func New(o Options) (*Device, error) {
	return nil, fmt.Errorf("wireguardgo: wireguard-go does not run on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// Name returns "".
func (d *Device) Name() string { return "" }

// SocketPath returns "".
func (d *Device) SocketPath() string { return "" }

// IpcGetOperation fails.
func (d *Device) IpcGetOperation(w io.Writer) error { return errors.ErrUnsupported }

// IpcSetOperation fails.
func (d *Device) IpcSetOperation(r io.Reader) error { return errors.ErrUnsupported }

// Send fails.
func (d *Device) Send(ctx context.Context, packet []byte) error { return errors.ErrUnsupported }

// Receive fails.
func (d *Device) Receive(ctx context.Context) ([]byte, error) { return nil, errors.ErrUnsupported }

// Close does nothing.
func (d *Device) Close() error { return nil }
