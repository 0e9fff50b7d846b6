package wgtypes_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestPeerConnected(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	for _, now := range []time.Time{now, {}} {
		if (wgtypes.Peer{}).Connected(now) {
			t.Errorf("Connected(%v) = true without a handshake, want false", now)
		}
	}
	for age, want := range map[time.Duration]bool{
		0: true, 180 * time.Second: true, 180*time.Second + 1: false, 24 * time.Hour: false,
		-180 * time.Second: true, -180*time.Second - 1: false,
		-time.Second: true, -24 * time.Hour: false, // the clock was set back
	} {
		if got := (wgtypes.Peer{LastHandshake: now.Add(-age)}).Connected(now); got != want {
			t.Errorf("Connected() = %t, %v after the handshake, want %t", got, age, want)
		}
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	tests := map[wgtypes.Kind]string{
		wgtypes.KindUnknown:              "unknown",
		wgtypes.KindKernel:               "kernel",
		wgtypes.KindUserspace:            "userspace",
		wgtypes.KindInProcess:            "in-process",
		wgtypes.KindAmneziaKernel:        "amneziawg-kernel",
		wgtypes.KindAmneziaUserspace:     "amneziawg-userspace",
		wgtypes.Kind(200):                "Kind(200)",
		wgtypes.KindAmneziaUserspace + 1: "Kind(6)",
	}
	for k, want := range tests {
		if got := k.String(); got != want {
			t.Errorf("String is %q, want %q", got, want)
		}
		text, err := json.Marshal(k)
		if k > wgtypes.KindAmneziaUserspace {
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("invalid kind %d: must be 0 to 5", k)) {
				t.Errorf("json.Marshal(%v) = %s, %v, want an error with the limits", k, text, err)
			}
			continue
		}
		if err != nil || string(text) != `"`+want+`"` {
			t.Errorf("json.Marshal(%v) = %s, %v, want %q", k, text, err, want)
		}
		var again wgtypes.Kind
		if err := json.Unmarshal(text, &again); err != nil || again != k {
			t.Errorf("json.Unmarshal(%s) = %v, %v, want %v", text, again, err, k)
		}
	}
}

func TestKindRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`""`, `"Kernel"`, `"Kind(4)"`, `"Kind(6)"`, `"amneziawg"`, `"linux"`, `1`, `[]`} {
		k := wgtypes.KindKernel
		if err := json.Unmarshal([]byte(text), &k); err == nil {
			t.Errorf("json.Unmarshal(%s) = %v, want an error", text, k)
		}
		if k != wgtypes.KindKernel {
			t.Errorf("json.Unmarshal(%s) changes the kind to %v, want %v", text, k, wgtypes.KindKernel)
		}
	}
}

func TestDeviceRefIdentity(t *testing.T) {
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
		{wgtypes.DeviceRef{Name: "wg0", Kind: kernel, Index: 1}, wgtypes.DeviceRef{Name: "wg1", Kind: kernel, Index: 1}, true},
		{wgtypes.DeviceRef{Name: "wg0", Kind: user, Index: 3}, wgtypes.DeviceRef{Name: "wg0", Kind: kernel, Index: 3}, false},
	} {
		if got := tt.a.Identity() == tt.b.Identity(); got != tt.want {
			t.Errorf("%+v.Identity() == %+v.Identity() = %t, want %t", tt.a, tt.b, got, tt.want)
		}
	}
}
