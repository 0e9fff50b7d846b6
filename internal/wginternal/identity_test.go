package wginternal_test

import (
	"testing"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestIdentity(t *testing.T) {
	t.Parallel()
	const kernel, user = wgtypes.KindKernel, wgtypes.KindUserspace
	for _, tt := range []struct {
		a, b wgtypes.DeviceRef
		want bool
	}{
		{wgtypes.DeviceRef{Name: "wg0", Kind: kernel, Index: 3}, wgtypes.DeviceRef{Name: "wg1", Kind: kernel, Index: 3}, true},
		{wgtypes.DeviceRef{Name: "wg0", Kind: kernel, Index: 3}, wgtypes.DeviceRef{Name: "wg0", Kind: kernel, Index: 4}, false},
		{wgtypes.DeviceRef{Name: "wg0", Kind: user}, wgtypes.DeviceRef{Name: "wg0", Kind: user}, true},
		{wgtypes.DeviceRef{Name: "wg0", Kind: user}, wgtypes.DeviceRef{Name: "wg1", Kind: user}, false},
		{wgtypes.DeviceRef{Name: "wg0", Kind: user}, wgtypes.DeviceRef{Name: "wg0", Kind: kernel, Index: 3}, false},
	} {
		if got := wginternal.Identity(tt.a) == wginternal.Identity(tt.b); got != tt.want {
			t.Errorf("Identity(%+v) == Identity(%+v) = %t, want %t", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestPeersByKey(t *testing.T) {
	t.Parallel()
	d := device(peer(keyA), peer(keyB))
	got := wginternal.PeersByKey(d)
	if len(got) != 2 || got[keyA] != &d.Peers[0] || got[keyB] != &d.Peers[1] {
		t.Errorf("PeersByKey() = %v, want pointers to both peers", got)
	}
}
