//go:build linux || darwin || freebsd || openbsd

package wireguardgo

import (
	"net"
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

// TestCloseWaitsForConnections checks that no connection is served after Close.
func TestCloseWaitsForConnections(t *testing.T) {
	t.Parallel()
	dir, err := testutil.TempSocketDir()
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(dir)
	for range 20 {
		d, err := New(Options{Name: "wg0", Dir: dir, Bind: Offline()})
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			c, err := net.Dial("unix", d.SocketPath())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
		}
		if err := d.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
		select {
		case <-d.served:
		default:
			t.Error("Close() returned while connections were served, want it to wait")
		}
	}
}
