//go:build unix

package wguser_test

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestBoringtun configures one at random: it becomes what the model says, and
// nothing is sent that a real one would panic of.
func TestBoringtun(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 3))
		f := &fakeDaemon{boringtun: true}
		b := withFake(t, f)
		f.device.PrivateKey = wgtypes.PrivateKey{} // it never tells
		for range 10 {
			c := testutil.RandomConfig(r, f.current(), testutil.RandomOptions{MaxPeers: 5, MaxAllowedIPs: 5, Collisions: 0.8})
			c.PrivateKey = nil
			want := wginternal.Apply(f.current(), c)
			if err := configure(t.Context(), b, "wg0", c); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(unordered(want), unordered(f.current()), equal); diff != "" {
				t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
			}
			if f.panics() != nil {
				t.Fatalf("seed %d: it broke of %q", seed, f.panics())
			}
		}
	}
}

// unordered is d without an order, and without the version that a fake makes up.
func unordered(d *wgtypes.Device) *wgtypes.Device {
	d = settled(d)
	for i := range d.Peers {
		d.Peers[i].ProtocolVersion = 0
		slices.SortFunc(d.Peers[i].AllowedIPs, func(a, b netip.Prefix) int { return strings.Compare(a.String(), b.String()) })
	}
	return d
}

// TestFreshBoringtun has neither key nor peers, and so tells nothing of itself.
func TestFreshBoringtun(t *testing.T) {
	t.Parallel()
	f := &fakeDaemon{boringtun: true, device: new(wgtypes.Device)}
	b := daemon(t, f.answer)
	c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1)}, {PublicKey: repeated(1), AllowedIPs: prefixes("10.0.0.0/8")}}}
	err := configure(t.Context(), b, "wg0", c)
	var partial *wginternal.PartialError
	if err == nil || errors.As(err, &partial) || !strings.Contains(err.Error(), "private key") || len(f.sets()) > 0 {
		t.Errorf("a peer before a key: %v, sent %q", err, f.sets())
	}
	c.PrivateKey = new(wgtypes.NewPrivateKey(repeated(0x48)))
	if err := configure(t.Context(), b, "wg0", c); err != nil {
		t.Error(err)
	}
	if len(f.current().Peers) != 1 || f.panics() != nil {
		t.Errorf("it has %v and broke of %q", f.current().Peers, f.panics())
	}
}

// TestFreshStandard is another daemon without key and peers, which needs none
// of that.
func TestFreshStandard(t *testing.T) {
	t.Parallel()
	f := newFake()
	b := daemon(t, f.answer)
	c := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(1)}}}
	if err := configure(t.Context(), b, "wg0", c); err != nil || len(f.current().Peers) != 1 {
		t.Errorf("%v, %v", err, f.current().Peers)
	}
}

// TestRebuildLeavesAlone what stays as it is.
func TestRebuildLeavesAlone(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 0).UTC()
	have := &wgtypes.Device{PublicKey: repeated(9), Peers: []wgtypes.Peer{
		{PublicKey: repeated(1), LastHandshake: at, ReceiveBytes: 5, AllowedIPs: prefixes("10.1.0.0/16", "10.2.0.0/16")},
		{PublicKey: repeated(2), LastHandshake: at},
	}}
	got, err := wguser.Rebuild(have, wgtypes.Config{Peers: []wgtypes.PeerConfig{
		{PublicKey: repeated(1), ReplaceAllowedIPs: true, AllowedIPs: prefixes("10.2.0.0/16", "10.1.0.0/16")},
		{PublicKey: repeated(2), Remove: true},
		{PublicKey: repeated(2)},
		{PublicKey: repeated(3), UpdateOnly: true, AllowedIPs: prefixes("10.1.0.0/16")},
	}})
	want := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: repeated(2), Remove: true}, {PublicKey: repeated(2)}}}
	if diff := cmp.Diff(want, got, equal); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
