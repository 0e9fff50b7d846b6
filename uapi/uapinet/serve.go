package uapinet

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/uapi"
)

// Serve accepts connections on l and answers their requests with the operations of
// d. When l is closed, Serve closes all connections, waits for running operations,
// and returns nil. If accepting a connection fails because too many files are open,
// Serve tries again. If it fails for another reason, Serve does the same as when
// l is closed, but returns the error, and does not close l.
//
// Serve calls the operations of d concurrently. It calls an operation after it has
// received the whole request, and sends the reply after the operation has returned,
// so that d never waits for a client. A connection can have any number of requests,
// one after the other. Serve closes a connection after a request that is neither
// get=1 nor set=1 or is larger than [uapi.MaxReply], and if the client pauses for
// 30 s in the middle of a request or a reply.
//
// If an operation fails, the errno of the reply is the ErrorCode of its error,
// which the errors of wireguard-go have, or the [uapi.Errno] that it wraps, and
// otherwise EIO.
func Serve(l net.Listener, d uapi.Device) error {
	return ServeFunc(l, func(c net.Conn) { newConversation(c, d).run() })
}

// ServeFunc accepts connections on l and calls handle for each of them in a new
// goroutine. It is for devices that speak the protocol themselves, such as with
// IpcHandle of wireguard-go. When handle returns, its connection is closed.
//
// When l is closed, ServeFunc closes all connections, waits for all calls of
// handle, and returns nil. If accepting a connection fails, it does what Serve does.
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

// accept serves connections until Accept fails. It retries while the process has
// too many open files.
func (s *server) accept(l net.Listener) error {
	const pause = 10 * time.Millisecond
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			s.serve(c)
		case errno.IsTemporary(err):
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
	_ = c.Close() // it fails if the client has closed it
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

func (s *server) closeConns() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close() // it fails if the client has closed it
	}
}
