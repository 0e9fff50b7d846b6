//go:build linux

package nltest

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

// Socket is a netlink socket of a Kernel.
type Socket struct {
	k     *Kernel
	route bool
	pid   uint32
	wake  chan struct{}

	mu      sync.Mutex
	queue   [][]byte
	largest int // receive buffer
	expired bool
	closed  bool
}

// Dial opens a socket for generic netlink or, if route is true, for rtnetlink.
func (k *Kernel) Dial(route bool) *Socket {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sockets++
	return &Socket{k: k, route: route, pid: 1000 + uint32(k.sockets), wake: make(chan struct{}, 1)}
}

// PID returns the socket's port.
func (s *Socket) PID() uint32 { return s.pid }

// Family returns the number of the family. It returns fs.ErrNotExist if the
// module is not loaded.
func (s *Socket) Family(name string) (uint16, error) {
	s.k.mu.Lock()
	defer s.k.mu.Unlock()
	if name != nlwire.Family || s.k.family == 0 {
		return 0, fmt.Errorf("family %q: %w", name, fs.ErrNotExist)
	}
	return s.k.family, nil
}

// Send sends a request, whose answer Recv returns.
func (s *Socket) Send(b []byte) error {
	if s.k.MaxSend > 0 && len(b) > s.k.MaxSend {
		return unix.EMSGSIZE
	}
	m := nlwire.NewMessages(slices.Clone(b))
	if !m.Next() {
		return m.Err()
	}
	answer := s.k.answer(s, m.Header, m.Payload)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, answer...)
	return nil
}

// Notify sends datagrams to the socket without a request.
func (s *Socket) Notify(datagrams ...[]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, datagrams...)
	s.wakeUp()
}

// Recv returns the next datagram. It waits for one until the deadline.
func (s *Socket) Recv(b []byte) (n int, sender uint32, err error) {
	for {
		s.mu.Lock()
		s.largest = max(s.largest, len(b))
		switch {
		case s.closed:
			s.mu.Unlock()
			return 0, 0, os.ErrClosed
		case s.expired:
			s.mu.Unlock()
			return 0, 0, os.ErrDeadlineExceeded
		case len(s.queue) > 0:
			datagram := s.queue[0]
			s.queue = s.queue[1:]
			s.mu.Unlock()
			return receive(b, datagram)
		}
		s.mu.Unlock()
		<-s.wake
	}
}

// receive returns a datagram, or the result that Foreign or Failure describe.
func receive(b, datagram []byte) (n int, sender uint32, err error) {
	var errno unix.Errno
	if n, err := fmt.Sscanf(string(datagram), "errno %d", &errno); n == 1 && err == nil {
		return 0, 0, errno
	}
	if string(datagram) == Foreign {
		sender = 4711
	}
	return copy(b, datagram), sender, nil
}

// Foreign is a datagram that another process sent.
const Foreign = "not from the kernel"

// Failure returns a datagram whose receive fails.
func Failure(errno unix.Errno) []byte { return fmt.Appendf(nil, "errno %d", int(errno)) }

// SetDeadline makes Recv fail if t has passed.
func (s *Socket) SetDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired = !t.IsZero() && t.Before(time.Now())
	s.wakeUp()
	return nil
}

// Close closes the socket. It may be called twice.
func (s *Socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.wakeUp()
	s.k.mu.Lock()
	s.k.sockets--
	s.k.mu.Unlock()
	return nil
}

func (s *Socket) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
