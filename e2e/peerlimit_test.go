package e2e_test

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestPeerLimit gives a device a peer more than it takes: the caller learns the
// errno, and what of the change is not known; what is there is what came before
// that peer; and a full device can be brought to another state.
//
// It takes 2 GiB for wireguard-go and 6 for a kernel, and so an environment that
// says that they are there.
func TestPeerLimit(t *testing.T) {
	if os.Getenv("WGTEST_LARGE") != "1" {
		t.Skip("this takes 2 GiB of memory, or 6 with a kernel: WGTEST_LARGE=1 allows it")
	}
	for _, device := range []struct {
		backend
		limit int
		errno syscall.Errno
	}{
		{backend{"wireguard-go", userspace}, 1 << 16, syscall.EINVAL},
		{backend{"kernel", kernel}, 1 << 20, syscall.ENOMEM},
	} {
		t.Run(device.name, func(t *testing.T) { testPeerLimit(t, device.make(t), device.limit, device.errno) })
	}
}

func testPeerLimit(t *testing.T, s subject, limit int, errno syscall.Errno) {
	want := wgtypes.Config{}
	for i := range limit + 1 {
		want.Peers = append(want.Peers, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{9, byte(i), byte(i >> 8), byte(i >> 16)}})
	}
	err := s.client.ConfigureDevice(t.Context(), s.name, want)
	var partial *wgctrl.PartialError
	if !errors.Is(err, errno) || !errors.As(err, &partial) {
		t.Fatalf("%v, want %v", err, errno)
	}
	applied, unknown, left := len(partial.Applied.Peers), len(partial.Unknown.Peers), len(partial.NotSent.Peers)
	if applied > limit || applied+unknown+left != limit+1 || unknown == 0 {
		t.Errorf("%d peers are said to be applied, %d perhaps, %d not sent", applied, unknown, left)
	}
	want.ReplacePeers, want.Peers = true, want.Peers[:limit]
	if got := s.read(t); len(got.Peers) != limit || !isZero(wgctrl.Diff(got, want)) {
		t.Fatalf("there are %d peers, want %d", len(got.Peers), limit)
	}
	// A Sync adds before it removes, so that no prefix is without a peer: there
	// is no room for another one in the place of one that goes. It is made first.
	gone := want.Peers[7]
	want.Peers[7].PublicKey = wgtypes.PublicKey{10}
	if _, err := s.client.SyncDevice(t.Context(), s.name, want, wgctrl.SyncOptions{}); !errors.Is(err, errno) {
		t.Errorf("another peer on a full device: %v, want %v", err, errno)
	}
	s.configure(t, peers(wgtypes.PeerConfig{PublicKey: gone.PublicKey, Remove: true}))
	if applied := s.sync(t, want, wgctrl.SyncOptions{}); len(applied.Peers) != 1 {
		t.Errorf("a Sync changed %d peers, want 1", len(applied.Peers))
	}
	if applied := s.sync(t, want, wgctrl.SyncOptions{}); !isZero(applied) {
		t.Errorf("a second Sync changed %d peers", len(applied.Peers))
	}
}
