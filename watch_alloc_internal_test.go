package wgctrl

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestWatchAllocations checks that an interval in which nothing changes allocates a
// bounded number of objects in addition to those of reading the device, and that later
// intervals allocate as many as the first ones. It is not parallel, since it counts
// allocations.
func TestWatchAllocations(t *testing.T) {
	const peers, most = 1_000, 50
	synctest.Test(t, func(t *testing.T) {
		k := newWorld(wgtypes.KindKernel)
		d := k.add("wg0")
		k.do(func() {
			d.Peers = make([]wgtypes.Peer, peers)
			for i := range d.Peers {
				d.Peers[i].PublicKey = wgtypes.PublicKey{byte(i), byte(i >> 8)}
			}
		})
		c := clientOf(k)
		read := testing.AllocsPerRun(10, func() {
			if _, err := c.Device(t.Context(), "wg0"); err != nil {
				t.Fatalf("Device(wg0) = %v, want no error", err)
			}
		})
		s := spectate(t, c, WatchOptions{})
		synctest.Wait()
		interval := func() float64 {
			return testing.AllocsPerRun(20, func() {
				time.Sleep(defaultInterval)
				synctest.Wait()
			})
		}
		first := interval()
		time.Sleep(1_000 * defaultInterval)
		last := interval()
		if first > read+most || last > read+most {
			t.Errorf("an interval allocates %v, later %v times, want at most %v for a read and %d more", first, last, read, most)
		}
		if last > first {
			t.Errorf("an interval allocates %v times after 1 000 others, want at most the %v of the first ones", last, first)
		}
		if err := s.end(); err != nil {
			t.Errorf("after cancel, the loop ends with %v, want no error", err)
		}
	})
}
