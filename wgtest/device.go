package wgtest

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A Device is a device that a test made and that ends with it.
type Device struct {
	// Name is what the device is called in its own place.
	Name string
	// Kind is wgtypes.KindKernel or wgtypes.KindUserspace.
	Kind wgtypes.Kind

	options []wgctrl.Option
	netNS   *Namespace // of a kernel device
	// Of the others, and nil and "" for a kernel device.
	uapi       uapi.Device
	socketPath string
}

// UserspaceDevice returns a Device for a daemon that the caller started. name is
// the device's name and socketPath the path of its socket, in a directory with
// no other sockets ("" on Windows, where daemons have pipes with fixed names).
// dev is the device itself if it runs in this process, and nil otherwise.
func UserspaceDevice(name, socketPath string, dev uapi.Device) *Device {
	return &Device{Name: name, Kind: wgtypes.KindUserspace, uapi: dev, socketPath: socketPath, options: []wgctrl.Option{
		wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(filepath.Dir(socketPath)),
	}}
}

// Options make a Client see the device and nothing else of the machine. (On
// Windows, whose pipes are all in one place, it sees the other daemons too.)
func (d *Device) Options() []wgctrl.Option { return slices.Clone(d.options) }

// Client returns a Client with Options and then opts, which the end of the test
// closes.
func (d *Device) Client(t testing.TB, opts ...wgctrl.Option) *wgctrl.Client {
	t.Helper()
	c, err := wgctrl.New(append(d.Options(), opts...)...)
	if err != nil {
		t.Fatalf("wgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("wgtest: close the client: %v", err)
		}
	})
	return c
}

// NetNS returns the namespace of a kernel device, and nil for another one.
func (d *Device) NetNS() *Namespace { return d.netNS }

// UAPI returns the device behind a userspace device's socket, to reach it
// without the socket or to give it to wgctrl.WithDevice. It is nil for a kernel
// device.
func (d *Device) UAPI() uapi.Device { return d.uapi }

// SocketPath returns the path of a userspace device's socket. It is "" for a
// kernel device, and on Windows.
func (d *Device) SocketPath() string { return d.socketPath }

// SocketDir returns the directory of SocketPath, in which nothing else is.
func (d *Device) SocketDir() string {
	if d.SocketPath() == "" {
		return ""
	}
	return filepath.Dir(d.SocketPath())
}
