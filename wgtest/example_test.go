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
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// addPeer stands for what a program does.
func addPeer(ctx context.Context, c *wgctrl.Client, device string, key wgtypes.PublicKey) error {
	return c.ConfigureDevice(ctx, device, wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: key}}})
}

// A real device, for a test of a program's function that adds a peer.
func ExampleUserspaceOffline() {
	runTest(func(t testing.TB) {
		d := wgtest.UserspaceOffline(t)
		c := d.Client(t)
		if err := addPeer(t.Context(), c, d.Name, wgtypes.PublicKey{1}); err != nil {
			t.Fatal(err)
		}
		state, err := c.Device(t.Context(), d.Name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(len(state.Peers), "peer on a device of kind", state.Kind)
	})
	// Output: 1 peer on a device of kind userspace
}

// Two devices between which packets go.
func ExampleUserspaceTunnel() {
	runTest(func(t testing.TB) {
		a, b := wgtest.UserspaceTunnel(t)
		if err := a.Send(t.Context(), []byte("hello")); err != nil {
			t.Fatal(err)
		}
		payload, err := b.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%s from %v\n", payload, a.Addr)
		// And whenever it is of interest whether packets still go through:
		if _, err := wgtest.RoundTrip(t.Context(), a, b); err != nil {
			t.Fatal(err)
		}
	})
	// Output: hello from 10.0.0.1
}

// A device of the kernel, in a namespace of its own. The test skips where there
// can be none.
func ExampleKernel() {
	_ = func(t *testing.T) {
		d := wgtest.Kernel(t)
		if err := addPeer(t.Context(), d.Client(t), d.Name, wgtypes.PublicKey{1}); err != nil {
			t.Fatal(err)
		}
		d.NetNS().Do(t, func() {
			// What is run here sees the device, with ip(8) for example.
		})
	}
}

// What a program makes of a daemon that refuses its second change, and of one
// that hangs.
func ExampleNewFake() {
	runTest(func(t testing.TB) {
		f := wgtest.NewFake(t, nil)
		c := f.Client(t)
		f.OnSet(2, wgtest.Fail(syscall.ENOSPC))
		for i := range byte(3) {
			err := addPeer(t.Context(), c, f.Name, wgtypes.PublicKey{i})
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
