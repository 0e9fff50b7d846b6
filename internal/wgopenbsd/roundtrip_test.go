package wgopenbsd_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/kerneltest"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wgopenbsd"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// seeded runs check with random values and each kernel as a fuzz target.
func seeded(f *testing.F, check func(t *testing.T, r *rand.Rand, k *kerneltest.OpenBSD)) {
	for seed := range uint64(50) {
		f.Add(seed, uint8(seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, kernel uint8) {
		k := kernels[int(kernel)%len(kernels)].make()
		check(t, rand.New(rand.NewPCG(seed, 0)), k)
	})
}

// decode decodes a reply as a whole.
func decode(reply []byte, layouts ...*wgopenbsd.Layout) (*wgtypes.Device, error) {
	dec, err := wgopenbsd.NewDecoder(reply, layouts...)
	if err != nil {
		return nil, err
	}
	d := dec.Device()
	for {
		var p wgtypes.Peer
		err := dec.Next(&p)
		if err == io.EOF {
			return &d, nil
		}
		if err != nil {
			if again := dec.Next(&p); again != err {
				return nil, errors.New("Next() returns another error when it is called again")
			}
			return nil, err
		}
		d.Peers = append(d.Peers, p)
	}
}

// FuzzReplyRoundTrip checks that decoding an encoded device gives the same device.
func FuzzReplyRoundTrip(f *testing.F) {
	seeded(f, func(t *testing.T, r *rand.Rand, k *kerneltest.OpenBSD) {
		want := testutil.RandomDevice(r, testutil.RandomOptions{MaxPeers: 8, MaxAllowedIPs: 20, Collisions: 0.5})
		want.Name, want.Kind, want.Index = "", wgtypes.KindUnknown, 0
		got, err := decode(k.AppendReply(nil, want), layouts(t, k)...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equal...); diff != "" {
			t.Errorf("decoding the encoded device (-want +got):\n%s", diff)
		}
		for _, p := range got.Peers {
			if cap(p.AllowedIPs) != len(p.AllowedIPs) {
				t.Fatalf("capacity of %v = %d, want %d", p.AllowedIPs, cap(p.AllowedIPs), len(p.AllowedIPs))
			}
		}
	})
}

// FuzzSetRoundTrip checks that decoding an encoded change gives the same change, and that
// the encoder keeps what it appends to.
func FuzzSetRoundTrip(f *testing.F) {
	seeded(f, func(t *testing.T, r *rand.Rand, k *kerneltest.OpenBSD) {
		want := testutil.RandomConfig(r, nil, testutil.RandomOptions{MaxPeers: 8, MaxAllowedIPs: 20})
		for i := range want.Peers {
			want.Peers[i].RemoveAllowedIPs = nil
		}
		const before = "before"
		b := layouts(t, k)[0].AppendSet([]byte(before), &want)
		if string(b[:len(before)]) != before {
			t.Fatalf("AppendSet() changed the bytes before its result to %q, want %q", b[:len(before)], before)
		}
		got, err := k.ParseSet(b[len(before):])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, equal...); diff != "" {
			t.Errorf("decoding the encoded change (-want +got):\n%s", diff)
		}
	})
}

// TestReplyAddresses checks what the kernel returns otherwise than it was set: host bits,
// and the IPv4-mapped address of an endpoint.
func TestReplyAddresses(t *testing.T) {
	t.Parallel()
	k := kerneltest.NewOpenBSD()
	have := &wgtypes.Device{Peers: []wgtypes.Peer{{
		PublicKey:  testutil.PeerA,
		Endpoint:   netip.MustParseAddrPort("[::ffff:192.0.2.1]:7"),
		AllowedIPs: testutil.Prefixes("10.1.2.3/8", "fd00::1/8"),
	}}}
	got, err := decode(k.AppendReply(nil, have), layouts(t, k)...)
	if err != nil {
		t.Fatal(err)
	}
	p := got.Peers[0]
	if want := netip.MustParseAddrPort("192.0.2.1:7"); p.Endpoint != want {
		t.Errorf("endpoint = %v, want %v", p.Endpoint, want)
	}
	if want := testutil.Prefixes("10.0.0.0/8", "fd00::/8"); !slices.Equal(p.AllowedIPs, want) {
		t.Errorf("allowed IPs = %v, want %v", p.AllowedIPs, want)
	}
}
