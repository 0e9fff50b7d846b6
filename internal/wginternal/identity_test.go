package wginternal_test

import (
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

func TestPeersByKey(t *testing.T) {
	t.Parallel()
	d := device(peer(keyA), peer(keyB))
	got := wginternal.PeersByKey(d)
	if len(got) != 2 || got[keyA] != &d.Peers[0] || got[keyB] != &d.Peers[1] {
		t.Errorf("PeersByKey() = %v, want pointers to both peers", got)
	}
}
