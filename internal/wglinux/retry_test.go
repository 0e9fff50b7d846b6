//go:build linux

package wglinux

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/testutil"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nltest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestInterruptedRetryLimit marks every answer as inconsistent. Reading and
// listing must return ErrInterrupted after a limited number of attempts.
func TestInterruptedRetryLimit(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"List", "read"} {
		k := withDevice(40)
		var sent atomic.Int32
		b := between(t, k, func(inner transport) transport {
			return tampering{
				transport: inner,
				sent:      func(b []byte) []byte { sent.Add(1); return b },
				received: func(b []byte, n int, sender uint32, err error) (int, uint32, error) {
					if n >= 16 {
						mark(b[:n])
					}
					return n, sender, err
				},
			}
		})
		if err := operations[name](t.Context(), b); !errors.Is(err, wginternal.ErrInterrupted) {
			t.Errorf("%s = %v, want ErrInterrupted", name, err)
		}
		if n := sent.Load(); n < 16 || n > 20 {
			t.Errorf("%s failed after %d requests, want 16 to 20", name, n)
		}
	}
}

// TestSetsWithoutSettings checks that a change that sets nothing is sent, so that its errors
// are found, and that single removals are sent alone.
func TestSetsWithoutSettings(t *testing.T) {
	t.Parallel()
	k := withDevice(2)
	b := fakeBackend(t, k)
	removal := wgtypes.PeerConfig{PublicKey: k.Device().Peers[0].PublicKey, UpdateOnly: true, RemoveAllowedIPs: k.Device().Peers[0].AllowedIPs[:1]}
	for name, c := range map[string]wgtypes.Config{"nothing": {}, "a removal": testutil.Peers(removal)} {
		before := len(k.Sets())
		err := configure(t, b, c)
		if sets := len(k.Sets()) - before; err != nil || sets != 1 {
			t.Errorf("%s: Configure() = %v with %d sets, want nil and 1", name, err, sets)
		}
	}
}

// TestReadFailsOnce checks that a read is not tried again if no answer shows that the
// number of the family is old.
func TestReadFailsOnce(t *testing.T) {
	t.Parallel()
	k := withDevice(1)
	fails, sent := false, 0
	b := between(t, k, func(inner transport) transport {
		return tampering{
			transport: inner,
			sent:      func(b []byte) []byte { sent++; return b },
			received: func(b []byte, n int, sender uint32, err error) (int, uint32, error) {
				if fails {
					fails = false
					return 0, 0, unix.ENOBUFS
				}
				return n, sender, err
			},
		}
	})
	d := b.OpenRef(wgtypes.DeviceRef{Name: "wg0", Kind: wgtypes.KindKernel, Index: nltest.IndexWG})
	if _, err := wginternal.ReadDevice(t.Context(), d, nil); err != nil { // looks up the family
		t.Fatal(err)
	}
	fails, sent = true, 0
	if _, err := wginternal.ReadDevice(t.Context(), d, nil); !errors.Is(err, unix.ENOBUFS) || sent != 1 {
		t.Errorf("ReadDevice() = %v after %d requests, want %v after 1", err, sent, unix.ENOBUFS)
	}
}

// endless is a transport that repeats the second datagram until the context ends.
type endless struct {
	transport
	ctx    context.Context
	count  *atomic.Int32
	second []byte
}

func (e *endless) Recv(b []byte) (int, uint32, error) {
	n := e.count.Add(1)
	if e.ctx.Err() != nil {
		return 0, 0, os.ErrDeadlineExceeded
	}
	if n > 2 {
		return copy(b, e.second), 0, nil
	}
	size, sender, err := e.transport.Recv(b)
	e.second = append(e.second[:0], b[:size]...)
	return size, sender, err
}

// TestEndlessDump checks that an endless dump ends with the context.
func TestEndlessDump(t *testing.T) {
	t.Parallel()
	k := withDevice(40)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var datagrams atomic.Int32
	b := newBackend(Config{}, func() (transport, error) {
		return &endless{transport: k.Dial(false), ctx: ctx, count: &datagrams}, nil
	}, func() (transport, error) { return k.Dial(true), nil })
	defer b.Close()
	d, err := b.Open(t.Context(), "wg0")
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	for ; err == nil; n++ {
		if datagrams.Load() == 1000 {
			cancel()
		}
		err = r.Next(new(wgtypes.Peer))
	}
	if n < 1000 || !errors.Is(err, context.Canceled) {
		t.Errorf("Next() = %v after %d peers, want context.Canceled after at least 1000", err, n)
	}
}

// TestFailingCalls makes each system call of each operation fail in turn. The
// operation must return that error, and the next operation over the same Backend
// must succeed.
func TestFailingCalls(t *testing.T) {
	t.Parallel()
	for name, operate := range operations {
		for _, errno := range []unix.Errno{unix.ENOBUFS, unix.ENOMEM, unix.EMFILE} {
			t.Run(name+" "+unix.ErrnoName(errno), func(t *testing.T) {
				t.Parallel()
				k := withDevice(40)
				s := testutil.NewStepCounter()
				for at := 0; ; at++ {
					k.SetDevice(&wgtypes.Device{Peers: peersOfMany})
					s.Arm(at, nil)
					dial := func(route bool) func() (transport, error) {
						return func() (transport, error) { return failing{k.Dial(route), s, errno}, nil }
					}
					b := newBackend(Config{}, dial(false), dial(true))
					err := operate(t.Context(), b)
					if reached := s.Reached(); reached != (err != nil) || err != nil && !errors.Is(err, errno) {
						t.Errorf("call %d: %s = %v, want %v from a failed call, and nil otherwise", at, name, err, errno)
					}
					done := err == nil
					s.Arm(-1, nil)
					if err := operate(t.Context(), b); err != nil {
						t.Errorf("after call %d: %s = %v, want nil", at, name, err)
					}
					_ = b.Close()
					if n := k.Sockets(); n != 0 {
						t.Fatalf("after call %d: %d sockets are open, want 0", at, n)
					}
					if done {
						return
					}
				}
			})
		}
	}
}

// failing is a transport whose call fails with errno at the armed step.
type failing struct {
	transport
	s     *testutil.StepCounter
	errno unix.Errno
}

func (f failing) Family(name string) (uint16, error) {
	if f.s.Step() {
		return 0, f.errno
	}
	return f.transport.Family(name)
}

func (f failing) Send(b []byte) error {
	if f.s.Step() {
		return f.errno
	}
	return f.transport.Send(b)
}

func (f failing) Recv(b []byte) (int, uint32, error) {
	if f.s.Step() {
		return 0, 0, f.errno
	}
	return f.transport.Recv(b)
}
