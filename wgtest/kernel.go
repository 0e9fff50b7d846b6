package wgtest

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Kernel makes a device of the Linux kernel in a new network namespace, in
// which there is nothing else but a loopback interface. It is up.
//
// Where there is no such device to be had (another system, no privilege, no
// module) it skips the test with the reason, and fails it with WGTEST_KERNEL=1
// in the environment.
func Kernel(t testing.TB) *Device {
	t.Helper()
	ns := NetNS(t)
	d := &Device{Name: "wg0", Kind: wgtypes.KindKernel, netNS: ns, options: []wgctrl.Option{
		wgctrl.WithBackends(wgtypes.KindKernel), wgctrl.WithNetNS(ns.FD()),
	}}
	create(t, d, d.Name, wgctrl.LinkOptions{Up: true})
	return d
}

// create makes a kernel device where d's Client sees devices.
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

// unavailable skips a test that needs what the machine does not have, unless
// the machine was meant to have it.
func unavailable(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("WGTEST_KERNEL") == "1" {
		t.Fatalf("wgtest: WGTEST_KERNEL=1, but %s", reason)
	}
	t.Skipf("wgtest: %s", reason)
}
