package e2e_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// ownPeer returns a change that adds the peer of goroutine i.
func ownPeer(i int) wgtypes.Config {
	return testutil.Peers(wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{4, byte(i), byte(i >> 8)}, PersistentKeepalive: new(time.Minute)})
}

// oneOfMany is the work of goroutine i. Some contexts expire early.
func oneOfMany(ctx context.Context, s subject, i int) error {
	if i%10 == 9 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(i)*time.Microsecond)
		defer cancel()
	}
	switch i % 5 {
	case 0:
		return s.client.ConfigureDevice(ctx, s.name, ownPeer(i))
	case 1:
		_, err := s.client.SyncDevice(ctx, s.name, ownPeer(i), wgctrl.SyncOptions{})
		return err
	case 2:
		r, err := s.client.StreamDevice(ctx, s.name)
		if err != nil {
			return err
		}
		defer r.Close()
		n := 0
		for _, err := range r.Peers() {
			if n++; n > i%100 || err != nil {
				return err
			}
		}
		return nil
	case 3:
		_, err := s.client.Devices(ctx)
		return err
	}
	_, err := s.client.Device(ctx, s.name)
	return err
}

const many = 1000

// TestThousandGoroutines uses one Client from a thousand goroutines, which read,
// write and cancel. Every call succeeds or returns an expected error, and no
// change is lost.
func TestThousandGoroutines(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := b.make(t)
			s.configure(t, testutil.Peers(testutil.FullPeers(50, 1)...))
			var wg sync.WaitGroup
			for i := range many {
				wg.Go(func() {
					err := oneOfMany(t.Context(), s, i)
					gaveUp := i%10 == 9 && errors.Is(err, context.DeadlineExceeded)
					// Other goroutines interrupt reads.
					if err != nil && !gaveUp && !errors.Is(err, wgctrl.ErrInterrupted) {
						t.Errorf("goroutine %d: %v, want no error, ErrInterrupted or its expired deadline", i, err)
					}
				})
			}
			wg.Wait()
			have := make(map[wgtypes.PublicKey]bool)
			for _, p := range s.read(t).Peers {
				have[p.PublicKey] = true
			}
			for i := range many {
				if key := ownPeer(i).Peers[0].PublicKey; i%5 == 0 && !have[key] {
					t.Errorf("the device lacks peer %v, want the peer of each goroutine, also of %d", key, i)
				}
			}
		})
	}
}

// TestCloseAmongThousand closes the Client that a thousand goroutines use. Calls
// in progress succeed or return net.ErrClosed; later calls return net.ErrClosed.
func TestCloseAmongThousand(t *testing.T) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := b.make(t)
			s.configure(t, testutil.Peers(testutil.FullPeers(50, 1)...))
			var wg sync.WaitGroup
			for i := range many {
				wg.Go(func() {
					if i == many/2 {
						if err := s.client.Close(); err != nil {
							t.Errorf("Close() = %v, want no error", err)
						}
					}
					err := oneOfMany(t.Context(), s, i)
					switch {
					case err == nil, errors.Is(err, net.ErrClosed), errors.Is(err, wgctrl.ErrInterrupted):
					case i%10 == 9 && errors.Is(err, context.DeadlineExceeded):
					default:
						t.Errorf("goroutine %d: %v, want no error, net.ErrClosed, ErrInterrupted or its expired deadline", i, err)
					}
					if errors.Is(err, fs.ErrNotExist) {
						t.Errorf("goroutine %d: %v, want no fs.ErrNotExist from a closed Client", i, err)
					}
				})
			}
			wg.Wait()
			if _, err := s.client.Device(t.Context(), s.name); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Device(%q) of a closed Client = %v, want error wrapping net.ErrClosed", s.name, err)
			}
		})
	}
}
