package uapi_test

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo"
)

// equal compares values of package wgtypes: a nil list equals an empty one.
var equal = cmp.Options{
	cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
	cmpopts.EquateEmpty(),
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// Two peers.
var (
	someKey  = key("1c8828f7137324c58b2804928624ea2326f1674537c062e251e2753ca7fcca4c")
	otherKey = key("58402e695ba1772b1cc9309755f043251ea77fdcf10fbe63989ceb7e19321376")
)

func key(digits string) wgtypes.PublicKey {
	b, err := hex.DecodeString(digits)
	if err != nil {
		panic(err)
	}
	return wgtypes.PublicKey(b)
}

func prefixes(list ...string) (ps []netip.Prefix) {
	for _, s := range list {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}

func repeated(b byte) (k [wgtypes.KeyLen]byte) {
	for i := range k {
		k[i] = b
	}
	return k
}

// TestRealDevice sends random requests to wireguard-go, and checks after each
// that the device agrees with the model.
func TestRealDevice(t *testing.T) {
	t.Parallel()
	if !wireguardgo.Supported {
		t.Skip("wireguard-go does not run here")
	}
	for seed := range uint64(20) {
		dev, err := wireguardgo.New(wireguardgo.Options{Name: "wg0", Bind: wireguardgo.Offline()})
		if err != nil {
			t.Fatal(err)
		}
		r := random(seed)
		// Without a private key, wireguard-go treats the zero key as its own and
		// ignores that peer. Real devices have a key, and so has this one.
		set(t, dev, wgtypes.Config{PrivateKey: new(wgtypes.NewPrivateKey(repeated(0x48)))})
		have := get(t, dev)
		for range 20 {
			c := wginternal.Normalize(testutil.RandomConfig(r, have, testutil.RandomOptions{
				MaxPeers: 5, MaxAllowedIPs: 5, Collisions: 0.7, Unnormalized: true,
			}))
			if c.PrivateKey != nil && c.PrivateKey.IsZero() {
				c.PrivateKey = nil
			}
			set(t, dev, c)
			want := wginternal.Apply(have, c)
			got := get(t, dev)
			if want.ListenPort == 0 {
				want.ListenPort = got.ListenPort
			}
			if diff := cmp.Diff(settled(want), settled(got), equal); diff != "" {
				t.Fatalf("seed %d, request %q (-want +got):\n%s", seed, uapi.AppendSet(nil, c), diff)
			}
			have = got
		}
		dev.Close()
	}
}

func set(t *testing.T, dev uapi.Device, c wgtypes.Config) {
	t.Helper()
	body, ok := bytes.CutPrefix(uapi.AppendSet(nil, c), []byte("set=1\n"))
	if !ok {
		t.Fatalf("AppendSet = %q, want a request that begins with set=1", body)
	}
	if err := dev.IpcSetOperation(bytes.NewReader(body)); err != nil {
		t.Fatalf("IpcSetOperation(%q) = %v, want no error", body, err)
	}
}

func get(t *testing.T, dev uapi.Device) *wgtypes.Device {
	t.Helper()
	var reply bytes.Buffer
	if err := dev.IpcGetOperation(&reply); err != nil {
		t.Fatal(err)
	}
	reply.Write(uapi.AppendErrno(nil, 0))
	d, err := uapi.ParseDevice(&reply, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// settled returns a copy of d with sorted peers, without what traffic changes.
func settled(d *wgtypes.Device) *wgtypes.Device {
	d = d.Clone()
	for i := range d.Peers {
		d.Peers[i].TransmitBytes = 0
	}
	slices.SortFunc(d.Peers, func(a, b wgtypes.Peer) int {
		return bytes.Compare(a.PublicKey[:], b.PublicKey[:])
	})
	return d
}
