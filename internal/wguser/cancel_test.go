//go:build unix

package wguser_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// steps counts what a daemon reads and writes, piece by piece, and does
// something at one of the pieces.
type steps struct {
	*testutil.StepCounter
	piece int // bytes

	mu   sync.Mutex
	busy int // conversations
	idle sync.Cond
}

// serve makes a socket for a daemon whose reading and writing is counted.
func (s *steps) serve(t *testing.T, dir string, answer func(net.Conn)) {
	s.idle.L = &s.mu
	listenAnd(t, dir, "wg0", func() { s.count(1) }, func(c net.Conn) {
		defer s.count(-1)
		answer(steppingConn{c, s})
	})
}

func (s *steps) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy += n
	s.idle.Broadcast()
}

// settle waits until the daemon has done everything that it was asked to.
func (s *steps) settle(t *testing.T, dir string) {
	t.Helper()
	// Connections are accepted in order: behind this one none is left.
	c, err := net.Dial("unix", filepath.Join(dir, "wg0.sock"))
	if err != nil {
		t.Fatal(err)
	}
	c.(*net.UnixConn).CloseWrite()
	io.Copy(io.Discard, c)
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.busy > 0 {
		s.idle.Wait()
	}
}

type steppingConn struct {
	net.Conn
	s *steps
}

func (c steppingConn) Read(b []byte) (int, error) {
	c.s.Step()
	return c.Conn.Read(b[:min(len(b), c.s.piece)])
}

func (c steppingConn) Write(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		c.s.Step()
		var m int
		m, err = c.Conn.Write(b[n:min(len(b), n+c.s.piece)])
		n += m
	}
	return n, err
}

// TestCancelEverywhere ends the context of an operation at every step that the
// daemon takes, where the daemon goes on and where it hangs. The call then ends
// with the context, or well if it was done; and the next one over the same
// Backend does what the model says.
func TestCancelEverywhere(t *testing.T) {
	t.Parallel()
	few := wgtypes.Config{ListenPort: new(uint16(9)), Peers: []wgtypes.PeerConfig{
		{PublicKey: repeated(1), AllowedIPs: prefixes("10.4.0.0/16"), RemoveAllowedIPs: prefixes("10.1.0.0/16")},
		{PublicKey: repeated(3), AllowedIPs: prefixes("10.3.0.0/16")},
	}}
	for sort, f := range map[string]*fakeDaemon{"standard": {}, "old": {old: true}, "boringtun": {boringtun: true}} {
		for _, fresh := range []bool{false, true} {
			for _, hangs := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, fresh %t, hangs %t", sort, fresh, hangs), func(t *testing.T) {
					t.Parallel()
					f := &fakeDaemon{old: f.old, boringtun: f.boringtun}
					cancelEverywhere(t, f, fresh, hangs, nil)
					cancelEverywhere(t, f, fresh, hangs, &few)
				})
			}
		}
	}
}

// cancelEverywhere reads, or changes the device by c. A fresh daemon has
// nothing, so that it must be found out what it is.
func cancelEverywhere(t *testing.T, f *fakeDaemon, fresh, hangs bool, c *wgtypes.Config) {
	s := &steps{StepCounter: testutil.NewStepCounter(), piece: 24}
	dir := tempDir(t)
	s.serve(t, dir, f.answer)
	reset := func() {
		key := wgtypes.NewPrivateKey(repeated(0x48))
		f.mu.Lock()
		defer f.mu.Unlock()
		f.key, f.device = !fresh, &wgtypes.Device{}
		if !fresh {
			f.device = &wgtypes.Device{PrivateKey: key, PublicKey: key.PublicKey(), ListenPort: 7, Peers: []wgtypes.Peer{
				{PublicKey: repeated(1), AllowedIPs: prefixes("10.1.0.0/16", "10.2.0.0/16"), ProtocolVersion: 1},
				{PublicKey: repeated(2), AllowedIPs: prefixes("10.3.0.0/16"), ProtocolVersion: 1},
			}}
		}
	}
	change := c
	if c != nil && fresh {
		change = new(*c)
		change.PrivateKey = new(wgtypes.NewPrivateKey(repeated(0x48)).Clamped())
	}
	operate := func(ctx context.Context, b *wguser.Backend) error {
		if change == nil {
			_, err := state(ctx, b, "wg0")
			return err
		}
		return configure(ctx, b, "wg0", *change)
	}
	for at := 0; ; at++ {
		reset()
		b := wguser.New(wguser.Config{Dirs: []string{dir}}) // which has learned nothing yet
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		s.Arm(at, func() {
			cancel()
			if hangs {
				<-over
			}
		})
		err := operate(ctx, b)
		reached := s.Reached()
		close(over)
		s.Arm(-1, nil)
		s.settle(t, dir)
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("canceled at step %d: %v", at, err)
		}
		before := f.current()
		if err := operate(t.Context(), b); err != nil {
			t.Errorf("after step %d: %v", at, err)
		}
		if change != nil {
			mustBe(t, wginternal.Apply(before, *change), f.current(), at)
		}
		if f.panics() != nil {
			t.Errorf("step %d: it broke of %q", at, f.panics())
		}
		b.Close()
		cancel()
		if !reached {
			t.Logf("ended at each of %d steps", at)
			return
		}
	}
}

func mustBe(t *testing.T, want, got *wgtypes.Device, at int) {
	t.Helper()
	if diff := cmp.Diff(unordered(want), unordered(got), equal); diff != "" {
		t.Errorf("step %d (-want +got):\n%s", at, diff)
	}
}
