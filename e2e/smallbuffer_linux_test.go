package e2e_test

import (
	"os"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestSmallSocketBuffers has a machine that gives sockets the least memory that
// a kernel allows: messages are made smaller until they fit, and nothing is lost
// in reading.
//
// Not in parallel: it changes every new socket of the machine. So it runs only
// where the environment says that the machine is there for that.
func TestSmallSocketBuffers(t *testing.T) {
	if os.Getenv("WGTEST_MODULE") != "1" {
		t.Skip("this changes the buffers of all sockets of the machine: WGTEST_MODULE=1 allows it")
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
	s.configure(t, peers(list...)) // a peer of many messages
	if got := s.read(t); len(got.Peers[len(got.Peers)-1].AllowedIPs) != len(list[0].AllowedIPs) {
		t.Errorf("%d allowed IPs", len(got.Peers[len(got.Peers)-1].AllowedIPs))
	}
}
