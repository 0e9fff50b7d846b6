// Package wireguardgotest starts wireguard-go devices for tests. They end with
// the test. Only tests import it, since it imports package testing.
package wireguardgotest

import (
	"io"
	"runtime"
	"testing"

	"golang.zx2c4.com/wireguard/conn"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// Device starts a wireguard-go device in this process, without privilege, with
// its socket in a private temporary directory. The device is up and listens on
// an unused UDP port, so that two of them can be peers over the loopback
// interface. Setting a firewall mark needs root, as on any device.
//
// It skips the test where wireguard-go does not build (NetBSD) and where only
// administrators may create the device's pipe (Windows).
func Device(t testing.TB) *wgtest.Device {
	t.Helper()
	d, _ := newDevice(t, "wg0", nil)
	return d
}

// OfflineDevice is Device without a network, for tests of configuration: the
// device opens no UDP port and drops what it sends, so every listen port is free
// and every firewall mark is allowed.
func OfflineDevice(t testing.TB) *wgtest.Device {
	t.Helper()
	d, _ := newDevice(t, "wg0", wireguardgo.Offline())
	return d
}

func newDevice(t testing.TB, name string, bind conn.Bind) (*wgtest.Device, *wireguardgo.Device) {
	t.Helper()
	if !wireguardgo.Supported {
		t.Skipf("wireguardgotest: wireguard-go does not run on %s", runtime.GOOS)
	}
	dir := wgtest.SocketDir(t)
	dev, err := wireguardgo.New(wireguardgo.Options{Name: name, Dir: dir, Bind: bind})
	closeAtEnd(t, dev, err)
	return wgtest.UserspaceDevice(name, dev.SocketPath(), dev), dev
}

// closeAtEnd closes what has a socket, if it could be made. It skips the test
// where the system has not let it be made.
func closeAtEnd(t testing.TB, c io.Closer, err error) {
	t.Helper()
	if err != nil && runtime.GOOS == "windows" {
		t.Skipf("wireguardgotest: %v", err)
	}
	if err != nil {
		t.Fatalf("wireguardgotest: %v", err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("wireguardgotest: %v", err)
		}
	})
}
