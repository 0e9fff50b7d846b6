//go:build unix

package wguser

import (
	"bufio"
	"io"
	"net"
	"os"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestNothingIsLeft checks that a Backend keeps no connection and no other trace of
// operations that have ended, whether they have failed or not.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{"errno=0\n\n", "errno=22\n\n", "listen_port=1\nerrno=0\n\n", "listen_port=1\n", "garbage\n\n", ""} {
		dir, err := testutil.TempSocketDir()
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		stop, err := testutil.ServeSocket(dir, "wg0", func(c net.Conn) {
			if _, err := testutil.ReadRequest(bufio.NewReader(c)); err == nil {
				io.WriteString(c, reply)
			}
			c.Close()
		})
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		b := New(Config{Dirs: []string{dir}})
		for _, c := range []wgtypes.Config{
			{},
			{ListenPort: new(uint16(7))},
			{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}},
		} {
			d, err := b.Open(t.Context(), "wg0")
			if err != nil {
				t.Fatal(err)
			}
			_ = d.Configure(t.Context(), c, nil)
			if r, err := d.Read(t.Context()); err == nil {
				_, _ = r.Rest(nil)
				r.Close()
			}
			d.Close()
		}
		if n := len(b.life.open); n != 0 {
			t.Errorf("connections after operations with %q = %d, want 0", reply, n)
		}
		if n := len(b.finder.(*sockets).streams.paths); n != 0 {
			t.Errorf("devices with streams after operations with %q = %d, want 0", reply, n)
		}
		b.Close()
	}
}
