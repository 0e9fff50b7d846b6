package wgtest

import (
	"io"
	"os"
	"runtime"
	"testing"

	"golang.zx2c4.com/wireguard/conn"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/userdev"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Userspace starts a wireguard-go device in this process, without privilege,
// with its socket in a private temporary directory. It is up and has an unused
// UDP port of the system, so that two such devices can be each other's peers
// over the loopback interface. A firewall mark needs root, as on any device.
//
// It skips the test where wireguard-go does not build (NetBSD), and where only
// administrators may make its pipe (Windows).
func Userspace(t testing.TB) *Device {
	t.Helper()
	return newUserspace(t, "wg0", nil).Device
}

// UserspaceOffline is Userspace without a network, for tests of configuration:
// the device opens no UDP port and what it sends is lost. So every listen port
// is free, and every firewall mark allowed.
func UserspaceOffline(t testing.TB) *Device {
	t.Helper()
	return newUserspace(t, "wg0", userdev.Offline()).Device
}

// userspace is a userspace device, and the way into its interface.
type userspace struct {
	*Device
	dev *userdev.Device
}

func newUserspace(t testing.TB, name string, bind conn.Bind) userspace {
	t.Helper()
	if !userdev.Supported {
		t.Skipf("wgtest: wireguard-go does not run on %s", runtime.GOOS)
	}
	dir := socketDir(t)
	dev, err := userdev.New(userdev.Options{Name: name, Dir: dir, Bind: bind})
	closeAtEnd(t, dev, err)
	return userspace{behindSocket(name, dir, dev.SocketPath(), dev), dev}
}

// closeAtEnd closes what has a socket, if it could be made. It skips the test
// where the system has not let it be made.
func closeAtEnd(t testing.TB, c io.Closer, err error) {
	t.Helper()
	if err != nil && runtime.GOOS == "windows" {
		t.Skipf("wgtest: %v", err)
	}
	if err != nil {
		t.Fatalf("wgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("wgtest: %v", err)
		}
	})
}

// behindSocket is a device with a socket in a directory where nothing else is.
func behindSocket(name, dir, path string, dev uapi.Device) *Device {
	return &Device{Name: name, Kind: wgtypes.KindUserspace, uapi: dev, socketPath: path, options: []wgctrl.Option{
		wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(dir),
	}}
}

// socketDir is not t.TempDir, whose path has the test's name in it and is soon
// too long for a socket.
func socketDir(t testing.TB) string {
	t.Helper()
	dir, err := userdev.TempDir()
	if err != nil {
		t.Fatalf("wgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("wgtest: %v", err)
		}
	})
	return dir
}
