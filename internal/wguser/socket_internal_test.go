//go:build unix

package wguser

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// keptConn is a connection that keeps the memory of what was written.
type keptConn struct {
	net.Conn
	memory []byte
	secret bool
	reply  io.Reader
}

func (c *keptConn) Write(b []byte) (int, error) {
	c.memory = b
	c.secret = bytes.Contains(b, []byte("private_key="))
	return len(b), nil
}

func (c *keptConn) Read(b []byte) (int, error)  { return c.reply.Read(b) }
func (c *keptConn) SetDeadline(time.Time) error { return nil }
func (c *keptConn) Close() error                { return nil }

// TestRequestIsCleared checks that the text of a change is cleared after sending.
func TestRequestIsCleared(t *testing.T) {
	t.Parallel()
	for _, reply := range []string{"errno=0\n\n", "errno=22\n\n", ""} {
		kept := &keptConn{reply: bytes.NewReader([]byte(reply))}
		c, err := newLifetime().adopt(kept, "/dir/wg0.sock", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		s := &socket{sockets: &sockets{transport: transport{untrusted: true}}, held: c}
		key := wgtypes.PrivateKey{}.Clamped()
		_, _ = s.set(t.Context(), wgtypes.Config{PrivateKey: &key}, nil)
		if !kept.secret || !bytes.Equal(kept.memory, make([]byte, len(kept.memory))) {
			t.Errorf("memory after the reply %q = %.20q, want a request that was cleared", reply, kept.memory)
		}
	}
}

// TestAdoptAfterClose checks that a connection that is made during Close is closed.
func TestAdoptAfterClose(t *testing.T) {
	t.Parallel()
	life := newLifetime()
	if err := life.close(); err != nil {
		t.Fatal(err)
	}
	c, other := net.Pipe()
	defer other.Close()
	if _, err := life.adopt(c, "/dir/wg0.sock", time.Second); !errors.Is(err, net.ErrClosed) {
		t.Errorf("adopt after close = %v, want %v", err, net.ErrClosed)
	}
	if _, err := c.Write([]byte("a")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Write after adopt = %v, want %v", err, io.ErrClosedPipe)
	}
}

// TestConnClose checks that the first Close closes the connection and returns its
// error, and that a second one does nothing.
func TestConnClose(t *testing.T) {
	t.Parallel()
	failing := &closingConn{err: io.ErrShortWrite}
	c, err := newLifetime().adopt(failing, "/dir/wg0.sock", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != io.ErrShortWrite {
		t.Errorf("Close = %v, want %v", err, io.ErrShortWrite)
	}
	if err := c.Close(); err != nil || failing.closed != 1 {
		t.Errorf("second Close = %v, closed %d times, want nil and once", err, failing.closed)
	}
	life := newLifetime()
	if _, err := life.adopt(&closingConn{err: io.ErrShortWrite}, "/dir/wg0.sock", time.Second); err != nil {
		t.Fatal(err)
	}
	if err := life.close(); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("close of the backend = %v, want %v", err, io.ErrShortWrite)
	}
	if err := life.close(); err != nil {
		t.Errorf("second close of the backend = %v, want nil", err)
	}
}

// closingConn counts calls of Close.
type closingConn struct {
	net.Conn
	closed int
	err    error
}

func (c *closingConn) Close() error {
	c.closed++
	return c.err
}

// TestCanceledGetLeavesNothing cancels a reply that is read into memory because the
// device is being configured.
func TestCanceledGetLeavesNothing(t *testing.T) {
	t.Parallel()
	dir, err := testutil.TempSocketDir()
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(t.Context())
	stop, err := testutil.ServeSocket(dir, "wg0", func(c net.Conn) {
		if n, _ := c.Read(make([]byte, 100)); n > 0 {
			io.WriteString(c, "listen_port=1\n")
			cancel()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	b := New(Config{Dirs: []string{dir}})
	defer b.Close()
	s := b.finder.(*sockets)
	end, err := s.streams.configure(t.Context(), socketPath(dir, "wg0"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Read = %v, want %v", err, context.Canceled)
	}
	if n := len(b.life.open); n != 0 {
		t.Errorf("connections = %d, want 0", n)
	}
	end()
	if n := len(s.streams.paths); n != 0 {
		t.Errorf("devices with streams = %d, want 0", n)
	}
}

// TestReaderDevice checks that the caller owns the device, and the defaults of New.
func TestReaderDevice(t *testing.T) {
	t.Parallel()
	d := &replyDaemon{text: "listen_port=1\nerrno=0\n\n"}
	r, err := (&device{life: newLifetime(), daemon: d}).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.Device().ListenPort = 9
	if got := r.Device().ListenPort; got != 1 {
		t.Errorf("ListenPort after a change of the first result = %d, want 1", got)
	}
	for timeout, want := range map[time.Duration]time.Duration{0: 5 * time.Second, -1: -1, 7: 7} {
		b := New(Config{ReplyTimeout: timeout})
		if got := b.finder.(*sockets).replyTimeout; got != want {
			t.Errorf("reply timeout of New with %v = %v, want %v", timeout, got, want)
		}
		if c := b.Capabilities(); !c.UpdateOnly || !c.FirewallMark || c.Links {
			t.Errorf("Capabilities = %+v, want UpdateOnly and FirewallMark only", c)
		}
	}
}

// TestRequestPieces checks that the pieces of a request are the whole request, that
// they are not much longer than 64 KiB, and that their memory is cleared.
func TestRequestPieces(t *testing.T) {
	t.Parallel()
	peers := make([]wgtypes.PeerConfig, 2000)
	for i := range peers {
		peers[i].PublicKey = wgtypes.PublicKey{byte(i), byte(i >> 8), 1}
		peers[i].Remove = i%3 == 0
		peers[i].AllowedIPs = slices.Repeat([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, i%50)
		peers[i].RemoveAllowedIPs = slices.Repeat([]netip.Prefix{netip.MustParsePrefix("2001:db8::/64")}, i%7)
	}
	for _, n := range []int{0, 1, 50, 51, 500, len(peers)} {
		c := wgtypes.Config{ListenPort: new(uint16(7)), ReplacePeers: true, Peers: peers[:n]}
		var got []byte
		var kept [][]byte
		var done []int
		progress := func(n, all int) {
			if all != len(c.Peers) {
				t.Errorf("progress(%d, %d) for %d peers, want a total of %d", n, all, len(c.Peers), len(c.Peers))
			}
			done = append(done, n)
		}
		for piece := range requestOf(c, progress) {
			if most := 128 << 10; len(piece) > most {
				t.Errorf("a piece of %d peers has %d bytes, want at most %d", n, len(piece), most)
			}
			got, kept = append(got, piece...), append(kept, piece)
		}
		if want := uapi.AppendSet(nil, c); !bytes.Equal(got, want) {
			t.Errorf("pieces of %d peers = %d bytes, want the %d bytes of AppendSet", n, len(got), len(want))
		}
		if len(done) != len(kept) || done[len(done)-1] != n {
			t.Errorf("progress of %d peers in %d pieces = %v, want %d last", n, len(kept), done, n)
		}
		for i, piece := range kept {
			if len(bytes.Trim(piece, "\x00")) > 0 {
				t.Errorf("piece %d of %d peers = %.50q after the loop, want zeros", i, n, piece)
			}
		}
	}
}

// TestPieceOf checks that allowed IPs count for the size of a piece, whether they are
// added or removed.
func TestPieceOf(t *testing.T) {
	t.Parallel()
	prefixes := func(n int) []netip.Prefix { return make([]netip.Prefix, n) }
	for _, test := range []struct{ added, removed, want int }{{0, 0, 219}, {20, 0, 82}, {0, 20, 82}, {10, 10, 82}} {
		peers := slices.Repeat([]wgtypes.PeerConfig{{AllowedIPs: prefixes(test.added), RemoveAllowedIPs: prefixes(test.removed)}}, 500)
		if got := pieceOf(peers); got != test.want {
			t.Errorf("pieceOf peers that add %d and remove %d prefixes = %d, want %d", test.added, test.removed, got, test.want)
		}
	}
}
