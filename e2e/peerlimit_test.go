package e2e_test

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestPeerLimit adds one peer more than a device can have. The error has the
// errno and says which part of the change has an unknown state; the device has
// the peers before the last one; and a full device can still be changed.
//
// It needs 2 GiB of memory for wireguard-go and 6 GiB for a kernel, and runs
// only with WGTEST_LARGE=1.
func TestPeerLimit(t *testing.T) {
	if os.Getenv("WGTEST_LARGE") != "1" {
		t.Skip("needs 2 GiB of memory, or 6 GiB with a kernel; set WGTEST_LARGE=1 to run it")
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
		t.Fatalf("ConfigureDevice(%q) with %d peers = %v, want a PartialError wrapping %v", s.name, limit+1, err, errno)
	}
	applied, unknown, left := len(partial.Applied.Peers), len(partial.Unknown.Peers), len(partial.NotSent.Peers)
	if applied > limit || applied+unknown+left != limit+1 || unknown == 0 {
		t.Errorf("the PartialError has %d peers applied, %d unknown and %d not sent; want at most %d applied, some unknown, %d in all",
			applied, unknown, left, limit, limit+1)
	}
	want.ReplacePeers, want.Peers = true, want.Peers[:limit]
	if got := s.read(t); len(got.Peers) != limit || !isZero(wgctrl.Diff(got, want)) {
		t.Fatalf("Device(%q) has %d peers, want the first %d", s.name, len(got.Peers), limit)
	}
	// SyncDevice adds peers before it removes others, so that no prefix is without
	// a peer in between. On a full device the caller must remove a peer first.
	gone := want.Peers[7]
	want.Peers[7].PublicKey = wgtypes.PublicKey{10}
	if _, err := s.client.SyncDevice(t.Context(), s.name, want, wgctrl.SyncOptions{}); !errors.Is(err, errno) {
		t.Errorf("SyncDevice(%q) with another peer on a full device = %v, want %v", s.name, err, errno)
	}
	s.configure(t, peers(wgtypes.PeerConfig{PublicKey: gone.PublicKey, Remove: true}))
	if applied := s.sync(t, want, wgctrl.SyncOptions{}); len(applied.Peers) != 1 {
		t.Errorf("SyncDevice(%q) changed %d peers, want 1", s.name, len(applied.Peers))
	}
	if applied := s.sync(t, want, wgctrl.SyncOptions{}); !isZero(applied) {
		t.Errorf("the second SyncDevice(%q) changed %d peers, want no change", s.name, len(applied.Peers))
	}
}
