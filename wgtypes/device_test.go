package wgtypes_test

import (
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestPeerConnected(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	if (wgtypes.Peer{}).Connected(now) {
		t.Error("Connected() = true without a handshake, want false")
	}
	for age, want := range map[time.Duration]bool{
		0: true, wgtypes.SessionLifetime: true, wgtypes.SessionLifetime + 1: false, 24 * time.Hour: false,
		-time.Second: true, -24 * time.Hour: false, // the clock was set back
	} {
		if got := (wgtypes.Peer{LastHandshake: now.Add(-age)}).Connected(now); got != want {
			t.Errorf("Connected() = %t, %v after the handshake, want %t", got, age, want)
		}
	}
}
