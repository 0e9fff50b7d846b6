package wginternal_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

var errSend = errors.New("send failed")

// sendThree sends a change in three parts, of which the one with index fails fails.
func sendThree(ctx context.Context, fails int, refused bool, progress wginternal.Progress) error {
	part := func(i int, c wgtypes.Config) wginternal.Part {
		return wginternal.Part{Change: c, Send: func(context.Context, wgtypes.Config) error {
			if i == fails {
				return errSend
			}
			return nil
		}}
	}
	return wginternal.SendParts(ctx, []wginternal.Part{
		part(0, wgtypes.Config{ListenPort: new(uint16(7)), FirewallMark: new(uint32(8))}),
		part(1, wgtypes.Config{ReplacePeers: true, PrivateKey: new(wgtypes.PrivateKey), Peers: make([]wgtypes.PeerConfig, 2)}),
		part(2, wgtypes.Config{Peers: make([]wgtypes.PeerConfig, 1)}),
	}, func(err error) bool { return refused && errors.Is(err, errSend) }, progress)
}

func TestSendParts(t *testing.T) {
	t.Parallel()
	first := wgtypes.Config{ListenPort: new(uint16(7)), FirewallMark: new(uint32(8))}
	second := wgtypes.Config{ReplacePeers: true, PrivateKey: new(wgtypes.PrivateKey), Peers: make([]wgtypes.PeerConfig, 2)}
	third := wgtypes.Config{Peers: make([]wgtypes.PeerConfig, 1)}
	join := func(parts ...wgtypes.Config) wgtypes.Config { return wginternal.Join(parts) }
	for _, test := range []struct {
		name                      string
		fails                     int
		refused                   bool
		applied, unknown, notSent wgtypes.Config
	}{
		{"first", 0, false, wgtypes.Config{}, first, join(second, third)},
		{"second", 1, false, first, second, third},
		{"second refused", 1, true, first, wgtypes.Config{}, join(second, third)},
		{"last", 2, false, join(first, second), third, wgtypes.Config{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := sendThree(t.Context(), test.fails, test.refused, nil)
			var got *wginternal.PartialError
			if !errors.As(err, &got) || !errors.Is(err, errSend) {
				t.Fatalf("SendParts() = %v, want a PartialError that wraps %v", err, errSend)
			}
			for _, part := range []struct {
				name      string
				got, want wgtypes.Config
			}{
				{"Applied", got.Applied, test.applied}, {"Unknown", got.Unknown, test.unknown}, {"NotSent", got.NotSent, test.notSent},
			} {
				if !reflect.DeepEqual(part.got, part.want) {
					t.Errorf("%s = %v, want %v", part.name, part.got, part.want)
				}
			}
		})
	}
}

// TestSendPartsNothing checks that an error before anything is applied is returned
// itself.
func TestSendPartsNothing(t *testing.T) {
	t.Parallel()
	if err := sendThree(t.Context(), 0, true, nil); err != errSend {
		t.Errorf("SendParts() with a refused first part = %v, want %v", err, errSend)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sendThree(ctx, -1, true, nil); err != context.Canceled {
		t.Errorf("SendParts() with a cancelled context = %v, want %v", err, context.Canceled)
	}
}

// TestSendPartsCancelled cancels the context after the first part.
func TestSendPartsCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	err := sendThree(ctx, -1, false, func(int, int) { cancel() })
	got, ok := errors.AsType[*wginternal.PartialError](err)
	if !ok || !errors.Is(err, context.Canceled) {
		t.Fatalf("SendParts() = %v, want a PartialError that wraps %v", err, context.Canceled)
	}
	if got.Applied.ListenPort == nil || !got.Unknown.IsZero() || len(got.NotSent.Peers) != 3 {
		t.Errorf("SendParts() = %+v, want the port applied and 3 peers not sent", got)
	}
}

func TestSendPartsProgress(t *testing.T) {
	t.Parallel()
	var got [][2]int
	err := sendThree(t.Context(), -1, false, func(done, all int) { got = append(got, [2]int{done, all}) })
	if want := [][2]int{{0, 3}, {2, 3}, {3, 3}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("SendParts() = %v with progress %v, want nil and %v", err, got, want)
	}
}

// TestJoin checks that Join gives back the change that parts came from, and that the
// last of two values counts.
func TestJoin(t *testing.T) {
	t.Parallel()
	first := wgtypes.Config{
		PrivateKey: &private1, ListenPort: new(uint16(7)), FirewallMark: new(uint32(8)),
		Amnezia: &wgtypes.AmneziaConfig{Jc: new(uint16(4))}, ReplacePeers: true,
		Peers: []wgtypes.PeerConfig{{PublicKey: keyA}, {PublicKey: keyB}},
	}
	parts := []wgtypes.Config{
		{ListenPort: first.ListenPort}, {FirewallMark: first.FirewallMark}, {PrivateKey: first.PrivateKey},
		{Amnezia: first.Amnezia, ReplacePeers: true, Peers: first.Peers[:1]}, {Peers: first.Peers[1:]},
	}
	if diff := cmp.Diff(first, wginternal.Join(parts), values); diff != "" {
		t.Errorf("Join() of the parts of a change (-want +got):\n%s", diff)
	}
	second := wgtypes.Config{
		PrivateKey: &private2, ListenPort: new(uint16(9)), FirewallMark: new(uint32(10)), Amnezia: &wgtypes.AmneziaConfig{Jc: new(uint16(5))},
	}
	want := second
	want.ReplacePeers, want.Peers = true, first.Peers
	if diff := cmp.Diff(want, wginternal.Join([]wgtypes.Config{first, second}), values); diff != "" {
		t.Errorf("Join() of two changes (-want +got):\n%s", diff)
	}
}
