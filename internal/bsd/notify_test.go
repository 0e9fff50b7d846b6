package bsd_test

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/internal/bsd"
)

// errorSocket is a routing socket whose Read returns one error after the other.
type errorSocket struct {
	net.Conn
	errs []error
}

func (s *errorSocket) Read(p []byte) (int, error) {
	if len(s.errs) == 0 {
		return s.Conn.Read(p)
	}
	err := s.errs[0]
	s.errs = s.errs[1:]
	return 0, err
}

// messageOf returns a message of this type.
func messageOf(kind byte) []byte { return []byte{8, 0, 5, kind, 0, 0, 0, 0} }

func TestNotify(t *testing.T) {
	t.Parallel()
	kernel, socket := net.Pipe()
	n := bsd.Notifier{Open: func() (bsd.RouteSocket, error) { return socket, nil }, Types: []byte{0x11, 0xe}}
	ctx, cancel := context.WithCancel(t.Context())
	changes, ended := make(chan bool), make(chan error)
	go func() { ended <- n.Notify(ctx, func() { changes <- true }) }()
	<-changes // ready
	for _, message := range [][]byte{messageOf(0x11), messageOf(0xe), {8, 0, 5}} {
		go kernel.Write(message)
		<-changes
		<-changes // once more, after a moment
	}
	// A message of another type calls nothing: the next changes are for the one after it.
	go func() {
		kernel.Write(messageOf(1))
		kernel.Write(messageOf(0xe))
	}()
	<-changes
	<-changes
	select {
	case <-changes:
		t.Error("changed was called three times for one message, want twice")
	default:
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Notify() = %v, want nil after the end of its context", err)
	}
	if _, err := kernel.Write(messageOf(0xe)); err == nil {
		t.Error("the socket is open after Notify, want it closed")
	}
}

func TestNotifyErrors(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	n := bsd.Notifier{Open: func() (bsd.RouteSocket, error) { return nil, failed }}
	if err := n.Notify(t.Context(), func() { t.Error("changed was called, want no call") }); !errors.Is(err, failed) {
		t.Errorf("Notify() = %v, want %v", err, failed)
	}
	_, socket := net.Pipe()
	n.Open = func() (bsd.RouteSocket, error) {
		return &errorSocket{socket, []error{syscall.ENOBUFS, failed}}, nil
	}
	calls := 0
	if err := n.Notify(t.Context(), func() { calls++ }); !errors.Is(err, failed) || calls != 2 {
		t.Errorf("Notify() = %v after %d calls of changed, want %v and 2", err, calls, failed)
	}
	if err := socket.SetReadDeadline(time.Now()); err == nil {
		t.Error("the socket is open after Notify, want it closed")
	}
}

// TestNotifyCancelled checks that Notify ends if its context ends while changed runs.
func TestNotifyCancelled(t *testing.T) {
	t.Parallel()
	for cancelAt := range 3 {
		kernel, socket := net.Pipe()
		n := bsd.Notifier{Open: func() (bsd.RouteSocket, error) { return socket, nil }, Types: []byte{0xe}}
		ctx, cancel := context.WithCancel(t.Context())
		go kernel.Write(messageOf(0xe))
		calls := 0
		err := n.Notify(ctx, func() {
			if calls == cancelAt {
				cancel()
			}
			calls++
		})
		if err != nil || calls != cancelAt+1 {
			t.Errorf("Notify() = %v after %d calls of changed, want nil after %d", err, calls, cancelAt+1)
		}
		kernel.Close()
	}
}
