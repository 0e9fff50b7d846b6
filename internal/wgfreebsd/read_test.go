package wgfreebsd_test

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgfreebsd"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// configure applies c to wg0 by a backend of its own.
func configure(t *testing.T, k *kerneltest.FreeBSD, c wgtypes.Config) {
	t.Helper()
	if err := testutil.ConfigureDevice(t.Context(), k.Backend(), "wg0", c); err != nil {
		t.Fatalf("Configure(%v) = %v, want nil", c, err)
	}
}

// read reads wg0 by a backend of its own.
func read(t *testing.T, k *kerneltest.FreeBSD) *wgtypes.Device {
	t.Helper()
	d, err := testutil.ReadDevice(t.Context(), k.Backend(), "wg0")
	if err != nil {
		t.Fatalf("reading wg0: %v, want nil", err)
	}
	return d
}

func TestRead(t *testing.T) {
	t.Parallel()
	k := newKernel()
	configure(t, k, wgtypes.Config{
		PrivateKey: &testutil.Key1, ListenPort: new(uint16(51820)), FirewallMark: new(uint32(9)),
		Peers: []wgtypes.PeerConfig{testutil.FullPeer(testutil.PeerA, "10.0.0.0/8", "fd00::/8", "0.0.0.0/0"), testutil.Allow(testutil.PeerB)},
	})
	handshake := time.Unix(1_700_000_000, 123).UTC()
	k.Receive("wg0", testutil.PeerA, handshake, 1<<40, 7)
	full := testutil.FullPeer(testutil.PeerA, "10.0.0.0/8", "fd00::/8", "0.0.0.0/0")
	want := &wgtypes.Device{
		Name: "wg0", Kind: wgtypes.KindKernel, Index: 1,
		PrivateKey: testutil.Key1, PublicKey: testutil.Key1.PublicKey(), ListenPort: 51820, FirewallMark: 9,
		Peers: []wgtypes.Peer{
			{
				PublicKey: full.PublicKey, PresharedKey: *full.PresharedKey, Endpoint: full.Endpoint,
				PersistentKeepalive: *full.PersistentKeepalive, AllowedIPs: full.AllowedIPs,
				LastHandshake: handshake, ReceiveBytes: 1 << 40, TransmitBytes: 7, ProtocolVersion: 1,
			},
			{PublicKey: testutil.PeerB, ProtocolVersion: 1},
		},
	}
	if diff := cmp.Diff(want, read(t, k), equal...); diff != "" {
		t.Errorf("device (-want +got):\n%s", diff)
	}
	k.SetUnprivileged(true)
	want.PrivateKey, want.Peers[0].PresharedKey = wgtypes.PrivateKey{}, wgtypes.PresharedKey{}
	if diff := cmp.Diff(want, read(t, k), equal...); diff != "" {
		t.Errorf("device without privilege (-want +got):\n%s", diff)
	}
}

// TestReadGrows checks that Read repeats a request whose reply grows meanwhile, and
// returns ErrInterrupted if the reply keeps growing.
func TestReadGrows(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		grows int // times
		want  error
	}{{1, nil}, {15, nil}, {16, wginternal.ErrInterrupted}} {
		k := newKernel()
		grown, peers := 0, 50
		b := intercepted(k, func(c call, do func() error) error {
			if c.request == getRequest && len(c.data) > 0 && grown < test.grows {
				grown++
				peers += peers / 4
				configure(t, k, testutil.ManyPeers(peers))
			}
			return do()
		})
		d, err := b.Open(t.Context(), "wg0")
		if err != nil {
			t.Fatal(err)
		}
		r, err := d.Read(t.Context())
		if !errors.Is(err, test.want) {
			t.Fatalf("Read() of a device that grows %d times = %v, want %v", test.grows, err, test.want)
		}
		if err != nil {
			continue
		}
		got := r.Device()
		got.Peers, err = r.Rest(nil)
		if diff := cmp.Diff(read(t, k), got, equal...); err != nil || diff != "" {
			t.Errorf("device that grows %d times: %v (-want +got):\n%s", test.grows, err, diff)
		}
		_ = r.Close()
	}
}

// TestReadRoom checks that a reply may grow by an eighth and 1 KiB without a second
// request.
func TestReadRoom(t *testing.T) {
	t.Parallel()
	k := newKernel()
	configure(t, k, testutil.ManyPeers(100))
	size, rooms := 0, []int(nil)
	b := intercepted(k, func(c call, do func() error) error {
		if c.request == getRequest && len(c.data) > 0 {
			rooms = append(rooms, len(c.data))
			configure(t, k, testutil.ManyPeers(110))
		}
		err := do()
		if c.request == getRequest && len(c.data) == 0 {
			size = int(c.size())
		}
		return err
	})
	d, err := testutil.ReadDevice(t.Context(), b, "wg0")
	if err != nil || len(d.Peers) != 110 {
		t.Fatalf("reading a device that grows = %v, %v, want 110 peers", d, err)
	}
	if want := size + size/8 + 1024; !slices.Equal(rooms, []int{want}) {
		t.Errorf("reading %d bytes needs buffers of %d bytes, want one of %d", size, rooms, want)
	}
}

// TestReadShrinks checks that Read uses the size of the second call.
func TestReadShrinks(t *testing.T) {
	t.Parallel()
	k := newKernel()
	configure(t, k, testutil.ManyPeers(100))
	b := intercepted(k, func(c call, do func() error) error {
		if c.request == getRequest && len(c.data) > 0 {
			configure(t, k, wgtypes.Config{ReplacePeers: true, Peers: testutil.ManyPeers(3).Peers})
		}
		return do()
	})
	if d, err := testutil.ReadDevice(t.Context(), b, "wg0"); err != nil || len(d.Peers) != 3 {
		t.Errorf("reading a device that shrinks = %v, %v, want 3 peers", d, err)
	}
}

// TestReadMalformed checks sizes and lists that the kernel does not return.
func TestReadMalformed(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]func(c call){
		"size 0":                       func(c call) { c.setSize(0) },
		"size of half the list":        func(c call) { c.setSize(c.size() / 2) },
		"size above the buffer":        func(c call) { c.setSize(uint64(len(c.data)) + 1) },
		"size of the buffer":           func(c call) { c.setSize(uint64(len(c.data))) },
		"size of 2^64-1":               func(c call) { c.setSize(1<<64 - 1) },
		"list that begins with a zero": func(c call) { c.data[0] = 0 },
		"peer without a key":           func(c call) { c.data[peerKeyAt(c.data)]++ },
	} {
		k := newKernel()
		configure(t, k, testutil.ManyPeers(3))
		b := intercepted(k, func(c call, do func() error) error {
			err := do()
			if c.request == getRequest && len(c.data) > 0 {
				reply(c)
			}
			return err
		})
		if d, err := testutil.ReadDevice(t.Context(), b, "wg0"); !errors.Is(err, wgfreebsd.ErrMalformed) {
			t.Errorf("%s: reading = %v, %v, want ErrMalformed", name, d, err)
		}
	}
}

// peerKeyAt returns the offset of the name of the last peer's public key.
func peerKeyAt(list []byte) int {
	name := []byte("public-key\x00")
	for i := len(list) - len(name); i >= 0; i-- {
		if slices.Equal(list[i:i+len(name)], name) {
			return i
		}
	}
	return 0
}

// TestReadFails checks the errors of each call.
func TestReadFails(t *testing.T) {
	t.Parallel()
	for errno, want := range map[syscall.Errno]error{
		syscall.ENXIO: fs.ErrNotExist, syscall.EINVAL: wginternal.ErrNotWireGuard, syscall.ENOTTY: wginternal.ErrNotWireGuard,
		syscall.ENOMEM: syscall.ENOMEM, syscall.EPERM: fs.ErrPermission,
	} {
		steps := testutil.NewStepCounter()
		b := intercepted(newKernel(), func(_ call, do func() error) error {
			if steps.Step() {
				return errno
			}
			return do()
		})
		d, err := b.Open(t.Context(), "wg0")
		if err != nil {
			t.Fatal(err)
		}
		for step := range 2 {
			steps.Arm(step, nil)
			if r, err := d.Read(t.Context()); !errors.Is(err, want) || r != nil {
				t.Errorf("Read() with %v in call %d = %v, %v, want %v", errno, step, r, err, want)
			}
		}
	}
}

// TestBuffersAreCleared checks that the buffers, which hold keys, are zero after the last
// use.
func TestBuffersAreCleared(t *testing.T) {
	t.Parallel()
	var buffers [][]byte
	b := intercepted(newKernel(), func(c call, do func() error) error {
		if len(c.data) > 0 {
			buffers = append(buffers, c.data[:cap(c.data)])
		}
		return do()
	})
	change := wgtypes.Config{PrivateKey: &testutil.Key1, Peers: []wgtypes.PeerConfig{testutil.FullPeer(testutil.PeerA, "10.0.0.0/8")}}
	if err := testutil.ConfigureDevice(t.Context(), b, "wg0", change); err != nil {
		t.Fatal(err)
	}
	d, err := testutil.ReadDevice(t.Context(), b, "wg0")
	if err != nil || !d.PrivateKey.Equal(testutil.Key1) || !d.Peers[0].PresharedKey.Equal(testutil.PresharedKey1) {
		t.Fatalf("reading = %v, %v, want the keys", d, err)
	}
	if len(buffers) != 2 {
		t.Errorf("buffers = %d, want 2", len(buffers))
	}
	for i, buf := range buffers {
		if slices.ContainsFunc(buf, func(b byte) bool { return b != 0 }) {
			t.Errorf("buffer %d after its use = %x, want zeros", i, buf)
		}
	}
}
