package e2e_test

import (
	"os"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestSmallSocketBuffers sets the default size of socket buffers to the smallest
// that the kernel allows. The library makes messages smaller until they fit, and
// reads devices completely.
//
// It is not parallel, since it changes every new socket of the machine, and runs
// only with WGTEST_MODULE=1.
func TestSmallSocketBuffers(t *testing.T) {
	if os.Getenv("WGTEST_MODULE") != "1" {
		t.Skip("changes the buffers of all new sockets of the machine; set WGTEST_MODULE=1 to run it")
	}
	d := wgtest.Kernel(t)
	for _, name := range []string{"/proc/sys/net/core/wmem_default", "/proc/sys/net/core/rmem_default"} {
		usual, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		const least = "4608" // SOCK_MIN_SNDBUF, rounded up
		if err := os.WriteFile(name, []byte(least), 0); err != nil {
			t.Fatal(err)
		}
		defer os.WriteFile(name, usual, 0)
	}
	s := subject{newClient(t, append(d.Options(), wgctrl.WithBackends(wgtypes.KindKernel))...), d.Name}
	s.mustBecome(t, largeDevice(1200))
	list := manyPeers(1, 3000)
	s.configure(t, peers(list...)) // one peer that takes many messages
	if got := s.read(t); len(got.Peers[len(got.Peers)-1].AllowedIPs) != len(list[0].AllowedIPs) {
		t.Errorf("the last peer has %d allowed IPs, want %d", len(got.Peers[len(got.Peers)-1].AllowedIPs), len(list[0].AllowedIPs))
	}
}
