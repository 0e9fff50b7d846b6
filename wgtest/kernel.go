package wgtest

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Kernel creates a Linux kernel device in a new network namespace, which otherwise
// has only a loopback interface. The device is up.
//
// If that is impossible (another system, no privileges, no kernel module), it skips
// the test, or fails it with WGTEST_KERNEL=1 in the environment.
func Kernel(t testing.TB) *Device {
	t.Helper()
	ns := NetNS(t)
	d := &Device{Name: "wg0", Kind: wgtypes.KindKernel, netNS: ns, options: []wgctrl.Option{
		wgctrl.WithBackends(wgtypes.KindKernel), wgctrl.WithNetNS(ns.FD()),
	}}
	create(t, d, d.Name, wgctrl.LinkOptions{Up: true})
	return d
}

// create creates a kernel device in the namespace of d.
func create(t testing.TB, d *Device, name string, o wgctrl.LinkOptions) {
	t.Helper()
	err := d.Client(t).CreateDevice(t.Context(), name, o)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		unavailable(t, err.Error())
	}
	if err != nil {
		t.Fatalf("wgtest: %v", err)
	}
}

// unavailable skips a test that this machine cannot run. With WGTEST_KERNEL=1 it
// fails the test.
func unavailable(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("WGTEST_KERNEL") == "1" {
		t.Fatalf("wgtest: WGTEST_KERNEL=1, but %s", reason)
	}
	t.Skipf("wgtest: %s", reason)
}
