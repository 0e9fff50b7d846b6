package wgctrl

import (
	"errors"
	"io/fs"
	"net/netip"
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
		t.Error("keepEndpoint() is not nil without KeepEndpoints, want nil")
	}
	keep := SyncOptions{KeepEndpoints: true}.keepEndpoint(now)
	if keep(wgtypes.Peer{}) {
		t.Error("a peer without a handshake keeps its endpoint, want it to change")
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

// TestSyncPartial checks that SyncDevice returns the part that was acknowledged
// and the error.
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
			t.Errorf("%s: SyncDevice() = %+v, %v, want %+v, PartialError: %t", name, applied, err, test.applied, test.partial)
		}
		if len(d.configured) != 1 || d.opened != 0 {
			t.Errorf("%s: sent %+v and left %d open, want one change and 0", name, d.configured, d.opened)
		}
	}
}

// TestSyncSends checks what SyncDevice sends and returns.
func TestSyncSends(t *testing.T) {
	t.Parallel()
	key := wgtypes.PublicKey{100}
	configured, roamed := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:2")
	endpoint := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: key, Endpoint: configured}}}
	both := endpoint
	both.FirewallMark = new(uint32(7))
	for name, test := range map[string]struct {
		want      wgtypes.Config
		o         SyncOptions
		handshake time.Time
		mark      bool // changes
		endpoint  bool // changes
		sent      int
	}{
		"nothing differs":          {wgtypes.Config{FirewallMark: new(uint32)}, SyncOptions{}, time.Time{}, false, false, 0},
		"everything":               {both, SyncOptions{}, time.Now(), true, true, 1},
		"dry run":                  {both, SyncOptions{DryRun: true}, time.Now(), true, true, 0},
		"keep endpoints":           {both, SyncOptions{KeepEndpoints: true}, time.Now(), true, false, 1},
		"only the endpoint, kept":  {endpoint, SyncOptions{KeepEndpoints: true}, time.Now(), false, false, 0},
		"keep without a session":   {endpoint, SyncOptions{KeepEndpoints: true}, time.Now().Add(-time.Hour), false, true, 1},
		"keep, without handshakes": {endpoint, SyncOptions{KeepEndpoints: true}, time.Time{}, false, true, 1},
	} {
		d := &fakeDevice{name: "wg0", peer: wgtypes.Peer{Endpoint: roamed, LastHandshake: test.handshake}}
		c, _, _ := clientWith([]*fakeDevice{d}, nil)
		applied, err := c.SyncDevice(t.Context(), "wg0", test.want, test.o)
		if err != nil || (applied.FirewallMark != nil) != test.mark || (len(applied.Peers) > 0) != test.endpoint {
			t.Errorf("%s: SyncDevice() = %v, %v, want the mark: %t, the endpoint: %t", name, applied, err, test.mark, test.endpoint)
		}
		if len(d.configured) != test.sent || test.sent > 0 && !reflect.DeepEqual(d.configured[0], applied) {
			t.Errorf("%s: sent %v, want %d times %v", name, d.configured, test.sent, applied)
		}
	}
}

// TestSyncReadsAgain checks that a device that changes while it is read is read
// again, and that one that keeps changing is not written.
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
			t.Errorf("interrupted %d times, SyncDevice() = %v and sends %d times, want %d", times, err, len(d.configured), written)
		}
	}
}

// TestSyncWithoutUpdateOnly checks that SyncDevice does not need UpdateOnly.
func TestSyncWithoutUpdateOnly(t *testing.T) {
	t.Parallel()
	d := &fakeDevice{name: "wg0"}
	c, k, _ := clientWith([]*fakeDevice{d}, nil)
	k.can.UpdateOnly = false
	want := wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{100}, PersistentKeepalive: new(time.Second)}}}
	if _, err := c.SyncDevice(t.Context(), "wg0", want, SyncOptions{}); err != nil {
		t.Fatal(err)
	}
	if len(d.configured) != 1 || len(d.configured[0].Peers) != 1 || d.configured[0].Peers[0].UpdateOnly {
		t.Errorf("SyncDevice() sends %+v, want one peer without UpdateOnly", d.configured)
	}
}

// TestSyncReview checks that Review gets the state that was read once and the change, and
// that its error stops the change.
func TestSyncReview(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	mark := wgtypes.Config{FirewallMark: new(uint32(7))}
	for name, test := range map[string]struct {
		want, change wgtypes.Config
		dryRun       bool
		err          error
		sent         int
	}{
		"a change":           {mark, mark, false, nil, 1},
		"nothing":            {wgtypes.Config{FirewallMark: new(uint32)}, wgtypes.Config{}, false, nil, 0},
		"dry run":            {mark, mark, true, nil, 0},
		"refused":            {mark, mark, false, refused, 0},
		"refused in dry run": {mark, mark, true, refused, 0},
		"nothing, refused":   {wgtypes.Config{}, wgtypes.Config{}, false, refused, 0},
	} {
		d := &fakeDevice{name: "wg0", port: 5, readErrs: []error{ErrInterrupted}}
		c, _, _ := clientWith([]*fakeDevice{d}, nil)
		var reads, calls int
		o := SyncOptions{DryRun: test.dryRun, Review: func(have *wgtypes.Device, change wgtypes.Config) error {
			calls, reads = calls+1, d.reads
			if have.Name != "wg0" || have.ListenPort != 5 || len(have.Peers) != 2 || !reflect.DeepEqual(change, test.change) || len(d.configured) > 0 {
				t.Errorf("%s: Review(%v, %v) after %d changes, want the device with two peers, %v and 0", name, have, change, len(d.configured), test.change)
			}
			if _, err := c.Device(t.Context(), "wg0"); err != nil {
				t.Errorf("%s: Device(wg0) in Review = %v, want no error", name, err)
			}
			return test.err
		}}
		applied, err := c.SyncDevice(t.Context(), "wg0", test.want, o)
		op, isOp := err.(*OpError)
		if !errors.Is(err, test.err) || isOp != (test.err != nil) || isOp && (op.Op != opSync || op.Device != "wg0") {
			t.Errorf("%s: SyncDevice() = %v, want an OpError that wraps %v", name, err, test.err)
		}
		if want := test.change; test.err == nil && !reflect.DeepEqual(applied, want) || test.err != nil && !applied.IsZero() {
			t.Errorf("%s: SyncDevice() = %v, %v, want %v, or nothing after an error", name, applied, err, want)
		}
		if calls != 1 || reads != 2 || len(d.configured) != test.sent || d.opened != 0 {
			t.Errorf("%s: Review was called %d times after %d reads, and %d changes were sent, want 1, 2 (one interrupted) and %d", name, calls, reads, len(d.configured), test.sent)
		}
	}
}

// TestSyncReviewAfterErrors checks that Review does not get a change that is not valid for
// the device, nor one of a device that cannot be read.
func TestSyncReviewAfterErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		device *fakeDevice
		want   wgtypes.Config
		err    error
	}{
		"reading fails": {&fakeDevice{name: "wg0", readErrs: []error{broken}}, wgtypes.Config{}, broken},
		"not supported": {&fakeDevice{name: "wg0"}, wgtypes.Config{Amnezia: &wgtypes.AmneziaConfig{Jc: new(uint16(4))}}, errors.ErrUnsupported},
		"invalid":       {&fakeDevice{name: "wg0"}, wgtypes.Config{Peers: make([]wgtypes.PeerConfig, 1)}, fs.ErrInvalid},
		"missing":       {&fakeDevice{name: "wg1"}, wgtypes.Config{}, fs.ErrNotExist},
	} {
		c, _, _ := clientWith([]*fakeDevice{test.device}, nil)
		o := SyncOptions{Review: func(have *wgtypes.Device, change wgtypes.Config) error {
			t.Errorf("%s: Review(%v, %v) was called, want no call", name, have, change)
			return nil
		}}
		if _, err := c.SyncDevice(t.Context(), "wg0", test.want, o); !errors.Is(err, test.err) {
			t.Errorf("%s: SyncDevice() = %v, want an error that wraps %v", name, err, test.err)
		}
	}
}

// TestApply checks that Apply makes of a device what Diff compares it with, and leaves the
// device as it was.
func TestApply(t *testing.T) {
	t.Parallel()
	want := wgtypes.Config{FirewallMark: new(uint32(7)), ReplacePeers: true, Peers: []wgtypes.PeerConfig{{PublicKey: wgtypes.PublicKey{1}}}}
	have := &wgtypes.Device{Name: "wg0", ListenPort: 5, Peers: []wgtypes.Peer{{PublicKey: wgtypes.PublicKey{2}}}}
	for _, have := range []*wgtypes.Device{have, nil} {
		got := Apply(have, Diff(have, want))
		if left := Diff(got, want); !left.IsZero() || got.FirewallMark != 7 || len(got.Peers) != 1 || have != nil && (got.Name != "wg0" || got.ListenPort != 5) {
			t.Errorf("Apply(%v, Diff) = %v, from which %v is left, want nothing left", have, got, left)
		}
	}
	if have.FirewallMark != 0 || have.Peers[0].PublicKey != (wgtypes.PublicKey{2}) {
		t.Errorf("after Apply() the device is %v, want it unchanged", have)
	}
}
