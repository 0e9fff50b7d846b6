//go:build linux || darwin || freebsd || openbsd

package wgtest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// addPeer is the function under test.
func addPeer(ctx context.Context, c *wgctrl.Client, device string, key wgtypes.PublicKey) error {
	return c.ConfigureDevice(ctx, device, wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: key}}})
}

// A test with a kernel device in its own namespace. It is skipped where that is
// impossible.
func ExampleKernel() {
	_ = func(t *testing.T) {
		d := wgtest.Kernel(t)
		if err := addPeer(t.Context(), d.Client(t), d.Name, wgtypes.PublicKey{1}); err != nil {
			t.Fatal(err)
		}
		d.NetNS().Do(t, func() {
			// Commands that run here, such as ip(8), see the device.
		})
	}
}

// A test with two kernel devices that exchange packets, in namespaces of their own.
func ExampleKernelTunnel() {
	_ = func(t *testing.T) {
		a, b := wgtest.KernelTunnel(t)
		if _, err := wgtest.RoundTrip(t.Context(), a, b); err != nil {
			t.Fatal(err)
		}
	}
}

// A test of a program that creates kernel devices itself.
func ExampleNetNS() {
	_ = func(t *testing.T) {
		ns := wgtest.NetNS(t)
		c, err := wgctrl.New(wgctrl.WithNetNS(ns.FD()), wgctrl.WithBackends(wgtypes.KindKernel))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.CreateDevice(t.Context(), "wg0", wgctrl.LinkOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// A test with a daemon that refuses the second change, and then hangs.
func ExampleNewFake() {
	testutil.RunExample(func(t testing.TB) {
		f := wgtest.NewFake(t, nil)
		c := f.Client(t)
		f.OnSet(2, wgtest.Fail(syscall.ENOSPC))
		for i := range byte(3) {
			err := addPeer(t.Context(), c, f.Name, wgtypes.PublicKey{i + 1})
			fmt.Println(len(f.State().Peers), "peers, full:", errors.Is(err, syscall.ENOSPC))
		}

		f.OnGet(0, wgtest.Hang())
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := c.Device(ctx, f.Name)
		fmt.Println("in time:", !errors.Is(err, context.DeadlineExceeded))
	})
	// Output:
	// 1 peers, full: false
	// 1 peers, full: true
	// 2 peers, full: false
	// in time: false
}

func ExampleRandomConfig() {
	r := rand.New(rand.NewPCG(1, 2))
	o := wgtest.RandomOptions{MaxPeers: 10, Collisions: 0.5}
	have := wgtest.RandomDevice(r, o)
	change := wgtest.RandomConfig(r, have, o)
	fmt.Println(change.Validate())
	// Output: <nil>
}

func ExampleConfigOf() {
	d := &wgtypes.Device{Name: "wg0", ListenPort: 51820, Peers: []wgtypes.Peer{{PublicKey: wgtypes.PublicKey{1}}}}
	c := wgtest.ConfigOf(d)
	fmt.Println(*c.ListenPort, c.Peers[0].PublicKey)
	// Output: 51820 AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
}

// A test of a program that takes the directory of the sockets.
func ExampleSocketDir() {
	testutil.RunExample(func(t testing.TB) {
		dir := wgtest.SocketDir(t)
		c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindUserspace), wgctrl.WithSocketDirs(dir))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		devices, err := c.Devices(t.Context())
		fmt.Println(len(devices), err)
	})
	// Output: 0 <nil>
}

// A test that needs a tunnel between two devices that it has started itself.
func ExampleJoin() {
	_ = func(t *testing.T, a, b *wgtest.Device) {
		left := &wgtest.End{Device: a, Addr: netip.MustParseAddr("10.0.0.1")}
		right := &wgtest.End{Device: b, Addr: netip.MustParseAddr("10.0.0.2")}
		wgtest.Join(t, left, right)
	}
}
