package wguser

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/wgctrl/wgctrl/uapi"
)

// stream is the reply to a get request. It is read from the connection, or from
// memory after take, which another caller uses to free the device.
type stream struct {
	ctx   context.Context // of the caller who reads
	conn  *conn
	stop  func() // detaches conn from ctx
	leave func() // removes the stream from the device's open streams

	// turn has one token, which guards the fields below. It is a channel instead
	// of a mutex because it is held during I/O: waiting for it can be canceled.
	turn  chan struct{}
	begun bool   // something was read
	inEnd bool   // the last byte that was read is a line break
	ended bool   // the reply is complete or failed, and conn is closed
	err   error  // set when ended; io.EOF after a complete reply
	taken []byte // read ahead; taken[given:] was not yet returned
	given int
}

func newStream(ctx context.Context, c *conn) *stream {
	s := &stream{ctx: ctx, conn: c, stop: c.until(ctx), leave: func() {}, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	return s
}

// Read reads from memory first, and then from the connection, which it closes when
// the reply is complete.
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
	s.received(b[:n], err)
	return n, nil
}

// received updates the state after b was read from the connection. An empty line
// ends a reply. Daemons send nothing after it; decoders ignore it.
func (s *stream) received(b []byte, err error) {
	if len(b) > 0 {
		first := b[0] == '\n' && (s.inEnd || !s.begun)
		s.begun, s.inEnd = true, b[len(b)-1] == '\n'
		if first || bytes.HasSuffix(b, []byte("\n\n")) {
			err = io.EOF
		}
	}
	if err != nil {
		if !s.begun && err == io.EOF {
			err = &noReplyError{path: s.conn.path, err: errNoReply}
		}
		s.ended, s.err = true, err
		_ = s.conn.Close() // it is not needed any more
	}
}

// take reads the rest of the reply into memory, so that the daemon releases the
// lock of the device. It returns an error only if ctx ends; Read returns other
// errors. The stream can be read in either case.
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

// takeMore reads once from the connection into memory. It ignores errors that the
// end of ctx caused.
func (s *stream) takeMore(ctx context.Context) {
	const chunk = 64 << 10
	if len(s.taken) > uapi.MaxReply {
		s.received(nil, errReplyTooLong)
		return
	}
	s.taken = room(s.taken, chunk)
	free := s.taken[len(s.taken):cap(s.taken)]
	n, err := s.conn.Read(free)
	s.taken = s.taken[:len(s.taken)+n]
	switch {
	case bytes.Contains(free[:n], []byte("\n\n")):
		err = io.EOF // what follows is not part of the reply
	case err != nil && ctx.Err() != nil:
		err = nil
	}
	s.received(free[:n], err)
}

// Close ends the exchange and clears the memory. Only the caller that reads the
// stream calls it.
func (s *stream) Close() error {
	s.leave()
	s.stop()
	err := s.conn.Close() // interrupts take
	<-s.turn
	defer func() { s.turn <- struct{}{} }()
	if !s.ended {
		s.ended, s.err = true, io.ErrClosedPipe
	}
	clear(s.taken[:cap(s.taken)])
	s.taken, s.given = nil, 0
	return err
}

// room returns b with room for n more bytes. If it copies b, it clears the old
// memory, which can contain keys.
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
// wireguard-go holds its lock until its reply was read, so a loop over the peers of
// a device that configures the same device would deadlock. Therefore every request
// first reads the rest of other replies from that device into memory, and while a
// device is being configured, new replies are read into memory immediately.
type streams struct {
	mu    sync.Mutex
	paths map[string]*streamsOf
}

type streamsOf struct {
	open    map[*stream]struct{}
	setters int // callers that are configuring the device
}

func newStreams() *streams { return &streams{paths: make(map[string]*streamsOf)} }

// of returns the entry of path. The caller holds the lock.
func (s *streams) of(path string) *streamsOf {
	o := s.paths[path]
	if o == nil {
		o = &streamsOf{open: make(map[*stream]struct{})}
		s.paths[path] = o
	}
	return o
}

// tidy removes the entry of path if it is empty. The caller holds the lock.
func (s *streams) tidy(path string) {
	if o := s.paths[path]; o != nil && len(o.open) == 0 && o.setters == 0 {
		delete(s.paths, path)
	}
}

// free reads the rest of all replies from the device at path into memory.
func (s *streams) free(ctx context.Context, path string) error {
	s.mu.Lock()
	var open []*stream
	if o := s.paths[path]; o != nil {
		open = slices.Collect(maps.Keys(o.open))
	}
	s.mu.Unlock()
	for _, r := range open {
		if err := r.take(ctx); err != nil {
			return err
		}
	}
	return nil
}

// join adds r to the streams. The caller must call r.take immediately if take is
// true.
func (s *streams) join(path string, r *stream) (take bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.of(path)
	o.open[r] = struct{}{}
	r.leave = func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(o.open, r)
		s.tidy(path)
	}
	return o.setters > 0
}

// configure reads all replies from the device at path into memory, including those
// that begin before end is called.
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
