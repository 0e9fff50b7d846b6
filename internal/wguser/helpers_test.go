//go:build unix

package wguser_test

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/uapi/uapinet"
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

// listen creates a socket and calls answer for each connection, until the test
// ends.
func listen(t testing.TB, dir, name string, answer func(net.Conn)) {
	t.Helper()
	listenAnd(t, dir, name, func() {}, answer)
}

// listenAnd also calls accepted for each connection, before the next one is
// accepted.
func listenAnd(t testing.TB, dir, name string, accepted func(), answer func(net.Conn)) {
	t.Helper()
	// uapinet.ListenIn refuses invalid names, which some tests need.
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

// backend returns a Backend for the sockets in dirs.
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

var (
	state     = testutil.ReadDevice
	configure = testutil.ConfigureDevice
	repeated  = testutil.RepeatedKey
	settled   = testutil.Settled
	manyPeers = testutil.ManyPeers
)

func prefixes(list ...string) (ps []netip.Prefix) {
	for _, s := range list {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}
