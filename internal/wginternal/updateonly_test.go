package wginternal_test

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestDropAbsent checks that DropAbsent keeps the effect of a change and leaves no
// UpdateOnly.
func TestDropAbsent(t *testing.T) {
	t.Parallel()
	o := testutil.RandomOptions{MinPeers: 1, MaxPeers: 6, Collisions: 0.7}
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		have := &wgtypes.Device{}
		for range 8 {
			c := wginternal.Normalize(testutil.RandomConfig(r, have, o))
			for i := range c.Peers {
				c.Peers[i].UpdateOnly = !c.Peers[i].Remove && r.IntN(2) == 0
			}
			got := wginternal.DropAbsent(have, c)
			if wginternal.HasUpdateOnly(got) {
				t.Fatalf("seed %d: DropAbsent(%v) = %v, want no UpdateOnly", seed, c, got)
			}
			want := wginternal.Apply(have, c)
			if after := wginternal.Apply(have, got); !reflect.DeepEqual(after, want) { // cmp alone takes much longer
				diff := cmp.Diff(want, after, cmpopts.EquateComparable(netip.AddrPort{}, netip.Prefix{}),
					cmp.Comparer(wgtypes.PrivateKey.Equal), cmp.Comparer(wgtypes.PresharedKey.Equal))
				if diff != "" {
					t.Fatalf("seed %d: Apply after DropAbsent(%v) (-want +got):\n%s", seed, c, diff)
				}
			}
			have = want
		}
	}
}

// TestDropAbsentOwnKey checks that a peer does not exist any more if the change gives the
// device the private key of that peer.
func TestDropAbsentOwnKey(t *testing.T) {
	t.Parallel()
	private := wgtypes.NewPrivateKey([wgtypes.KeyLen]byte{1})
	key := private.PublicKey()
	have := &wgtypes.Device{Peers: []wgtypes.Peer{{PublicKey: key}}}
	update := []wgtypes.PeerConfig{{PublicKey: key, UpdateOnly: true}}
	for _, test := range []struct {
		private *wgtypes.PrivateKey
		want    int
	}{{nil, 1}, {new(wgtypes.PrivateKey), 1}, {&private, 0}} {
		got := wginternal.DropAbsent(have, wgtypes.Config{PrivateKey: test.private, Peers: update})
		if len(got.Peers) != test.want {
			t.Errorf("DropAbsent with the private key %v keeps %d peers, want %d", test.private, len(got.Peers), test.want)
		}
	}
}
