package wgtest

import (
	"os"
	"runtime"
	"testing"

	"golang.zx2c4.com/wireguard/conn"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/userdev"
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
	return userspace(t, nil)
}

// UserspaceOffline is Userspace without a network, for tests of configuration:
// the device opens no UDP port and what it sends is lost. So every listen port
// is free, and every firewall mark allowed.
func UserspaceOffline(t testing.TB) *Device {
	t.Helper()
	return userspace(t, userdev.Offline())
}

func userspace(t testing.TB, bind conn.Bind) *Device {
	t.Helper()
	if !userdev.Supported {
		t.Skipf("wgtest: wireguard-go does not run on %s", runtime.GOOS)
	}
	o := userdev.Options{Name: "wg0", Dir: socketDir(t), Bind: bind}
	dev, err := userdev.New(o)
	if err != nil && runtime.GOOS == "windows" {
		t.Skipf("wgtest: %v", err)
	}
	if err != nil {
		t.Fatalf("wgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Errorf("wgtest: %v", err)
		}
	})
	return &Device{Name: o.Name, Kind: wgtypes.KindUserspace, user: dev, options: []wgctrl.Option{
		wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(o.Dir),
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
