//go:build linux || darwin || freebsd || openbsd || windows

package userdev

import (
	"net"
	"sync"
)

// server hands the connections of a listener to handle, each in a goroutine.
type server struct {
	listener net.Listener
	handle   func(net.Conn)
	running  sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]struct{} // nil once closed
	result error
}

func serve(l net.Listener, handle func(net.Conn)) *server {
	s := &server{listener: l, handle: handle, conns: make(map[net.Conn]struct{})}
	s.running.Go(s.accept)
	return s
}

// accept runs until the listener fails, which its Close makes it do.
func (s *server) accept() {
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
func (s *server) add(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *server) remove(c net.Conn) {
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// close ends the listener and every connection, and waits for what served them.
func (s *server) close() error {
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
