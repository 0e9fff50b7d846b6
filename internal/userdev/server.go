//go:build unix || windows

package userdev

import (
	"net"
	"sync"
)

// A Server has the socket of a device, and hands its connections to a function,
// each in a goroutine.
type Server struct {
	path     string
	listener net.Listener
	handle   func(net.Conn)
	running  sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]struct{} // nil once closed
	result error
}

// Serve makes the socket of a device in a directory. A connection is closed when
// handle returns. The error is an fs.ErrExist when the socket exists.
func Serve(dir, name string, handle func(net.Conn)) (*Server, error) {
	l, err := listen(dir, name)
	if err != nil {
		return nil, err
	}
	s := &Server{path: socketPath(dir, name), listener: l, handle: handle, conns: make(map[net.Conn]struct{})}
	s.running.Go(s.accept)
	return s, nil
}

// SocketPath returns the path of the socket. It is "" on Windows.
func (s *Server) SocketPath() string { return s.path }

// accept runs until the listener fails, which its Close makes it do.
func (s *Server) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		if !s.add(c) {
			c.Close()
			return
		}
		s.running.Go(func() {
			defer s.remove(c)
			s.handle(c)
		})
	}
}

// add reports whether c may be served.
func (s *Server) add(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *Server) remove(c net.Conn) {
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// Close ends the listener and every connection, and waits for what served them.
// It may be called twice.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.conns != nil {
		s.result = s.listener.Close()
		for c := range s.conns {
			c.Close()
		}
		s.conns = nil
	}
	s.mu.Unlock()
	s.running.Wait()
	return s.result
}
