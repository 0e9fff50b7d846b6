package wgctrl

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestKeepEndpoints(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	if (SyncOptions{}).keepEndpoint(now) != nil {
		t.Error("endpoints are kept without being told to")
	}
	keep := SyncOptions{KeepEndpoints: true}.keepEndpoint(now)
	if keep(wgtypes.Peer{}) {
		t.Error("a peer that never shook hands")
	}
	for age, want := range map[time.Duration]bool{
		0: true, 180 * time.Second: true, 180*time.Second + 1: false, 24 * time.Hour: false,
		-time.Second: true, -24 * time.Hour: false, // the clock was set back
	} {
		if got := keep(wgtypes.Peer{LastHandshake: now.Add(-age)}); got != want {
			t.Errorf("a handshake %v ago keeps the endpoint: %t, want %t", age, got, want)
		}
	}
}

// TestSyncPartial: what was acknowledged is returned beside the error.
func TestSyncPartial(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	acknowledged := wgtypes.Config{FirewallMark: new(uint32(7))}
	want := wgtypes.Config{FirewallMark: new(uint32(7)), Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}}
	for name, test := range map[string]struct {
		err     error
		applied wgtypes.Config
		partial bool
	}{
		"part":    {&wginternal.PartialError{Applied: acknowledged, Err: cause}, acknowledged, true},
		"nothing": {cause, wgtypes.Config{}, false},
	} {
		d := &fakeDevice{name: "wg0", confErr: test.err}
		c, _, _ := clientWith([]*fakeDevice{d}, nil)
		applied, err := c.SyncDevice(t.Context(), "wg0", want, SyncOptions{})
		var partial *PartialError
		if !errors.Is(err, cause) || errors.As(err, &partial) != test.partial || !reflect.DeepEqual(applied, test.applied) {
			t.Errorf("%s: %+v, %v", name, applied, err)
		}
		if len(d.configured) != 1 || d.opened != 0 {
			t.Errorf("%s: configured with %+v, %d are open", name, d.configured, d.opened)
		}
	}
}

// TestSyncReadsAgain: a device that changes while it is read is read again, and
// not written if it does not stop.
func TestSyncReadsAgain(t *testing.T) {
	t.Parallel()
	want := wgtypes.Config{FirewallMark: new(uint32(7))}
	for times, written := range map[int]int{3: 1, 100: 0} {
		d := &fakeDevice{name: "wg0"}
		for range times {
			d.readErrs = append(d.readErrs, ErrInterrupted)
		}
		c, _, _ := clientWith([]*fakeDevice{d}, nil)
		_, err := c.SyncDevice(t.Context(), "wg0", want, SyncOptions{})
		if errors.Is(err, ErrInterrupted) != (written == 0) || len(d.configured) != written || d.opened != 0 {
			t.Errorf("interrupted %d times: %v, written %d times", times, err, len(d.configured))
		}
	}
}
