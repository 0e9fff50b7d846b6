package uapinet

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl/uapi"
)

// Serve answers the requests for d that arrive on the connections of l, until l
// is closed. Then it closes all connections, waits until the operations of d
// that have begun have returned, and returns nil. If accepting connections fails
// for another reason, it does the same and returns that error; l stays open.
//
// The operations of d are called from several goroutines. An operation begins
// when its request was received completely, and its reply is sent when the
// operation has returned, so that d never waits for a client. A connection can
// have any number of requests, one after the other. It is closed after a request
// that is neither get=1 nor set=1 or is larger than [uapi.MaxReply], and when a
// client stops in the middle of a request or a reply for 30 s.
//
// The errno of a reply is the ErrorCode of the operation's error, which the
// errors of wireguard-go have, or its [syscall.Errno]; otherwise it is EIO.
func Serve(l net.Listener, d uapi.Device) error {
	return ServeFunc(l, func(c net.Conn) { newConversation(c, d).run() })
}

// ServeFunc calls handle for each connection of l in a goroutine of its own,
// until l is closed. It is Serve for devices that speak the protocol themselves,
// such as with IpcHandle of wireguard-go. A connection is closed when handle
// returns.
//
// When l is closed, ServeFunc closes all connections, waits until every handle
// has returned, and returns nil. If accepting connections fails for another
// reason, it does the same and returns that error; l stays open.
func ServeFunc(l net.Listener, handle func(net.Conn)) error {
	s := &server{handle: handle, conns: make(map[net.Conn]struct{})}
	err := s.accept(l)
	s.closeConns()
	s.running.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// server has the open connections of a listener.
type server struct {
	handle  func(net.Conn)
	running sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// accept serves connections until accepting fails. It tries again while the
// process has too many open files.
func (s *server) accept(l net.Listener) error {
	const pause = 10 * time.Millisecond
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			s.serve(c)
		case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ECONNABORTED):
			time.Sleep(pause)
		default:
			return err
		}
	}
}

func (s *server) serve(c net.Conn) {
	s.mu.Lock()
	s.conns[c] = struct{}{}
	s.mu.Unlock()
	s.running.Go(func() {
		defer s.remove(c)
		s.handle(c)
	})
}

func (s *server) remove(c net.Conn) {
	_ = c.Close() // a client that is gone is not an error
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

func (s *server) closeConns() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close() // a client that is gone is not an error
	}
}
