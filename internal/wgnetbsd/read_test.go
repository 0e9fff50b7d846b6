package wgnetbsd_test

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wgnetbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// equal makes cmp compare values and keys.
var equal = cmp.Options{
	cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
	cmp.Comparer(wgtypes.PrivateKey.Equal), cmp.Comparer(wgtypes.PresharedKey.Equal),
}

// read reads the device wg0.
func read(t testing.TB, b wginternal.Backend) *wgtypes.Device {
	t.Helper()
	d, err := testutil.ReadDevice(t.Context(), b, "wg0")
	if err != nil {
		t.Fatalf("reading %q: %v", "wg0", err)
	}
	return d
}

// fullState returns a device with every setting, and what should be read of it.
func fullState() (kerneltest.NetBSDDevice, *wgtypes.Device) {
	key := testutil.KeyUnclamped
	psk := testutil.PresharedKey1
	handshake := time.Unix(1_700_000_000, 5).UTC()
	prefixes := testutil.Prefixes("10.1.2.3/8", "fd00::1/64", "0.0.0.0/0", "::/0")
	state := kerneltest.NetBSDDevice{
		PrivateKey: key.Bytes(), ListenPort: 51820,
		Peers: []kerneltest.NetBSDPeer{ // the newest first
			{Name: "<&>", PublicKey: testutil.PeerC, Endpoint: []byte{28, 24, 0xca, 0x6c, 0, 0, 0, 0, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 99, 0, 0, 0}},
			{PublicKey: testutil.PeerB, LastHandshake: time.Unix(0, 7), Endpoint: []byte{28, 24, 0xca, 0x6d, 9, 9, 9, 9, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0}},
			{
				Name: "a", PublicKey: testutil.PeerA, PresharedKey: psk.Bytes(), LastHandshake: handshake, AllowedIPs: prefixes,
				Endpoint: []byte{16, 2, 0xca, 0x6c, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0},
			},
		},
	}
	return state, &wgtypes.Device{
		Name: "wg0", Kind: wgtypes.KindKernel, Index: 1, PrivateKey: key, PublicKey: key.PublicKey(), ListenPort: 51820,
		Peers: []wgtypes.Peer{
			{
				PublicKey: testutil.PeerA, PresharedKey: psk, Endpoint: netip.MustParseAddrPort("192.0.2.1:51820"), LastHandshake: handshake,
				AllowedIPs: testutil.Prefixes("10.0.0.0/8", "fd00::/64", "0.0.0.0/0", "::/0"), ProtocolVersion: 1,
			},
			{PublicKey: testutil.PeerB, LastHandshake: time.Unix(0, 7).UTC(), Endpoint: netip.MustParseAddrPort("[fe80::2%wg0]:51821"), ProtocolVersion: 1},
			{PublicKey: testutil.PeerC, Endpoint: netip.MustParseAddrPort("[fe80::1%99]:51820"), ProtocolVersion: 1},
		},
	}
}

// TestRead reads every setting. The first peer is the oldest, prefixes are masked, and
// the zone is an interface or a number.
func TestRead(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]*kerneltest.NetBSD{"64 bits": newKernel(t), "32 bits": check(t, kerneltest.NewNetBSD32())} {
		state, want := fullState()
		k.Update("wg0", func(d *kerneltest.NetBSDDevice) { *d = state })
		if diff := cmp.Diff(want, read(t, k.Backend()), equal...); diff != "" {
			t.Errorf("%s: device (-want +got):\n%s", name, diff)
		}
	}
}

// TestReadMappedEndpoint checks that an IPv4-mapped endpoint is read as IPv4.
func TestReadMappedEndpoint(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) {
		mapped := []byte{28, 24, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1, 1, 0, 0, 0}
		d.Peers = []kerneltest.NetBSDPeer{{PublicKey: testutil.PeerA, Endpoint: mapped}}
	})
	if got, want := read(t, k.Backend()).Peers[0].Endpoint, netip.MustParseAddrPort("192.0.2.1:9"); got != want {
		t.Errorf("endpoint = %v, want %v", got, want)
	}
}

// TestReadUnprivileged checks that a caller without privilege gets everything but the keys.
func TestReadUnprivileged(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	state, want := fullState()
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) { *d = state })
	k.SetUnprivileged(true)
	want.PrivateKey, want.PublicKey, want.Peers[0].PresharedKey = wgtypes.PrivateKey{}, wgtypes.PublicKey{}, wgtypes.PresharedKey{}
	if diff := cmp.Diff(want, read(t, k.Backend()), equal...); diff != "" {
		t.Errorf("device (-want +got):\n%s", diff)
	}
}

// TestReadEmpty reads a device without settings.
func TestReadEmpty(t *testing.T) {
	t.Parallel()
	want := &wgtypes.Device{Name: "wg0", Kind: wgtypes.KindKernel, Index: 1}
	if diff := cmp.Diff(want, read(t, newKernel(t).Backend()), equal...); diff != "" {
		t.Errorf("device (-want +got):\n%s", diff)
	}
}

// TestReadVector reads a device that proplib wrote, with unknown keys.
func TestReadVector(t *testing.T) {
	t.Parallel()
	reply, err := os.ReadFile("plist/testdata/proplib-get.plist")
	if err != nil {
		t.Fatal(err)
	}
	var bytes [32]byte
	for i := range bytes {
		bytes[i] = byte(i)
	}
	key := wgtypes.NewPrivateKey(bytes)
	want := &wgtypes.Device{
		Name: "wg0", Kind: wgtypes.KindKernel, Index: 1, PrivateKey: key, PublicKey: key.PublicKey(), ListenPort: 51820,
		Peers: []wgtypes.Peer{{
			PublicKey: bytes, LastHandshake: time.Unix(0x6553f100, 5).UTC(), AllowedIPs: testutil.Prefixes("10.0.0.0/24"), ProtocolVersion: 1,
		}},
	}
	if diff := cmp.Diff(want, read(t, replying(t, reply)), equal...); diff != "" {
		t.Errorf("device (-want +got):\n%s", diff)
	}
}

// TestReadBuffers checks that the buffer grows until the state fits, also if the state
// grows meanwhile, and that the next reading begins with that size.
func TestReadBuffers(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	n, allowed := 0, testutil.FullPeers(1, 5)[0].AllowedIPs
	grow := func(d *kerneltest.NetBSDDevice) {
		for range 500 {
			n++
			d.Peers = append(d.Peers, kerneltest.NetBSDPeer{PublicKey: testutil.ManyKey(n), AllowedIPs: allowed})
		}
	}
	k.Update("wg0", grow)
	c := k.Config()
	ioctl := c.Ioctl
	c.Ioctl = func(request uint32, arg []byte, pointer int, data []byte) error {
		err := ioctl(request, arg, pointer, data)
		if err != nil && n < 1500 {
			k.Update("wg0", grow)
		}
		return err
	}
	b := wgnetbsd.NewWith(c)
	for range 2 {
		if got := read(t, b); len(got.Peers) != 1500 {
			t.Errorf("read %d peers, want 1500", len(got.Peers))
		}
	}
	var sizes []int
	for _, call := range k.TakeCalls() {
		sizes = append(sizes, call.Buffer)
	}
	if want := []int{256 << 10, 1 << 20, 4 << 20, 4 << 20}; !slices.Equal(sizes, want) {
		t.Errorf("buffers = %d, want %d", sizes, want)
	}
}

// TestReadTooLarge checks that reading gives up if no buffer is large enough.
func TestReadTooLarge(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	k.Before(func(kerneltest.NetBSDCall) error { return syscall.EINVAL })
	if _, err := open(t, k.Backend()).Read(t.Context()); !errors.Is(err, wgnetbsd.ErrTooLarge) {
		t.Errorf("Read() = %v, want ErrTooLarge", err)
	}
	if calls := k.TakeCalls(); len(calls) != 4 {
		t.Errorf("Read() made %d calls, want 4", len(calls))
	}
}

// TestReader checks that Next and Rest return all peers together, then io.EOF.
func TestReader(t *testing.T) {
	t.Parallel()
	k := newKernel(t)
	state, want := fullState()
	k.Update("wg0", func(d *kerneltest.NetBSDDevice) { *d = state })
	r, err := open(t, k.Backend()).Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	peers := make([]wgtypes.Peer, 1)
	if err := r.Next(&peers[0]); err != nil {
		t.Fatal(err)
	}
	rest, err := r.Rest(nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Peers, append(peers, rest...), equal...); diff != "" {
		t.Errorf("peers (-want +got):\n%s", diff)
	}
	if err := r.Next(new(wgtypes.Peer)); err != io.EOF {
		t.Errorf("Next() after the last peer = %v, want io.EOF", err)
	}
}
