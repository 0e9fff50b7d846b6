//go:build unix

package wguser_test

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// equal compares values of package wgtypes.
var equal = cmp.Options{
	cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
	cmpopts.EquateEmpty(),
}

// tempDir returns a directory whose path is short enough for a socket.
func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := testutil.TempSocketDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// listen makes a socket and calls answer for each connection, until the test
// ends.
func listen(t testing.TB, dir, name string, answer func(net.Conn)) {
	t.Helper()
	listenAnd(t, dir, name, func() {}, answer)
}

// listenAnd also calls accepted for each connection, before the next one is
// accepted.
func listenAnd(t testing.TB, dir, name string, accepted func(), answer func(net.Conn)) {
	t.Helper()
	// Not uapinet.ListenIn, which makes only sockets with valid names.
	l, err := net.Listen("unix", filepath.Join(dir, name+".sock"))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- uapinet.ServeFunc(acceptHook{l, accepted}, answer) }()
	t.Cleanup(func() {
		l.Close()
		if err := <-served; err != nil {
			t.Errorf("ServeFunc = %v, want nil", err)
		}
	})
}

// acceptHook is a listener that calls accepted for each connection.
type acceptHook struct {
	net.Listener
	accepted func()
}

func (l acceptHook) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.accepted()
	}
	return c, err
}

// backend returns one of the sockets in dirs.
func backend(t testing.TB, dirs ...string) *wguser.Backend {
	t.Helper()
	b := wguser.New(wguser.Config{Dirs: dirs})
	t.Cleanup(func() { b.Close() })
	return b
}

func open(t *testing.T, b *wguser.Backend, name string) wginternal.Device {
	t.Helper()
	d, err := b.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// state reads a device whole.
func state(ctx context.Context, b *wguser.Backend, name string) (*wgtypes.Device, error) {
	d, err := b.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return wginternal.ReadDevice(ctx, d, nil)
}

// configure opens a device and changes it.
func configure(ctx context.Context, b *wguser.Backend, name string, c wgtypes.Config) error {
	d, err := b.Open(ctx, name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Configure(ctx, wginternal.Normalize(c), nil)
}

func repeated(b byte) (k [wgtypes.KeyLen]byte) {
	for i := range k {
		k[i] = b
	}
	return k
}

func prefixes(list ...string) (ps []netip.Prefix) {
	for _, s := range list {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}

// settled is d in an order, without what traffic changes.
func settled(d *wgtypes.Device) *wgtypes.Device {
	d = d.Clone()
	for i := range d.Peers {
		d.Peers[i].TransmitBytes = 0
	}
	slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int { return bytes.Compare(a.PublicKey[:], b.PublicKey[:]) })
	return d
}

// manyPeers is more than the buffers of a socket hold.
func manyPeers(n int) wgtypes.Config {
	var c wgtypes.Config
	for i := range n {
		c.Peers = append(c.Peers, wgtypes.PeerConfig{
			PublicKey:  wgtypes.PublicKey{1, byte(i), byte(i >> 8)},
			AllowedIPs: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)},
		})
	}
	return c
}
