package wguser_test

import (
	"net/netip"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

// equal compares values of package wgtypes.
var equal = cmp.Options{
	cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
	cmpopts.EquateEmpty(),
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
