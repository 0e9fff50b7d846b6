package wguser

import (
	"context"
	"sync"
)

// streams are the replies that are being read, by the path of the socket.
//
// wireguard-go holds its lock until its reply was read: if the loop over the
// peers of a device configured the same device, it would wait for itself. So
// whoever wants a device first takes what others have not yet read of it into
// memory; and while it is being configured, new readers take theirs at once.
type streams struct {
	mu    sync.Mutex
	paths map[string]*streamsOf
}

type streamsOf struct {
	open    map[*stream]struct{}
	setters int // who configure the device now
}

func newStreams() *streams { return &streams{paths: make(map[string]*streamsOf)} }

// of returns the entry of path. The lock is held.
func (s *streams) of(path string) *streamsOf {
	o := s.paths[path]
	if o == nil {
		o = &streamsOf{open: make(map[*stream]struct{})}
		s.paths[path] = o
	}
	return o
}

// tidy forgets an entry that says nothing. The lock is held.
func (s *streams) tidy(path string) {
	if o := s.of(path); len(o.open) == 0 && o.setters == 0 {
		delete(s.paths, path)
	}
}

// free takes what others have left unread.
func (s *streams) free(ctx context.Context, path string) error {
	s.mu.Lock()
	var open []*stream
	for r := range s.of(path).open {
		open = append(open, r)
	}
	s.tidy(path)
	s.mu.Unlock()
	for _, r := range open {
		if err := r.take(ctx); err != nil {
			return err
		}
	}
	return nil
}

// join makes r one of the streams, and reports whether it must be taken at once.
func (s *streams) join(path string, r *stream) (take bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(path)
	o.open[r] = struct{}{}
	r.leave = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.of(path).open, r)
		s.tidy(path)
	}
	return o.setters > 0
}

// configure frees the device, and keeps it so until end is called.
func (s *streams) configure(ctx context.Context, path string) (end func(), err error) {
	s.setter(path, 1)
	end = func() { s.setter(path, -1) }
	if err := s.free(ctx, path); err != nil {
		end()
		return nil, err
	}
	return end, nil
}

func (s *streams) setter(path string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(path).setters += n
	s.tidy(path)
}
