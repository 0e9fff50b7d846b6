package wgtest_test

import (
	"testing"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A test of a program's own function that adds a peer, on a real device.
func ExampleUserspaceOffline() {
	_ = func(t *testing.T) {
		d := wgtest.UserspaceOffline(t)
		c := d.Client(t)
		peer := wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{1}}
		if err := c.ConfigureDevice(t.Context(), d.Name, wgtypes.Config{Peers: []wgtypes.PeerConfig{peer}}); err != nil {
			t.Fatal(err)
		}
		state, err := c.Device(t.Context(), d.Name)
		if err != nil || len(state.Peers) != 1 {
			t.Errorf("%d peers, %v", len(state.Peers), err)
		}
	}
}
