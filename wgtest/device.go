package wgtest

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A Device is a device that a test has created. It is removed at the end of the
// test.
type Device struct {
	// Name is the name of the device, in its namespace or socket directory.
	Name string
	// Kind is wgtypes.KindKernel or wgtypes.KindUserspace.
	Kind wgtypes.Kind

	options []wgctrl.Option
	netNS   *Namespace // of a kernel device
	// Of a userspace device; nil and "" for a kernel device.
	uapi       uapi.Device
	socketPath string
}

// UserspaceDevice returns a Device for a daemon that the caller started. name is
// the device's name and socketPath the path of its socket, in a directory with
// no other sockets ("" on Windows, where daemons have pipes with fixed names).
// dev is the device itself if it runs in this process, and nil otherwise. Clients
// of the Device have no reply timeout, since busy machines are slow; a later
// [wgctrl.WithReplyTimeout] sets one.
func UserspaceDevice(name, socketPath string, dev uapi.Device) *Device {
	return &Device{Name: name, Kind: wgtypes.KindUserspace, uapi: dev, socketPath: socketPath, options: []wgctrl.Option{
		wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(filepath.Dir(socketPath)),
		wgctrl.WithReplyTimeout(-1),
	}}
}

// Options returns the options of a Client that sees only this device. (On Windows,
// where all daemons have their pipes in one place, it also sees other daemons.)
func (d *Device) Options() []wgctrl.Option { return slices.Clone(d.options) }

// Client returns a Client with Options and then opts. The end of the test closes
// it.
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

// NetNS returns the namespace of a kernel device. It is nil for a userspace device.
func (d *Device) NetNS() *Namespace { return d.netNS }

// UAPI returns the userspace device itself, to use it without its socket or to pass
// it to [wgctrl.WithDevice]. It is nil for a kernel device.
func (d *Device) UAPI() uapi.Device { return d.uapi }

// SocketPath returns the path of a userspace device's socket. It is "" for a
// kernel device, and on Windows.
func (d *Device) SocketPath() string { return d.socketPath }

// SocketDir returns the directory of SocketPath, which has no other files. It is ""
// if SocketPath is "".
func (d *Device) SocketDir() string {
	if d.SocketPath() == "" {
		return ""
	}
	return filepath.Dir(d.SocketPath())
}
