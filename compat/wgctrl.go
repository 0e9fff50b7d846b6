// Package wgctrl implements the API of wgctrl-go with the library
// github.com/wgctrl/wgctrl. A program moves to that library with one line in its
// go.mod:
//
//	replace golang.zx2c4.com/wireguard/wgctrl => github.com/wgctrl/wgctrl/compat VERSION
//
// It only converts values and errors. docs/migration.md of the library lists all
// differences from wgctrl-go.
package wgctrl

import (
	"context"
	"os"
	"runtime"

	lib "github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)

// A Client reads and changes the WireGuard devices of the system. Its methods are
// safe for concurrent use. They have no context; a call to a daemon that makes no
// progress for 5 seconds fails.
type Client struct{ lib *lib.Client }

// New returns a Client. It opens no connection and needs no privilege. On Linux the
// kernel devices are those in the network namespace of the calling thread. The error
// is always nil.
func New() (*Client, error) { return newClient(options()...) }

// options returns the options with which the library behaves like wgctrl-go.
func options() []lib.Option {
	// Naming the directory and the family excludes the devices of AmneziaWG, which
	// wgctrl-go does not find.
	opts := []lib.Option{lib.WithZeroPublicKeys(), lib.WithSocketDirs(uapinet.SocketDir)}
	if runtime.GOOS == "linux" {
		opts = append(opts, lib.WithFamily("wireguard"))
	}
	if runtime.GOOS != "windows" {
		// wgctrl-go sends keys to daemons that run as another user. On Windows it
		// checks the owner, and so does this package.
		opts = append(opts, lib.WithUntrustedSockets())
	}
	return opts
}

func newClient(opts ...lib.Option) (*Client, error) {
	c, err := lib.New(opts...)
	if err != nil {
		return nil, err
	}
	return &Client{c}, nil
}

// Close interrupts calls in progress, except ioctls of the BSDs and Windows, and
// releases all resources. Later calls return an error wrapping net.ErrClosed; a second
// Close does nothing.
func (c *Client) Close() error {
	if c.lib == nil {
		return nil
	}
	return c.lib.Close()
}

// Devices reads all devices, kernel devices first.
//
// If some devices cannot be read, it returns the others and the first error, which
// is one of those that Device returns. It omits devices that disappear meanwhile.
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

// Device reads the device with the given name.
//
// It returns os.ErrNotExist itself if the device does not exist, if the name
// belongs to another kind of interface, or if the name is invalid. It returns a
// syscall.Errno if the kernel reports an error, such as EPERM, which
// errors.Is(err, os.ErrPermission) detects; and an *os.SyscallError that wraps a
// syscall.Errno if a userspace device reports an error.
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

// ConfigureDevice changes the device with the given name. Fields of cfg that are nil
// stay unchanged.
//
// It returns the errors of Device, or an error wrapping fs.ErrInvalid if cfg is
// invalid. In that case it has changed nothing.
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
