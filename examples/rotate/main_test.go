package main

import (
	"context"
	"errors"
	"os"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

// pair is a tunnel and the two sides that the program configures.
type pair struct {
	ends [2]*wgtest.End
	side [2]side
}

// eachTunnel runs a test on a tunnel that has carried packets.
func eachTunnel(t *testing.T, test func(t *testing.T, ctx context.Context, p pair)) {
	t.Parallel()
	for name, tunnel := range map[string]func(testing.TB) (a, b *wgtest.End){
		"userspace": wireguardgotest.Tunnel, "kernel": wgtest.KernelTunnel,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			a, b := tunnel(t)
			p := pair{[2]*wgtest.End{a, b}, [2]side{{a.Client(t), a.Name}, {b.Client(t), b.Name}}}
			p.carries(t, ctx, 3)
			test(t, ctx, p)
		})
	}
}

// carries sends n datagrams in both directions.
func (p pair) carries(t *testing.T, ctx context.Context, n int) {
	t.Helper()
	for range n {
		if _, err := wgtest.RoundTrip(ctx, p.ends[0], p.ends[1]); err != nil {
			t.Fatalf("RoundTrip() = %v, want no error", err)
		}
	}
}

// rotates runs the program while datagrams go in both directions, and checks that
// they still arrive.
func (p pair) rotates(t *testing.T, ctx context.Context, what string) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- run(ctx, what, p.side[0], p.side[1]) }()
	trips, lost := 0, 0
	for running := true; running; {
		n, err := wgtest.RoundTrip(ctx, p.ends[0], p.ends[1])
		if err != nil {
			t.Fatalf("RoundTrip() while the %s is rotated = %v, want no error", what, err)
		}
		trips, lost = trips+1, lost+n
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
		}
	}
	p.carries(t, ctx, 10)
	t.Logf("%s: %d round trips during the rotation, %d datagrams sent again", what, trips, lost)
}

// peers returns the only peer of each device.
func (p pair) peers(t *testing.T, ctx context.Context) (peers [2]wgtypes.Peer) {
	t.Helper()
	for i, s := range p.side {
		d, err := s.read(ctx)
		if err != nil || len(d.Peers) != 1 {
			t.Fatalf("%s is %+v, %v; want one peer", s.device, d, err)
		}
		peers[i] = d.Peers[0]
	}
	return peers
}

// TestPSK checks that both sides have the same new preshared key, that the session
// continues, and that the next handshake works.
func TestPSK(t *testing.T) {
	eachTunnel(t, func(t *testing.T, ctx context.Context, p pair) {
		before := p.peers(t, ctx)
		p.rotates(t, ctx, "psk")
		after := p.peers(t, ctx)
		for i := range after {
			if after[i].PresharedKey.IsZero() || !after[i].PresharedKey.Equal(after[1-i].PresharedKey) || after[i].PresharedKey.Equal(before[i].PresharedKey) {
				t.Errorf("%s has the preshared key of the other side: %t, changed: %t, set: %t; want all three", p.side[i].device,
					after[i].PresharedKey.Equal(after[1-i].PresharedKey), !after[i].PresharedKey.Equal(before[i].PresharedKey), !after[i].PresharedKey.IsZero())
			}
			if !after[i].LastHandshake.Equal(before[i].LastHandshake) {
				t.Errorf("%s has a handshake at %v, want %v as before", p.side[i].device, after[i].LastHandshake, before[i].LastHandshake)
			}
		}
		p.rotates(t, ctx, "key") // makes a handshake necessary
	})
}

// TestKey checks that the old key is removed from both sides, and that nothing else
// changed.
func TestKey(t *testing.T) {
	eachTunnel(t, func(t *testing.T, ctx context.Context, p pair) {
		before := p.peers(t, ctx)
		for range 2 {
			p.rotates(t, ctx, "key")
		}
		after := p.peers(t, ctx)
		if after[1].PublicKey == before[1].PublicKey || after[0].PublicKey != before[0].PublicKey {
			t.Errorf("the keys are %v and %v, want %v and another one than %v", after[0].PublicKey, after[1].PublicKey, before[0].PublicKey, before[1].PublicKey)
		}
		if after[1].AllowedIPs[0] != before[1].AllowedIPs[0] || after[1].Endpoint != before[1].Endpoint {
			t.Errorf("the peer is %+v, want the allowed IPs and the endpoint of %+v", after[1], before[1])
		}
	})
}

// TestSecondFails checks that the first device is restored if the second one fails.
func TestSecondFails(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct{ first, second int }{"psk": {0, 1}, "key": {1, 0}} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			fakes := fakePair(t)
			sides := [2]side{{fakes[0].Client(t), "wg0"}, {fakes[1].Client(t), "wg0"}}
			before := fakes[test.first].State()
			fakes[test.second].OnSet(0, wgtest.Fail(syscall.EIO))
			if err := run(t.Context(), what, sides[0], sides[1]); !errors.Is(err, syscall.EIO) {
				t.Errorf("run(%q) = %v, want EIO", what, err)
			}
			if left := wgtest.ConfigOf(fakes[test.first].State()); len(left.Peers) != len(before.Peers) ||
				!fakes[test.first].State().Peers[0].PresharedKey.Equal(before.Peers[0].PresharedKey) {
				t.Errorf("the first device is %+v, want it as before: %+v", left, wgtest.ConfigOf(before))
			}
			if len(fakes[test.first].Sets()) != 2 {
				t.Errorf("the first device had %d changes, want 2: one and its undoing", len(fakes[test.first].Sets()))
			}
		})
	}
}

// TestInterrupted cancels the context while the second device changes. Both devices
// are restored.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for what, second := range map[string]int{"psk": 1, "key": 0} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			fakes := fakePair(t)
			sides := [2]side{{fakes[0].Client(t), "wg0"}, {fakes[1].Client(t), "wg0"}}
			before := [2]*wgtypes.Device{fakes[0].State(), fakes[1].State()}
			fakes[second].OnSet(1, wgtest.Hang())
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error, 1)
			go func() { ended <- run(ctx, what, sides[0], sides[1]) }()
			for len(fakes[second].Sets()) == 0 {
				select {
				case err := <-ended:
					t.Fatalf("run(%q) = %v before the change, want it to wait", what, err)
				default:
					runtime.Gosched()
				}
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("run(%q) = %v, want context.Canceled", what, err)
			}
			for i, f := range fakes {
				if after := f.State(); !reflect.DeepEqual(after, before[i]) {
					t.Errorf("device %d is %+v, want %+v as before", i, after, before[i])
				}
			}
		})
	}
}

// TestLeft checks that errors name the device that could not be restored, and its state.
func TestLeft(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		what     string
		refusing int // the device
		from     int // its change from which on it refuses
		want     string
	}{
		"psk":  {"psk", 1, 1, "wg0 may have a preshared key that the other does not have: "},
		"key":  {"key", 0, 1, "wg0 may have a new key that the other does not know: "},
		"last": {"key", 1, 2, "wg0 has both peers, "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fakes := fakePair(t)
			fakes[test.refusing].OnSet(0, wgtest.Fail(syscall.EIO))
			for k := 1; k < test.from; k++ {
				fakes[test.refusing].OnSet(k, wgtest.Good())
			}
			err := run(t.Context(), test.what, side{fakes[0].Client(t), "wg0"}, side{fakes[1].Client(t), "wg0"})
			if !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("run(%q) = %v, want EIO with %q", test.what, err, test.want)
			}
		})
	}
}

// fakePair returns two fake daemons that are peers of each other.
func fakePair(t *testing.T) [2]*wgtest.Fake {
	t.Helper()
	a, b := wgtypes.NewPrivateKey([32]byte{8}), wgtypes.NewPrivateKey([32]byte{16})
	state := func(own wgtypes.PrivateKey, other wgtypes.PrivateKey) *wgtypes.Device {
		return &wgtypes.Device{PrivateKey: own.Clamped(), PublicKey: own.PublicKey(), Peers: []wgtypes.Peer{{PublicKey: other.PublicKey()}}}
	}
	return [2]*wgtest.Fake{wgtest.NewFake(t, state(a, b)), wgtest.NewFake(t, state(b, a))}
}
