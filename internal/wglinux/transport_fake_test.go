//go:build linux

package wglinux

import (
	"os"
	"sync"
	"time"
)

// tampering is a transport that calls hooks before and after each call of another one.
// Each hook may be nil.
type tampering struct {
	transport
	// step is called before each call.
	step func(call string)
	// sent returns the message to send instead of b.
	sent func(b []byte) []byte
	// received may change a received datagram in b, and returns the results of Recv.
	received func(b []byte, n int, sender uint32, err error) (int, uint32, error)
}

func (t tampering) Family(name string) (uint16, error) {
	t.call("Family")
	return t.transport.Family(name)
}

func (t tampering) Send(b []byte) error {
	t.call("Send")
	if t.sent != nil {
		b = t.sent(b)
	}
	return t.transport.Send(b)
}

func (t tampering) Recv(b []byte) (int, uint32, error) {
	t.call("Recv")
	n, sender, err := t.transport.Recv(b)
	if t.received != nil {
		return t.received(b, n, sender, err)
	}
	return n, sender, err
}

func (t tampering) call(name string) {
	if t.step != nil {
		t.step(name)
	}
}

// scripted is a transport that receives the given datagrams, and then none.
type scripted struct {
	datagrams [][]byte
	idle      func() // called when no datagrams are left

	mu      sync.Mutex
	expired chan struct{} // closed when the deadline has passed
	over    bool
}

func newScripted(idle func(), datagrams ...[]byte) *scripted {
	return &scripted{datagrams: datagrams, idle: idle, expired: make(chan struct{})}
}

func (s *scripted) PID() uint32                   { return scriptedPID }
func (s *scripted) Family(string) (uint16, error) { return scriptedFamily, nil }
func (s *scripted) Send([]byte) error             { return nil }

// The numbers of the first request of a connection.
const (
	scriptedPID    = 7
	scriptedFamily = 30
	scriptedSeq    = 1
)

func (s *scripted) Recv(b []byte) (int, uint32, error) {
	if len(s.datagrams) == 0 {
		s.idle()
		<-s.expired
		return 0, 0, errExpired
	}
	n := copy(b, s.datagrams[0])
	s.datagrams = s.datagrams[1:]
	return n, 0, nil
}

func (s *scripted) SetDeadline(time.Time) error { return s.end() }
func (s *scripted) Close() error                { return s.end() }

func (s *scripted) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		close(s.expired)
	}
	s.over = true
	return nil
}

var errExpired = os.ErrDeadlineExceeded
