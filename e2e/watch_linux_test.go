package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// TestWatchLinks checks that Watch reports links that are added, removed, renamed
// and moved to another namespace without polling.
func TestWatchLinks(t *testing.T) {
	t.Parallel()
	d, there := wgtest.Kernel(t), wgtest.NetNS(t)
	c, other := d.Client(t), newClient(t, wgctrl.WithNetNS(there.FD()), wgctrl.WithBackends(wgtypes.KindKernel))
	v, w := view(t, c, wgctrl.WatchOptions{Interval: never}), view(t, other, wgctrl.WatchOptions{Interval: never})
	v.sees("device-added wg0", "ready")
	w.sees("ready")
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(c.CreateDevice(t.Context(), "wg1", wgctrl.LinkOptions{}))
	index := v.sees("device-added wg1").Device.Index
	in(t, d.NetNS(), "ip", "link", "set", "wg1", "name", "new1")
	e := v.sees("device-renamed[name]")
	if e.OldDevice.Name != "wg1" || e.Device != (wgtypes.DeviceRef{Name: "new1", Kind: wgtypes.KindKernel, Index: index}) {
		t.Errorf("Watch yields %+v, want the device wg1 with index %d to become new1", e, index)
	}
	dummies := newClient(t, wgctrl.WithNetNS(d.NetNS().FD()), wgctrl.WithFamily("dummy"))
	do(dummies.CreateDevice(t.Context(), "dummy7", wgctrl.LinkOptions{}))

	in(t, d.NetNS(), "ip", "link", "set", "new1", "netns", inhabitant(t, there))
	v.sees("device-removed new1")
	w.sees("device-added new1")
	in(t, there, "ip", "link", "set", "new1", "netns", inhabitant(t, d.NetNS()))
	w.sees("device-removed new1")
	v.sees("device-added new1")
	do(c.DeleteDevice(t.Context(), "wg0"))
	v.sees("device-removed wg0")
	do(c.DeleteDevice(t.Context(), "new1"))
	v.sees("device-removed new1")
}

// inhabitant starts a process in the namespace ns. ip(8) takes its process number
// as the name of the namespace.
func inhabitant(t *testing.T, ns *wgtest.Namespace) (pid string) {
	t.Helper()
	cat := exec.Command("cat")
	in, err := cat.StdinPipe()
	if err == nil {
		ns.Do(t, func() { err = cat.Start() })
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cat.Wait()
	})
	return strconv.Itoa(cat.Process.Pid)
}

// TestWatchBurst adds and removes many links while nobody reads events. Watch
// then reports the links that are left.
func TestWatchBurst(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	c := d.Client(t)
	v := view(t, c, wgctrl.WatchOptions{Interval: never})
	v.sees("device-added wg0", "ready")
	const n = 40
	for i := range n {
		name := fmt.Sprintf("wg%d", i+1)
		if err := c.CreateDevice(t.Context(), name, wgctrl.LinkOptions{}); err != nil {
			t.Fatal(err)
		}
		if i < n-1 {
			if err := c.DeleteDevice(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
	}
	v.sees(fmt.Sprintf("device-added wg%d", n))
}

// TestWatchBothKinds watches a kernel device and a userspace device that have the
// same name.
func TestWatchBothKinds(t *testing.T) {
	t.Parallel()
	d, user := wgtest.Kernel(t), wireguardgotest.OfflineDevice(t)
	c := newClient(t, wgctrl.WithNetNS(d.NetNS().FD()), wgctrl.WithSocketDirs(user.SocketDir()))
	v := view(t, c, wgctrl.WatchOptions{Interval: often})
	v.sees("device-added wg0", "device-added wg0", "ready")
	for _, s := range []subject{{d.Client(t), "wg0"}, {user.Client(t), "wg0"}} {
		s.configure(t, wgtypes.Config{FirewallMark: new(uint32(7))})
		if e := v.sees("device-changed[firewall_mark]"); e.Device.Kind != s.read(t).Kind {
			t.Errorf("Watch yields %+v, want an event of the device of kind %v", e, s.read(t).Kind)
		}
	}
}

// TestWatchKernelTraffic watches a handshake between kernel devices.
func TestWatchKernelTraffic(t *testing.T) {
	t.Parallel()
	d, there := wgtest.Kernel(t), wgtest.NetNS(t)
	c := d.Client(t)
	if err := c.CreateDevice(t.Context(), "wg1", wgctrl.LinkOptions{Up: true, NetNS: new(there.FD())}); err != nil {
		t.Fatal(err)
	}
	other := newClient(t, wgctrl.WithNetNS(there.FD()), wgctrl.WithBackends(wgtypes.KindKernel))
	a, b := newEnd(t, subject{c, d.Name}), newEnd(t, subject{other, "wg1"})
	a.configure(t, testutil.Peers(wgtypes.PeerConfig{PublicKey: b.key.PublicKey()}))
	v := view(t, c, wgctrl.WatchOptions{Interval: often})
	v.awaits("ready")
	connect(t, a, b)
	v.awaits("handshake[last_handshake]")
	v.sees("connected")
	v.awaits("transfer[receive_bytes transmit_bytes]")
}

// TestWatchModuleReload removes the kernel module and loads it again during a
// Watch. It is not parallel, for the reason of TestModuleReload.
func TestWatchModuleReload(t *testing.T) {
	if os.Getenv("WGTEST_MODULE") != "1" {
		t.Skip("removes every kernel device of the machine; set WGTEST_MODULE=1 to run it")
	}
	ns := wgtest.NetNS(t)
	c := newClient(t, wgctrl.WithNetNS(ns.FD()), wgctrl.WithBackends(wgtypes.KindKernel))
	v := view(t, c, wgctrl.WatchOptions{Interval: often})
	v.sees("ready")
	for i := range 3 {
		in(t, ns, "rmmod", "wireguard")
		if i > 0 {
			v.sees("device-removed wg0")
		}
		if err := c.CreateDevice(t.Context(), "wg0", wgctrl.LinkOptions{}); err != nil {
			t.Fatal(err)
		}
		v.sees("device-added wg0")
		mark := uint32(i + 1)
		if err := c.ConfigureDevice(t.Context(), "wg0", wgtypes.Config{FirewallMark: &mark}); err != nil {
			t.Fatal(err)
		}
		v.sees("device-changed[firewall_mark]")
	}
}

// watchUnprivileged watches the kernel device wg0, which it may not read, and the
// userspace device user0.
func watchUnprivileged(ctx context.Context, c *wgctrl.Client) error {
	var got []string
	for e, err := range c.Watch(ctx, wgctrl.WatchOptions{Interval: never}) {
		if err != nil {
			return err
		}
		if e.Kind == wgtypes.EventUnreadable && !errors.Is(e.Err, fs.ErrPermission) {
			return e.Err
		}
		got = append(got, brief(e))
		if e.Kind == wgtypes.EventReady {
			break
		}
	}
	slices.Sort(got)
	if want := []string{"device-added user0", "device-added wg0", "ready", "unreadable wg0"}; !slices.Equal(got, want) {
		return fmt.Errorf("Watch: %q", got)
	}
	return nil
}
