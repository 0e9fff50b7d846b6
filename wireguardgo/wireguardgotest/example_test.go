//go:build linux || darwin || freebsd || openbsd

package wireguardgotest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// addPeer is the function under test.
func addPeer(ctx context.Context, c *wgctrl.Client, device string, key wgtypes.PublicKey) error {
	return c.ConfigureDevice(ctx, device, wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: key}}})
}

// A test of a function that adds a peer, with a real device.
func ExampleOfflineDevice() {
	testutil.RunExample(func(t testing.TB) {
		d := wireguardgotest.OfflineDevice(t)
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

// A device that uses the network of the machine.
func ExampleDevice() {
	testutil.RunExample(func(t testing.TB) {
		d := wireguardgotest.Device(t)
		state, err := d.Client(t).Device(t.Context(), d.Name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(state.Kind, len(state.Peers))
	})
	// Output: userspace 0
}

// Two devices that exchange packets.
func ExampleTunnel() {
	testutil.RunExample(func(t testing.TB) {
		a, b := wireguardgotest.Tunnel(t)
		if err := a.Send(t.Context(), []byte("hello")); err != nil {
			t.Fatal(err)
		}
		payload, err := b.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("%s from %v\n", payload, a.Addr)
		// RoundTrip checks that packets arrive in both directions.
		if _, err := wgtest.RoundTrip(t.Context(), a, b); err != nil {
			t.Fatal(err)
		}
	})
	// Output: hello from 10.0.0.1
}
