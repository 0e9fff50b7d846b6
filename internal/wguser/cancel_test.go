//go:build unix

package wguser_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// steps counts the reads and writes of a daemon, which it cuts into small pieces.
type steps struct {
	*testutil.StepCounter
	piece int // bytes

	mu   sync.Mutex
	busy int // conversations
	idle sync.Cond
}

// serve creates a socket for a daemon whose reads and writes are counted.
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

// settle waits until the daemon has served all connections.
func (s *steps) settle(t *testing.T, dir string) {
	t.Helper()
	// Connections are accepted in order, so this is the last one.
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

// TestCancelEverywhere cancels an operation at every step of the daemon, which
// then continues or hangs. The call must return nil or context.Canceled, and the
// next call over the same Backend must do what the model says.
func TestCancelEverywhere(t *testing.T) {
	t.Parallel()
	few := wgtypes.Config{ListenPort: new(uint16(9)), Peers: []wgtypes.PeerConfig{
		{PublicKey: repeated(1), AllowedIPs: prefixes("10.4.0.0/16"), RemoveAllowedIPs: prefixes("10.1.0.0/16")},
		{PublicKey: repeated(3), AllowedIPs: prefixes("10.3.0.0/16")},
	}}
	for name, f := range map[string]*fakeDaemon{"standard": {}, "old": {old: true}, "boringtun": {boringtun: true}, "GotaTun": {gotatun: true}} {
		for _, fresh := range []bool{false, true} {
			for _, hangs := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, fresh %t, hangs %t", name, fresh, hangs), func(t *testing.T) {
					t.Parallel()
					f := &fakeDaemon{old: f.old, boringtun: f.boringtun, gotatun: f.gotatun}
					cancelEverywhere(t, f, fresh, hangs, nil)
					cancelEverywhere(t, f, fresh, hangs, &few)
				})
			}
		}
	}
}

// cancelEverywhere reads the device, or changes it by c unless c is nil. A fresh
// device has no key and no peers, so that the Backend must find out what the
// daemon is.
func cancelEverywhere(t *testing.T, f *fakeDaemon, fresh, hangs bool, c *wgtypes.Config) {
	s := &steps{StepCounter: testutil.NewStepCounter(), piece: 24}
	if f.boringtun && hangs {
		s.piece = 1000 // at most steps, the Backend waits for replaceTimeout
	}
	dir := tempDir(t)
	s.serve(t, dir, f.answer)
	reset := func() {
		key := wgtypes.NewPrivateKey(repeated(0x48))
		f.mu.Lock()
		defer f.mu.Unlock()
		f.device = &wgtypes.Device{}
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
		// A Backend with an empty cache, and patience with a daemon on a busy machine.
		b := wguser.New(wguser.Config{Dirs: []string{dir}, ReplyTimeout: time.Minute})
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
			t.Errorf("canceled at step %d = %v, want nil or %v", at, err, context.Canceled)
		}
		before := f.current()
		if err := operate(t.Context(), b); err != nil {
			t.Errorf("repeated after step %d = %v, want nil", at, err)
		}
		if change != nil {
			mustBe(t, wginternal.Apply(before, *change), f.current(), at)
		}
		if f.panics() != nil {
			t.Errorf("step %d: crashes of boringtun = %q, want none", at, f.panics())
		}
		b.Close()
		cancel()
		if !reached {
			t.Logf("canceled at each of %d steps", at)
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

// stages are where a daemon can hang. Each closes hung when it does.
var stages = map[string]func(c net.Conn, hung chan<- struct{}){
	"before reading": func(_ net.Conn, hung chan<- struct{}) { close(hung) },
	"before replying": func(c net.Conn, hung chan<- struct{}) {
		_, _ = readRequest(bufio.NewReader(c))
		close(hung)
	},
	"in a line": func(c net.Conn, hung chan<- struct{}) {
		_, _ = readRequest(bufio.NewReader(c))
		io.WriteString(c, "private_key=00")
		close(hung)
	},
	"in a peer": func(c net.Conn, hung chan<- struct{}) {
		_, _ = readRequest(bufio.NewReader(c))
		io.WriteString(c, "public_key="+strings.Repeat("00", 32)+"\n")
		close(hung)
	},
	"before the empty line": func(c net.Conn, hung chan<- struct{}) {
		_, _ = readRequest(bufio.NewReader(c))
		io.WriteString(c, "errno=0\n")
		close(hung)
	},
}

// hangingOperations are calls that a daemon can block.
var hangingOperations = map[string]func(context.Context, *wguser.Backend) error{
	"read": func(ctx context.Context, b *wguser.Backend) error {
		_, err := state(ctx, b, "wg0")
		return err
	},
	"configure": func(ctx context.Context, b *wguser.Backend) error {
		return configure(ctx, b, "wg0", wgtypes.Config{FirewallMark: new(uint32)})
	},
	"configure much": func(ctx context.Context, b *wguser.Backend) error {
		large := manyPeers(20000)
		large.ReplacePeers = true
		return configure(ctx, b, "wg0", large)
	},
}

// TestCancel cancels an operation at each place where a daemon can hang, and
// then repeats the operation.
func TestCancel(t *testing.T) {
	t.Parallel()
	for stage, hang := range stages {
		for name, operate := range hangingOperations {
			t.Run(name+" hangs "+stage, func(t *testing.T) {
				t.Parallel()
				testCancel(t, hang, operate)
			})
		}
	}
}

// TestReplyTimeoutOfDaemon checks the reply timeout without a deadline in the
// context.
func TestReplyTimeoutOfDaemon(t *testing.T) {
	t.Parallel()
	for stage, hang := range stages {
		for name, operate := range hangingOperations {
			t.Run(name+" hangs "+stage, func(t *testing.T) {
				t.Parallel()
				ended := make(chan struct{})
				dir := tempDir(t)
				listen(t, dir, "wg0", func(c net.Conn) {
					hang(c, make(chan struct{}))
					<-ended
				})
				b := wguser.New(wguser.Config{Dirs: []string{dir}, ReplyTimeout: 20 * time.Millisecond})
				defer b.Close()
				err := operate(t.Context(), b)
				close(ended)
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%s = %v, want %v", name, err, os.ErrDeadlineExceeded)
				}
				if want := "no reply from " + filepath.Join(dir, "wg0.sock") + " for 20ms"; err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s = %v, want an error with %q", name, err, want)
				}
			})
		}
	}
}

func testCancel(t *testing.T, hang func(net.Conn, chan<- struct{}), operate func(context.Context, *wguser.Backend) error) {
	var healthy atomic.Bool
	hung, ended := make(chan struct{}), make(chan struct{})
	fake := newFake()
	b := daemon(t, func(c net.Conn) {
		if healthy.Load() {
			fake.answer(c)
			return
		}
		hang(c, hung)
		<-ended
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-hung
		cancel()
	}()
	if err := operate(ctx, b); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled operation = %v, want %v", err, context.Canceled)
	}
	close(ended)
	healthy.Store(true)
	if err := operate(t.Context(), b); err != nil {
		t.Errorf("operation after that = %v, want nil", err)
	}
	expired, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if err := operate(expired, b); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("operation after the deadline = %v, want %v", err, context.DeadlineExceeded)
	}
}

// TestCancelWrite cancels a request that the daemon has stopped reading.
func TestCancelWrite(t *testing.T) {
	t.Parallel()
	hung, ended := make(chan struct{}), make(chan struct{})
	b := daemon(t, func(c net.Conn) {
		if firstLine(c) == "get=1\n" {
			io.WriteString(c, "private_key="+strings.Repeat("11", 32)+"\nerrno=0\n\n")
			return
		}
		close(hung)
		<-ended
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-hung
		cancel()
	}()
	err := configure(ctx, b, "wg0", manyPeers(20000))
	close(ended)
	var partial *wginternal.PartialError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &partial) || len(partial.Unknown.Peers) != 20000 {
		t.Errorf("Configure = %v, want %v and 20000 unknown peers", err, context.Canceled)
	}
}

// TestDeadline cancels the context of a Reader between two peers.
func TestDeadline(t *testing.T) {
	t.Parallel()
	b := daemon(t, saying(strings.Replace(reply, "errno", "public_key="+strings.Repeat("00", 32)+"\nerrno", 1)))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := open(t, b, "wg0").Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Next(new(wgtypes.Peer)); err != nil {
		t.Fatal(err)
	}
	cancel()
	for range 2 {
		if err := r.Next(new(wgtypes.Peer)); !errors.Is(err, context.Canceled) {
			t.Errorf("Next = %v, want %v", err, context.Canceled)
		}
	}
}
