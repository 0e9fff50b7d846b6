package wguser_test

import (
	"context"
	"net/netip"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
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

// state reads a device with all its peers.
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
