//go:build linux || darwin || freebsd || openbsd

package e2e_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// TestWatchSockets checks that Watch reports daemons that start and end without
// polling, in a directory that did not exist at first.
func TestWatchSockets(t *testing.T) {
	t.Parallel()
	root := wgtest.SocketDir(t)
	dir := filepath.Join(root, "run", "wg")
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	v := view(t, c, wgctrl.WatchOptions{Interval: never})
	v.sees("ready")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	start := func(name string) *wireguardgo.Device {
		t.Helper()
		d, err := wireguardgo.New(wireguardgo.Options{Name: name, Dir: dir, Bind: wireguardgo.Offline()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d
	}
	for range 3 {
		d := start("wg0")
		v.sees("device-added wg0")
		other := start("wg1")
		v.sees("device-added wg1")
		d.Close()
		v.sees("device-removed wg0")
		other.Close()
		if runtime.GOOS != "linux" {
			return // other systems do not report the last one
		}
		v.sees("device-removed wg1")
	}
}

// TestWatchDaemon kills a daemon, which leaves its socket behind, starts it again,
// and stops it. Watch reports the changes of another device the whole time.
func TestWatchDaemon(t *testing.T) {
	t.Parallel()
	p := daemonProcess(t)
	d := wireguardgotest.OfflineDevice(t)
	c := d.Client(t, wgctrl.WithReplyTimeout(0), wgctrl.WithBackends(wgtypes.KindUserspace, wgtypes.KindInProcess),
		wgctrl.WithSocketDirs(p.dir), wgctrl.WithDevice("here", d.UAPI()))
	v := view(t, c, wgctrl.WatchOptions{Interval: often})
	v.awaits("ready")
	p.configure(t, wgtypes.Config{FirewallMark: new(uint32(7))})
	v.sees("device-changed[firewall_mark]")

	p.kill()
	v.sees("device-removed wg0")
	p.start(t)
	e := v.sees("device-added wg0")
	if e.NewDevice.FirewallMark != 0 {
		t.Errorf("Watch yields %+v, want the new device, without a mark", e)
	}

	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		if err := c.ConfigureDevice(t.Context(), "here", wgtypes.Config{FirewallMark: new(uint32(i + 1))}); err != nil {
			t.Fatal(err)
		}
		v.sees("device-changed[firewall_mark]")
	}
	// The reply timeout is five seconds.
	e = v.sees("unreadable wg0")
	if !errors.Is(e.Err, os.ErrDeadlineExceeded) {
		t.Errorf("Watch yields %+v, want error wrapping os.ErrDeadlineExceeded", e)
	}
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	v.sees("readable wg0")
	p.kill()
	v.sees("device-removed wg0")
}

// TestWatchHungEnds checks that a loop over Watch can end while a daemon hangs.
func TestWatchHungEnds(t *testing.T) {
	t.Parallel()
	p := daemonProcess(t)
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	d := wireguardgotest.OfflineDevice(t)
	c := d.Client(t, wgctrl.WithBackends(wgtypes.KindUserspace, wgtypes.KindInProcess),
		wgctrl.WithSocketDirs(p.dir), wgctrl.WithDevice("here", d.UAPI()))
	for e, err := range c.Watch(t.Context(), wgctrl.WatchOptions{Interval: never}) {
		if err != nil || e.Device.Name != "here" {
			t.Errorf("Watch yields %+v, %v, want the device %q", e, err, "here")
		}
		break
	}
}
