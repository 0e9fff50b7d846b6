package kerneltest_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// openBSDKernels returns one kernel of each kind.
func openBSDKernels() []*kerneltest.OpenBSD {
	return []*kerneltest.OpenBSD{
		kerneltest.NewOpenBSD(), kerneltest.NewOpenBSDRelease("7.8", "386"),
		kerneltest.NewOpenBSDRelease("7.2", "amd64"), kerneltest.NewOpenBSDRelease("7.2", "386"),
		kerneltest.NewDragonFly(),
	}
}

// openBSDSet returns a request for k, with every setting.
func openBSDSet(t *testing.T, k *kerneltest.OpenBSD) []byte {
	t.Helper()
	c := k.Config()
	layouts, err := wgopenbsd.Layouts(c.OS, c.Arch, c.Release)
	if err != nil {
		t.Fatal(err)
	}
	change := testutil.ConfigOf(testutil.RandomDevice(rand.New(rand.NewPCG(1, 1)), testutil.RandomOptions{MinPeers: 4, MinAllowedIPs: 1, MaxAllowedIPs: 2}))
	return layouts[0].AppendSet(nil, &change)
}

// TestOpenBSDParseSet checks that every byte of a request has a meaning: if one changes,
// the request is refused or means something else. So a fault in a request is found,
// wherever it is. A request that is cut is refused.
func TestOpenBSDParseSet(t *testing.T) {
	t.Parallel()
	equal := []cmp.Option{
		cmp.Comparer(wgtypes.PrivateKey.Equal), cmp.Comparer(wgtypes.PresharedKey.Equal),
		cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
	}
	for _, k := range openBSDKernels() {
		data := openBSDSet(t, k)
		want, err := k.ParseSet(data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			changed := slices.Clone(data)
			changed[i] ^= 0x84
			if got, err := k.ParseSet(changed); err == nil && cmp.Equal(want, got, equal...) {
				t.Errorf("%v: ParseSet() with another byte %d gives the same change, want another or an error", k.Config().Release, i)
			}
			if got, err := k.ParseSet(data[:i]); err == nil {
				t.Errorf("%v: ParseSet() of %d of %d bytes = %v, want an error", k.Config().Release, i, len(data), got)
			}
		}
	}
}

// TestOpenBSDFaults checks that wrong arguments of an ioctl are recorded.
func TestOpenBSDFaults(t *testing.T) {
	t.Parallel()
	const set, pointer = 0xc02069d2, 24
	for _, test := range []struct {
		name   string
		size   uint64 // of the data, in the argument
		data   []byte
		at     int
		device string
	}{
		{"size", 7, make([]byte, 80), pointer, "wg0"},
		{"pointer", 80, make([]byte, 80), 16, "wg0"},
		{"name", 80, make([]byte, 80), pointer, "a234567890123456"},
		{"no data", 0, nil, pointer, "wg0"},
		{"cut data", 79, make([]byte, 79), pointer, "wg0"},
	} {
		k := kerneltest.NewOpenBSD()
		k.AddDevice("wg0")
		arg := make([]byte, 32)
		copy(arg, test.device)
		binary.NativeEndian.PutUint64(arg[16:], test.size)
		if err := k.Ioctl(set, arg, test.at, test.data); err == nil || len(k.Faults()) != 1 {
			t.Errorf("%s: Ioctl() = %v with faults %q, want an error and one fault", test.name, err, k.Faults())
		}
	}
	k := kerneltest.NewOpenBSD()
	if err := k.Ioctl(0xc02069ff, make([]byte, 32), pointer, nil); err != syscall.ENOTTY {
		t.Errorf("Ioctl() with an unknown request = %v, want %v", err, syscall.ENOTTY)
	}
}
