// Package wireguardgotest starts wireguard-go devices for tests. A device is closed
// at the end of its test. Only tests import the package, since it imports package
// testing.
package wireguardgotest

import (
	"io"
	"runtime"
	"testing"

	"golang.zx2c4.com/wireguard/conn"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// Device starts a wireguard-go device in this process, with its socket in a private
// temporary directory. It needs no privileges, but setting a firewall mark does, as
// on any device. The device is up and listens on an unused UDP port, so that two
// devices can be peers over the loopback interface.
//
// It skips the test where wireguard-go does not build (such as NetBSD) and where only
// administrators may create the device's pipe (Windows).
func Device(t testing.TB) *wgtest.Device {
	t.Helper()
	d, _ := newDevice(t, "wg0", nil)
	return d
}

// OfflineDevice is like Device, but without a network, for tests of configuration.
// The device opens no UDP port and drops all packets, so that every listen port is
// free and every firewall mark is allowed.
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

// closeAtEnd closes c at the end of the test. If creating c has failed with err, it
// fails the test, or skips it on Windows.
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
