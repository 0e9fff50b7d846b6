package wgctrl_test

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestPeerLimit gives wireguard-go a peer more than it takes, 65 536: the caller
// learns the errno, and that nothing of the change is known; what is there is
// what came before that peer; and a description without it makes the device
// whole, in a change of what is missing alone.
//
// It takes 2 GiB, and so an environment that says that they are there. (Of a
// kernel the limit is 1 048 576, for which no machine of tests has the memory.)
func TestPeerLimit(t *testing.T) {
	if os.Getenv("WGTEST_LARGE") != "1" {
		t.Skip("this takes 2 GiB of memory: WGTEST_LARGE=1 allows it")
	}
	const limit = 1 << 16
	want := wgtypes.Config{PrivateKey: &key1}
	for i := range limit + 1 {
		want.Peers = append(want.Peers, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{9, byte(i), byte(i >> 8), byte(i >> 16)}})
	}
	s := userspace(t)
	err := s.client.ConfigureDevice(t.Context(), s.name, want)
	var partial *wgctrl.PartialError
	if !errors.Is(err, syscall.EINVAL) || !errors.As(err, &partial) || len(partial.Unknown.Peers) != len(want.Peers) {
		t.Fatalf("%v", err)
	}
	want.Peers = want.Peers[:limit]
	got := s.read(t)
	if diff := compare(wginternal.Apply(&wgtypes.Device{Name: got.Name, Kind: got.Kind}, want), got); diff != "" {
		t.Fatalf("there are %d peers", len(got.Peers))
	}
	// One goes, another one takes its place.
	want.ReplacePeers = true
	want.Peers[7].PublicKey = wgtypes.PublicKey{10}
	if applied := s.sync(t, want, wgctrl.SyncOptions{}); len(applied.Peers) != 2 {
		t.Errorf("a Sync changed %d peers, want 2", len(applied.Peers))
	}
	if applied := s.sync(t, want, wgctrl.SyncOptions{}); !isZero(applied) {
		t.Errorf("a second Sync changed %d peers", len(applied.Peers))
	}
}
