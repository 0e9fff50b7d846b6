package wguser

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/wgctrl/wgctrl/uapi"
)

// stream is the reply to a get request: straight from the connection or, since
// somebody else had to have the device meanwhile, from memory.
type stream struct {
	ctx   context.Context // of who reads
	conn  *conn
	stop  func() // parts conn from ctx
	leave func() // parts the stream from the others of the device

	// turn holds a token, which whoever uses what follows has taken. It is a
	// channel, and no mutex, because it is held while the device is waited for:
	// whoever wants it can give up.
	turn  chan struct{}
	begun bool   // something was read
	inEnd bool   // what was read last is a line break
	ended bool   // conn gives no more
	err   error  // why, io.EOF after the whole reply
	taken []byte // read ahead; what is left of it is taken[given:]
	given int
}

func newStream(ctx context.Context, c *conn) *stream {
	s := &stream{ctx: ctx, conn: c, stop: c.until(ctx), leave: func() {}, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	return s
}

// Read reads from memory what is there, and then from the connection, which it
// closes as soon as the reply is whole.
func (s *stream) Read(b []byte) (int, error) {
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
	if s.given < len(s.taken) {
		n := copy(b, s.taken[s.given:])
		s.given += n
		return n, nil
	}
	if s.ended {
		return 0, s.err
	}
	n, err := s.conn.Read(b)
	s.saw(b[:n], err)
	return n, nil
}

// saw takes note of what came from the connection. An empty line ends a reply.
// A daemon says nothing behind it; should it, whoever decodes stops there.
func (s *stream) saw(b []byte, err error) {
	if len(b) > 0 {
		first := b[0] == '\n' && (s.inEnd || !s.begun)
		s.begun, s.inEnd = true, b[len(b)-1] == '\n'
		if first || bytes.HasSuffix(b, []byte("\n\n")) {
			err = io.EOF
		}
	}
	if err != nil {
		s.ended, s.err = true, err
		_ = s.conn.Close() // nothing more is wanted of it
	}
}

// take reads the rest of the reply into memory, so that the device is free. It
// returns an error only if ctx ended; what is wrong with the reply is for who
// reads it. The stream can be read on in either case.
func (s *stream) take(ctx context.Context) error {
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.ended {
		return nil
	}
	stop := s.conn.until(ctx)
	for !s.ended && ctx.Err() == nil {
		s.takeMore(ctx)
	}
	stop()
	if s.ended {
		return nil
	}
	s.conn.resume(s.ctx)
	return ctx.Err()
}

// takeMore reads once. An error that ctx caused is not the stream's.
func (s *stream) takeMore(ctx context.Context) {
	const chunk = 64 << 10
	if len(s.taken) > uapi.MaxReply {
		s.saw(nil, fmt.Errorf("%w: want at most %d bytes in all", uapi.ErrProtocol, uapi.MaxReply))
		return
	}
	s.taken = room(s.taken, chunk)
	free := s.taken[len(s.taken):cap(s.taken)]
	n, err := s.conn.Read(free)
	s.taken = s.taken[:len(s.taken)+n]
	switch {
	case bytes.Contains(free[:n], []byte("\n\n")):
		err = io.EOF // whatever follows, it is not ours
	case err != nil && ctx.Err() != nil:
		err = nil
	}
	s.saw(free[:n], err)
}

// Close ends the conversation and clears what was taken. It is called by who
// reads.
func (s *stream) Close() error {
	s.leave()
	s.stop()
	err := s.conn.Close() // whoever takes is woken
	<-s.turn
	defer func() { s.turn <- struct{}{} }()
	if !s.ended {
		s.ended, s.err = true, io.ErrClosedPipe
	}
	clear(s.taken[:cap(s.taken)])
	s.taken, s.given = nil, 0
	return err
}

// room returns b with room for n more bytes. What it leaves behind it clears:
// it may hold keys.
func room(b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b
	}
	bigger := append(make([]byte, 0, max(2*cap(b), len(b)+n)), b...)
	clear(b)
	return bigger
}

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
