package kerneltest_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd/nvlist"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// freebsdCall performs SIOCSWG or SIOCGWG with a size and data. It returns the size that
// the kernel states.
func freebsdCall(k *kerneltest.FreeBSD, request uint32, name string, data []byte) (uint64, error) {
	arg := make([]byte, 32)
	copy(arg, name)
	binary.NativeEndian.PutUint64(arg[24:], uint64(len(data)))
	err := k.Ioctl(request, arg, 16, data)
	return binary.NativeEndian.Uint64(arg[24:]), err
}

const (
	freebsdSet = 0xc02069d2
	freebsdGet = 0xc02069d3
)

func nvnumber(name string, v uint64) []byte { return nvlist.AppendNumber(nil, name, v) }

func nvdata(name string, n int) []byte { return nvlist.AppendBinary(nil, name, make([]byte, n)) }

// nvpacked returns a list of pairs, of which the last is an array of one element with the
// pairs of inner, which may end with such an array too.
func nvpacked(pairs []byte, array string, inner []byte, innerArray string, innermost []byte) []byte {
	const endLen = nvlist.ElementLen - nvlist.HeaderLen
	if innerArray != "" {
		inner = nvlist.AppendArray(inner, innerArray, 1)
		inner = nvlist.AppendHeader(inner, len(inner)+nvlist.HeaderLen+len(innermost)+2*endLen)
		inner = nvlist.AppendEnd(append(inner, innermost...))
	}
	if array != "" {
		pairs = nvlist.AppendArray(pairs, array, 1)
		pairs = nvlist.AppendHeader(pairs, len(pairs)+nvlist.HeaderLen+len(inner)+endLen)
		pairs = nvlist.AppendEnd(append(pairs, inner...))
	}
	return append(nvlist.AppendHeader(nil, nvlist.HeaderLen+len(pairs)), pairs...)
}

// newFreeBSD returns a kernel with wg0, which has the peer A with a prefix.
func newFreeBSD(t *testing.T) *kerneltest.FreeBSD {
	t.Helper()
	k := kerneltest.NewFreeBSD()
	k.AddDevice("wg0")
	c := testutil.Peers(testutil.Allow(testutil.PeerA, "10.0.0.0/8"))
	if err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", c); err != nil {
		t.Fatal(err)
	}
	return k
}

// TestFreeBSDErrors checks the kernel's errors for requests that the backend does not
// send.
func TestFreeBSDErrors(t *testing.T) {
	t.Parallel()
	peerA := nvlist.AppendBinary(nil, "public-key", testutil.PeerA[:])
	peerB := nvlist.AppendBinary(nil, "public-key", testutil.PeerB[:])
	with := func(key, pair []byte) []byte { return nvpacked(nil, "peers", slices.Concat(key, pair), "", nil) }
	allowed := func(pairs ...[]byte) []byte {
		return nvpacked(nil, "peers", slices.Clone(peerA), "allowed-ips", slices.Concat(pairs...))
	}
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":                      {nil, syscall.EFAULT},
		"no list":                      {make([]byte, 19), syscall.EBADMSG},
		"cut list":                     {nvpacked(nvnumber("listen-port", 1), "", nil, "", nil)[:40], syscall.EBADMSG},
		"port 65536":                   {nvpacked(nvnumber("listen-port", 65536), "", nil, "", nil), syscall.EINVAL},
		"private key of 31 bytes":      {nvpacked(nvdata("private-key", 31), "", nil, "", nil), syscall.EINVAL},
		"cookie 2^32":                  {nvpacked(nvnumber("user-cookie", 1<<32), "", nil, "", nil), syscall.EINVAL},
		"peer without key":             {nvpacked(nil, "peers", nil, "", nil), syscall.EINVAL},
		"peer with a key of 31 bytes":  {with(nil, nvdata("public-key", 31)), syscall.EINVAL},
		"preshared key of 31 bytes":    {with(peerB, nvdata("preshared-key", 31)), syscall.EINVAL},
		"endpoint of 29 bytes":         {with(peerB, nvdata("endpoint", 29)), syscall.EINVAL},
		"keepalive 65536":              {with(peerB, nvnumber("persistent-keepalive-interval", 65536)), syscall.EINVAL},
		"IPv4 mask of 33 bits":         {allowed(nvnumber("cidr", 33), nvdata("ipv4", 4)), syscall.EINVAL},
		"IPv6 mask of 129 bits":        {allowed(nvnumber("cidr", 129), nvdata("ipv6", 16)), syscall.EINVAL},
		"IPv4 address of 16 bytes":     {allowed(nvnumber("cidr", 8), nvdata("ipv4", 16)), syscall.EINVAL},
		"allowed IP without a mask":    {allowed(nvdata("ipv4", 16)), nil},
		"allowed IP without address":   {allowed(nvnumber("cidr", 200)), nil},
		"unknown flag without address": {allowed(nvnumber("cidr", 0), nvnumber("flags", 2)), syscall.EOPNOTSUPP},
	} {
		k := newFreeBSD(t)
		before := freebsdPeers(t, k)
		if _, err := freebsdCall(k, freebsdSet, "wg0", test.data); !errors.Is(err, test.want) {
			t.Errorf("%s: SIOCSWG = %v, want %v", name, err, test.want)
		}
		if got := freebsdPeers(t, k); len(got) != 1 || !slices.Equal(got[0].AllowedIPs, before[0].AllowedIPs) {
			t.Errorf("%s: peers after SIOCSWG = %v, want %v", name, got, before)
		}
	}
}

func freebsdPeers(t *testing.T, k *kerneltest.FreeBSD) []wgtypes.Peer {
	t.Helper()
	d, err := testutil.ReadDevice(t.Context(), k.Backend(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	return d.Peers
}

// TestFreeBSDStrict checks that the fake reports requests that the kernel accepts but
// that do not mean what the backend meant.
func TestFreeBSDStrict(t *testing.T) {
	t.Parallel()
	key := nvlist.AppendBinary(nil, "public-key", testutil.PeerB[:])
	for name, data := range map[string][]byte{
		"unknown name":              nvpacked(nvnumber("port", 1), "", nil, "", nil),
		"unknown name of a peer":    nvpacked(nil, "peers", slices.Concat(key, nvnumber("port", 1)), "", nil),
		"unknown name in allowed":   nvpacked(nil, "peers", slices.Clone(key), "allowed-ips", nvnumber("bits", 1)),
		"endpoint without a length": nvpacked(nil, "peers", slices.Concat(key, nvdata("endpoint", 16)), "", nil),
	} {
		_, err := freebsdCall(newFreeBSD(t), freebsdSet, "wg0", data)
		if _, ok := errors.AsType[syscall.Errno](err); err == nil || ok {
			t.Errorf("%s: SIOCSWG = %v, want an error that is not the kernel's", name, err)
		}
	}
}

// TestFreeBSDOrder checks that the kernel has replaced the peers when it refuses the
// port, and what remains of a peer whose element fails.
func TestFreeBSDOrder(t *testing.T) {
	t.Parallel()
	k := newFreeBSD(t)
	k.SetBusyPort(7)
	data := nvpacked(nvlist.AppendBool(nvnumber("listen-port", 7), "replace-peers", true), "", nil, "", nil)
	if _, err := freebsdCall(k, freebsdSet, "wg0", data); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("SIOCSWG with a port in use = %v, want EADDRINUSE", err)
	}
	if got := freebsdPeers(t, k); len(got) != 0 {
		t.Errorf("peers = %v, want none", got)
	}
	k = newFreeBSD(t)
	inner := nvlist.AppendBinary(nil, "public-key", testutil.PeerA[:])
	inner = append(nvnumber("persistent-keepalive-interval", 9), inner...)
	data = nvpacked(nil, "peers", inner, "allowed-ips", append(nvnumber("cidr", 33), nvdata("ipv4", 4)...))
	if _, err := freebsdCall(k, freebsdSet, "wg0", data); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("SIOCSWG with a mask of 33 bits = %v, want EINVAL", err)
	}
	if got := freebsdPeers(t, k); len(got) != 1 || got[0].PersistentKeepalive.Seconds() != 9 {
		t.Errorf("peers = %v, want one with the new keepalive", got)
	}
}

// TestFreeBSDSizes checks the sizes of SIOCGWG.
func TestFreeBSDSizes(t *testing.T) {
	t.Parallel()
	k := newFreeBSD(t)
	need, err := freebsdCall(k, freebsdGet, "wg0", nil)
	if err != nil || need == 0 {
		t.Fatalf("SIOCGWG of size 0 = %d, %v, want the size of the list", need, err)
	}
	for _, size := range []uint64{1, need - 1, need, need + 100} {
		want, wantErr := need, error(nil)
		if size < need {
			want, wantErr = size, syscall.ENOSPC
		}
		data := make([]byte, size)
		got, err := freebsdCall(k, freebsdGet, "wg0", data)
		if got != want || !errors.Is(err, wantErr) {
			t.Errorf("SIOCGWG of size %d = %d, %v, want %d, %v", size, got, err, want, wantErr)
		}
		if _, err := wgfreebsd.NewDecoder(data[:got]); (err == nil) != (size >= need) {
			t.Errorf("list of SIOCGWG of size %d = %v, want valid: %t", size, err, size >= need)
		}
	}
	k.Add("em0", "wg")
	for name, want := range map[string]error{"em0": syscall.EINVAL, "wg1": syscall.ENXIO} {
		if _, err := freebsdCall(k, freebsdGet, name, nil); !errors.Is(err, want) {
			t.Errorf("SIOCGWG of %q = %v, want %v", name, err, want)
		}
	}
}
