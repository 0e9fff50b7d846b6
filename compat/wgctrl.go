// Package wgctrl is the API of wgctrl-go over the library
// github.com/wgctrl/wgctrl, so that a program moves to that library with one
// line of its go.mod:
//
//	replace golang.zx2c4.com/wireguard/wgctrl => github.com/wgctrl/wgctrl/compat VERSION
//
// It knows how the values and errors of the one become those of the other, and
// nothing else. Where it does not do what wgctrl-go did is listed, to the last,
// in docs/migration.md of the library.
package wgctrl

import (
	"context"
	"os"
	"runtime"

	lib "github.com/wgctrl/wgctrl"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// A Client reads and changes the WireGuard devices of the system. Its methods may
// be called from several goroutines at once. The old API has no context; a call to
// a daemon that makes no progress for 5 seconds fails.
type Client struct{ lib *lib.Client }

// New returns a Client. It opens nothing and needs no privilege. On Linux the
// kernel devices are those in the network namespace of the calling thread.
func New() (*Client, error) {
	var opts []lib.Option
	if runtime.GOOS != "windows" {
		// Daemons that run as another user got their keys from the old API.
		// Windows, where it looked at the owner, goes on doing so.
		opts = append(opts, lib.WithUntrustedSockets())
	}
	return newClient(opts...)
}

func newClient(opts ...lib.Option) (*Client, error) {
	c, err := lib.New(opts...)
	if err != nil {
		return nil, err
	}
	return &Client{c}, nil
}

// Close ends what is in flight and frees what the Client holds. Later calls
// return a net.ErrClosed; a second Close does nothing.
func (c *Client) Close() error {
	if c.lib == nil {
		return nil
	}
	return c.lib.Close()
}

// Devices reads all devices, those of the kernel first.
//
// It returns what it could read beside an error, which is the first of them
// and of the kinds that Device returns. A device that vanished meanwhile is
// left out.
func (c *Client) Devices() ([]*wgtypes.Device, error) {
	if c.lib == nil {
		return nil, nil
	}
	found, err := c.lib.Devices(context.Background())
	var devices []*wgtypes.Device
	for _, d := range found {
		devices = append(devices, oldDevice(d))
	}
	return devices, oldError(first(err))
}

// Device reads the device of that name.
//
// The error is os.ErrNotExist itself when there is no such device, be it that
// the name is of another kind of interface or can be none's; a syscall.Errno
// when the kernel refused, EPERM among them, so that errors.Is knows it for
// os.ErrPermission; and an *os.SyscallError that wraps a syscall.Errno when a
// userspace device did.
func (c *Client) Device(name string) (*wgtypes.Device, error) {
	if c.lib == nil {
		return nil, os.ErrNotExist
	}
	d, err := c.lib.Device(context.Background(), name)
	if err != nil {
		return nil, oldError(err)
	}
	return oldDevice(d), nil
}

// ConfigureDevice changes the device of that name. What cfg leaves nil stays
// as it is.
//
// The error is what Device's may be, or an fs.ErrInvalid for a cfg that no
// device could apply; then nothing was sent.
func (c *Client) ConfigureDevice(name string, cfg wgtypes.Config) error {
	if c.lib == nil {
		return os.ErrNotExist
	}
	config, err := newConfig(cfg)
	if err != nil {
		return &lib.OpError{Op: "configure", Device: name, Err: err}
	}
	return oldError(c.lib.ConfigureDevice(context.Background(), name, config))
}
