package wgopenbsd_test

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// someDevice returns a device with settings of every kind.
func someDevice() *wgtypes.Device {
	r := rand.New(rand.NewPCG(1, 2))
	return testutil.RandomDevice(r, testutil.RandomOptions{MinPeers: 3, MinAllowedIPs: 2, MaxAllowedIPs: 4})
}

// TestReplyCut checks that a reply that ends too early or too late is malformed, at
// every length.
func TestReplyCut(t *testing.T) {
	t.Parallel()
	for _, kernel := range kernels {
		k := kernel.make()
		reply := k.AppendReply(nil, someDevice())
		for n := range len(reply) + 8 {
			b := append(slices.Clone(reply), make([]byte, 8)...)[:n]
			_, err := decode(b, layouts(t, k)...)
			if whole := n == len(reply); whole != (err == nil) || err != nil && !errors.Is(err, wgopenbsd.ErrMalformed) {
				t.Errorf("%s: %d of %d bytes: error = %v, want ErrMalformed for a cut reply", kernel.name, n, len(reply), err)
			}
		}
	}
}

// TestReplyMalformed checks replies of OpenBSD 7.8 on amd64 with one invalid value.
func TestReplyMalformed(t *testing.T) {
	t.Parallel()
	const peer = 80
	const allowed = peer + 208
	k := kerneltest.NewOpenBSD()
	have := &wgtypes.Device{Peers: []wgtypes.Peer{{
		PublicKey: testutil.PeerA, Endpoint: testutil.FullPeer(testutil.PeerA).Endpoint,
		AllowedIPs: testutil.Prefixes("10.0.0.0/8"),
	}}}
	for _, test := range []struct {
		name   string
		change func(b []byte)
	}{
		{"no public key", func(b []byte) { b[peer] &^= 1; b[peer+3] &^= 1 }},
		{"family of an endpoint", func(b []byte) { b[peer+76+1] = 28 }},
		{"family of an allowed IP", func(b []byte) { b[allowed] = 10 }},
		{"no family of an allowed IP", func(b []byte) { b[allowed] = 0 }},
		{"bits", func(b []byte) { binary.NativeEndian.PutUint32(b[allowed+4:], 33) }},
		{"negative bits", func(b []byte) { binary.NativeEndian.PutUint32(b[allowed+4:], 1<<32-1) }},
		{"no peers", func(b []byte) { binary.NativeEndian.PutUint64(b[72:], 0) }},
		{"too many peers", func(b []byte) { binary.NativeEndian.PutUint64(b[72:], 2) }},
		{"2^64-1 peers", func(b []byte) { binary.NativeEndian.PutUint64(b[72:], 1<<64-1) }},
		{"no allowed IPs", func(b []byte) { binary.NativeEndian.PutUint64(b[peer+200:], 0) }},
		{"too many allowed IPs", func(b []byte) { binary.NativeEndian.PutUint64(b[peer+200:], 2) }},
		{"2^64-1 allowed IPs", func(b []byte) { binary.NativeEndian.PutUint64(b[peer+200:], 1<<64-1) }},
		// This number times the size of an allowed IP is 24 modulo 2^64.
		{"overflow", func(b []byte) { binary.NativeEndian.PutUint64(b[peer+200:], 1+1<<61) }},
	} {
		reply := k.AppendReply(nil, have)
		test.change(reply)
		if d, err := decode(reply, layouts(t, k)...); !errors.Is(err, wgopenbsd.ErrMalformed) {
			t.Errorf("%s: decode() = %v, %v, want ErrMalformed", test.name, d, err)
		}
	}
}

// TestReplyFlags checks that fields without their flags are not set, whatever they
// contain.
func TestReplyFlags(t *testing.T) {
	t.Parallel()
	const peer = 80
	k := kerneltest.NewOpenBSD()
	p := testutil.FullPeer(testutil.PeerA)
	have := &wgtypes.Device{
		PrivateKey: testutil.Key1, PublicKey: testutil.Key1.PublicKey(), ListenPort: 7, FirewallMark: 8,
		Peers: []wgtypes.Peer{{
			PublicKey: testutil.PeerA, PresharedKey: *p.PresharedKey, Endpoint: p.Endpoint, PersistentKeepalive: *p.PersistentKeepalive,
		}},
	}
	reply := k.AppendReply(nil, have)
	reply[0] = 0
	binary.NativeEndian.PutUint32(reply[peer:], 1) // only the public key
	got, err := decode(reply, layouts(t, k)...)
	want := &wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: testutil.PeerA, ProtocolVersion: 1}}}
	if err != nil {
		t.Fatalf("decode() of a reply without flags = %v, want nil", err)
	}
	if diff := cmp.Diff(want, got, equal...); diff != "" {
		t.Errorf("decode() of a reply without flags (-want +got):\n%s", diff)
	}
}

// TestReplyHandshake checks the limit of the nanoseconds.
func TestReplyHandshake(t *testing.T) {
	t.Parallel()
	const handshake = 80 + 120
	k := kerneltest.NewOpenBSD()
	reply := k.AppendReply(nil, &wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: testutil.PeerA}}})
	for nsec, want := range map[uint64]time.Time{999999999: time.Unix(5, 999999999).UTC(), 1e9: {}} {
		binary.NativeEndian.PutUint64(reply[handshake:], 5)
		binary.NativeEndian.PutUint64(reply[handshake+8:], nsec)
		got, err := decode(reply, layouts(t, k)...)
		if err != nil || !got.Peers[0].LastHandshake.Equal(want) {
			t.Errorf("decode() of a handshake at 5 s and %d ns = %v, %v, want %v", nsec, got, err, want)
		}
	}
}

// TestLayoutFallback checks that the reply of a kernel whose release is wrong is decoded
// with its real layout.
func TestLayoutFallback(t *testing.T) {
	t.Parallel()
	for _, arch := range []string{"amd64", "386"} {
		older, newer := kerneltest.NewOpenBSDRelease("7.2", arch), kerneltest.NewOpenBSDRelease("7.8", arch)
		for _, test := range []struct{ kernel, other *kerneltest.OpenBSD }{{older, newer}, {newer, older}} {
			want := layouts(t, test.kernel)[0]
			wrong := layouts(t, test.other)
			for peers := 1; peers < 12; peers++ {
				for prefixes := range 6 {
					r := rand.New(rand.NewPCG(uint64(peers), uint64(prefixes)))
					d := testutil.RandomDevice(r, testutil.RandomOptions{MinPeers: peers, MaxAllowedIPs: prefixes})
					dec, err := wgopenbsd.NewDecoder(test.kernel.AppendReply(nil, d), wrong...)
					if err != nil || dec.Layout() != want {
						t.Fatalf("%d peers: NewDecoder() = %v, want the layout of %v", peers, err, want)
					}
				}
			}
		}
	}
}

// FuzzReply checks that a hostile reply neither panics nor makes the decoder allocate more
// than a multiple of its size, and that what is decoded is a valid device.
func FuzzReply(f *testing.F) {
	for i, kernel := range kernels {
		f.Add(uint8(i), kernel.make().AppendReply(nil, someDevice()))
		f.Add(uint8(i), kernel.make().AppendReply(nil, &wgtypes.Device{}))
	}
	f.Fuzz(func(t *testing.T, kernel uint8, reply []byte) {
		k := kernels[int(kernel)%len(kernels)].make()
		list := layouts(t, k)
		before := slices.Clone(reply)
		var start, end runtime.MemStats
		runtime.ReadMemStats(&start)
		d, err := decode(reply, list...)
		runtime.ReadMemStats(&end)
		// A test process allocates in other goroutines too.
		if got, limit := end.TotalAlloc-start.TotalAlloc, uint64(1<<20+16*len(reply)); got > limit {
			t.Errorf("decoding %d bytes allocated %d bytes, want at most %d", len(reply), got, limit)
		}
		if !slices.Equal(before, reply) {
			t.Error("decode() changed the reply, want it unchanged")
		}
		if err != nil {
			if !errors.Is(err, wgopenbsd.ErrMalformed) {
				t.Errorf("error = %v, want ErrMalformed", err)
			}
			return
		}
		for _, p := range d.Peers {
			for _, prefix := range p.AllowedIPs {
				if !prefix.IsValid() || prefix != prefix.Masked() {
					t.Errorf("allowed IP = %v, want a masked prefix", prefix)
				}
			}
		}
	})
}
