package e2e_test

import (
	"math/rand/v2"
	"testing"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestProgress checks that writing and reading a large device report progress.
func TestProgress(t *testing.T) {
	t.Parallel()
	const peers = 3000 // several messages, several pieces
	want := wgtest.RandomDevice(rand.New(rand.NewPCG(1, 1)), wgtest.GenOptions{MinPeers: peers, MaxPeers: peers})
	for _, b := range backends {
		if b.name == "in-process" {
			continue // a single call, without progress
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := b.make(t)
			steps := make(map[int]int) // number of reports, by all
			last := make(map[int]int)  // the last report, by all
			ctx := wginternal.WithProgress(t.Context(), func(done, all int) {
				if done < last[all] {
					t.Errorf("progress of %d goes from %d to %d, want no decrease", all, last[all], done)
				}
				steps[all]++
				last[all] = done
			})
			if err := s.client.ConfigureDevice(ctx, s.name, wgtest.ConfigOf(want)); err != nil {
				t.Fatal(err)
			}
			if _, err := s.client.Device(ctx, s.name); err != nil {
				t.Fatal(err)
			}
			if last[peers] != peers || steps[peers] < 2 {
				t.Errorf("ConfigureDevice reported %d peers in %d steps, want %d peers in at least 2 steps", last[peers], steps[peers], peers)
			}
			if last[0] != peers || steps[0] != peers {
				t.Errorf("Device reported %d peers in %d steps, want %d peers in %d steps", last[0], steps[0], peers, peers)
			}
		})
	}
}

func TestSyncDryRun(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := b.make(t)
			want := wgtypes.Config{FirewallMark: new(uint32(0)), Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}}
			have := s.read(t)
			change := s.sync(t, want, wgctrl.SyncOptions{DryRun: true})
			if diff := compare(have, s.read(t)); diff != "" {
				t.Errorf("the device after a dry run (-want +got):\n%s", diff)
			}
			applied := s.sync(t, want, wgctrl.SyncOptions{})
			if isZero(applied) || len(change.Peers) != 1 || len(applied.Peers) != 1 {
				t.Errorf("the dry run returned %+v and SyncDevice %+v, want one peer in both", change, applied)
			}
		})
	}
}
