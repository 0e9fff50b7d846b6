//go:build linux || darwin || freebsd || openbsd

package wgtest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
	o := wgtest.GenOptions{MaxPeers: 10, Collisions: 0.5}
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
