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
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// equal compares values of package wgtypes.
var equal = cmp.Options{
	cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
	cmpopts.EquateEmpty(),
}

// tempDir is a directory whose path is short enough for a socket.
func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "wg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// listen makes a socket that the daemon answer has. It ends with the test.
func listen(t testing.TB, dir, name string, answer func(net.Conn)) {
	t.Helper()
	listenAnd(t, dir, name, func() {}, answer)
}

// listenAnd also tells of each connection before the next one is accepted.
func listenAnd(t testing.TB, dir, name string, accepted func(), answer func(net.Conn)) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(dir, name+".sock"))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	open := make(map[net.Conn]bool)
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[c] = true
			mu.Unlock()
			accepted()
			wg.Go(func() {
				answer(c)
				c.Close()
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for c := range open {
			c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
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
