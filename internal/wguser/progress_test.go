//go:build unix

package wguser_test

import (
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// TestProgress checks the numbers of peers that are reported while a large change is
// sent and while it is read.
func TestProgress(t *testing.T) {
	t.Parallel()
	const peers = 3000
	f := newFake()
	b := daemon(t, f.answer)
	var done []int
	d := open(t, b, "wg0")
	err := d.Configure(t.Context(), manyPeers(peers), func(n, all int) {
		if all != peers {
			t.Errorf("progress(%d, %d), want a total of %d", n, all, peers)
		}
		done = append(done, n)
	})
	if err != nil {
		t.Fatal(err)
	}
	mustRise(t, "Configure", done, peers)
	if len(done) < 3 {
		t.Errorf("progress of Configure = %v, want several calls", done)
	}
	done = nil
	got, err := wginternal.ReadDevice(t.Context(), open(t, b, "wg0"), func(n, all int) {
		if all != 0 {
			t.Errorf("progress(%d, %d), want a total of 0", n, all)
		}
		done = append(done, n)
	})
	if err != nil || len(got.Peers) != peers {
		t.Fatalf("ReadDevice = %d peers, %v, want %d", len(got.Peers), err, peers)
	}
	mustRise(t, "ReadDevice", done, peers)
}

func mustRise(t *testing.T, what string, done []int, last int) {
	t.Helper()
	if len(done) == 0 || done[len(done)-1] != last {
		t.Fatalf("progress of %s = %v, want %d last", what, done, last)
	}
	for i := 1; i < len(done); i++ {
		if done[i] <= done[i-1] {
			t.Errorf("progress of %s = %d after %d, want more", what, done[i], done[i-1])
		}
	}
}
