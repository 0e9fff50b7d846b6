package wguser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/uapi"
)

// conn is a connection to a daemon. Its Backend can close it, a context can
// interrupt it, and it fails when the daemon makes no progress for the reply
// timeout, or little progress for a multiple of it.
type conn struct {
	net.Conn
	life         *lifetime
	path         string        // of the socket, for errors
	replyTimeout time.Duration // negative for none

	// Another goroutine may read the connection while Write still writes to it.
	mu          sync.Mutex    // guards the deadline of Conn and what follows
	interrupted bool          // by a context: the deadline stays in the past
	waited      time.Duration // in Read and Write
	limit       time.Duration // of waited
	read        int           // bytes
	written     int           // bytes
}

// past is a deadline that interrupts reading and writing immediately. noDeadline
// removes a deadline.
var past, noDeadline = time.Unix(1, 0), time.Time{}

// Close closes the connection. A second Close does nothing.
func (c *conn) Close() error {
	c.life.mu.Lock()
	_, open := c.life.open[c]
	delete(c.life.open, c)
	c.life.mu.Unlock()
	if !open {
		return nil
	}
	return c.Conn.Close()
}

// until makes reading and writing fail when ctx ends. After stop, ctx no longer
// affects the connection, but an interrupted connection stays interrupted.
func (c *conn) until(ctx context.Context) (stop func()) {
	done := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(done)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.interrupted = true
		// It fails only if the connection is closed, which interrupts it as well.
		_ = c.SetDeadline(past)
	})
	return sync.OnceFunc(func() {
		if !cancel() {
			<-done
		}
	})
}

// resume makes an interrupted connection usable again, unless ctx has ended.
func (c *conn) resume(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.interrupted = ctx.Err() != nil; !c.interrupted {
		_ = c.SetDeadline(noDeadline) // fails only if the connection is closed
	}
}

// progressUnit is the number of bytes that may take a reply timeout.
const progressUnit = 20 << 10

// wait starts the reply timeout again and returns the time, for done.
//
// All waiting together may take four reply timeouts, and one more for each
// progressUnit. So a daemon that sends a byte from time to time cannot delay the
// caller forever.
func (c *conn) wait() (begin time.Time) {
	const free = 4
	c.mu.Lock()
	defer c.mu.Unlock()
	begin = time.Now()
	if c.replyTimeout >= 0 && !c.interrupted {
		c.limit = c.replyTimeout * time.Duration(free+(c.read+c.written)/progressUnit)
		_ = c.SetDeadline(begin.Add(min(c.limit-c.waited, c.replyTimeout))) // Read or Write reports what is wrong
	}
	return begin
}

// done ends a wait: it adds the time since begin to waited, and bytes to a counter.
func (c *conn) done(begin time.Time, counter *int, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited += min(time.Since(begin), max(c.replyTimeout, 0))
	*counter += bytes
}

// timedOut reports whether err means that the reply timeout has passed.
func (c *conn) timedOut(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Is(err, os.ErrDeadlineExceeded) && !c.interrupted
}

// Read reads from the daemon. It waits for the reply timeout at most.
func (c *conn) Read(b []byte) (int, error) {
	begin := c.wait()
	n, err := c.Conn.Read(b)
	c.done(begin, &c.read, n)
	switch {
	case c.timedOut(err):
		err = c.timeout()
	case err != nil && err != io.EOF:
		err = ioError("read from", c.path, err)
	}
	return n, err
}

// Write writes all of b. It fails when the daemon reads nothing for the reply
// timeout, or for twice that long after it has read a part of b, because Write
// cannot see when the daemon read that part.
func (c *conn) Write(b []byte) (n int, err error) {
	for {
		begin := c.wait()
		m, err := c.Conn.Write(b[n:])
		c.done(begin, &c.written, m)
		n += m
		switch {
		case err == nil:
			return n, nil
		case !c.timedOut(err):
			return n, ioError("write to", c.path, err)
		case m == 0:
			return n, c.timeout()
		}
	}
}

// ioError returns the error of an operation on the socket at path. It omits the
// addresses and operations that package net adds.
func ioError(op, path string, err error) error {
	if number, ok := errors.AsType[errno.Errno](err); ok {
		err = number
	} else if errors.Is(err, net.ErrClosed) {
		err = net.ErrClosed
	}
	return fmt.Errorf("%s %s: %w", op, path, err)
}

// errReplyTooLong is the error of a reply that would fill the memory.
var errReplyTooLong = fmt.Errorf("%w: the reply is longer than %d bytes", uapi.ErrProtocol, uapi.MaxReply)

// timeout returns the error after timedOut.
func (c *conn) timeout() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waited >= c.limit {
		return &timeoutError{fmt.Sprintf("no complete reply from %s within", c.path), c.limit}
	}
	return &timeoutError{fmt.Sprintf("no reply from %s for", c.path), c.replyTimeout}
}

// timeoutError is the error when a daemon makes no progress, or too little.
type timeoutError struct {
	what string
	time time.Duration
}

func (e *timeoutError) Error() string {
	return fmt.Sprintf("%s %v: %v", e.what, e.time, os.ErrDeadlineExceeded)
}

func (e *timeoutError) Unwrap() error { return os.ErrDeadlineExceeded }

// noReplyError is the error when the daemon at path closes the connection instead
// of replying. It wraps the error of the connection. why is a possible reason, or
// empty.
type noReplyError struct {
	path string
	err  error
	why  string
}

func (e *noReplyError) Error() string {
	text := e.path + ": the daemon closed the connection without a reply"
	if e.why != "" {
		text += ": " + e.why
	}
	return text
}

func (e *noReplyError) Unwrap() error { return e.err }

// errNoReply is what a noReplyError wraps if the connection has ended regularly.
var errNoReply = fmt.Errorf("%w: %w", uapi.ErrProtocol, io.ErrUnexpectedEOF)

// changeTimeout returns the reply timeout for a change of size bytes. A daemon
// replies only after it has applied the change, and while it does that the rest
// of the change waits in the buffer of the socket. A slow machine needs some
// milliseconds for each peer, of about 150 bytes.
func changeTimeout(replyTimeout time.Duration, size int) time.Duration {
	const buffer = 256 << 10
	if replyTimeout < 0 {
		return replyTimeout
	}
	return replyTimeout * time.Duration(1+min(size, buffer)/progressUnit)
}

// exchange writes the pieces of a request and reads the errno. sent reports whether
// the daemon may have read some of the request.
//
// A daemon that refuses a request early does not read the rest, so that writing
// fails. Then exchange returns the errno of the daemon.
func (c *conn) exchange(ctx context.Context, request iter.Seq[[]byte]) (sent bool, err error) {
	defer c.until(ctx)()
	n, writeErr := c.writeRequest(request)
	if errors.Is(writeErr, os.ErrDeadlineExceeded) {
		return n > 0, writeErr
	}
	err = uapi.ParseErrno(c)
	_, refused := errors.AsType[*uapi.DeviceError](err)
	switch {
	case err != nil && c.read == 0 && connectionEnded(err):
		err = &noReplyError{path: c.path, err: cmp.Or(writeErr, err)}
	case writeErr != nil && !refused:
		err = writeErr
	}
	return n > 0, err
}

// connectionEnded reports whether err means that the daemon has closed the
// connection. It is ECONNRESET if the daemon has not read everything.
func connectionEnded(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errno.ECONNRESET) || errors.Is(err, errno.EPIPE)
}

// writeRequest writes the pieces of a request. It allows more time the more the daemon
// has to apply.
func (c *conn) writeRequest(request iter.Seq[[]byte]) (n int, err error) {
	replyTimeout := c.replyTimeout
	for piece := range request {
		c.replyTimeout = changeTimeout(replyTimeout, n+len(piece))
		m, err := c.Write(piece)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

// contextError returns the error of ctx instead of the error that the end of ctx
// caused on a connection, and errors about the whole reply without the position in
// the reply.
func contextError(ctx context.Context, err error) error {
	if timeout, ok := errors.AsType[*timeoutError](err); ok {
		return timeout
	}
	if end := ctx.Err(); err != nil && err != io.EOF && end != nil {
		return fmt.Errorf("waiting for the device: %w", end)
	}
	if noReply, ok := errors.AsType[*noReplyError](err); ok {
		return noReply
	}
	return err
}

// lifetime has the open connections of a Backend, so that Close can close them.
// Its lock is never held during I/O.
type lifetime struct {
	mu     sync.Mutex
	closed atomic.Bool // changes while mu is held; check reads it for every peer
	open   map[*conn]struct{}
}

func newLifetime() *lifetime { return &lifetime{open: make(map[*conn]struct{})} }

// errClosed is the error of every operation after Close.
var errClosed = fmt.Errorf("the backend: %w", net.ErrClosed)

// check returns the error of ctx, or errClosed after close.
func (l *lifetime) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if l.closed.Load() {
		return errClosed
	}
	return nil
}

// adopt registers a new connection to the daemon at path, so that close can end
// it. If the backend is closed, adopt closes c and returns net.ErrClosed.
func (l *lifetime) adopt(c net.Conn, path string, replyTimeout time.Duration) (*conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed.Load() {
		_ = c.Close() // net.ErrClosed says more
		return nil, errClosed
	}
	owned := &conn{Conn: c, life: l, path: path, replyTimeout: replyTimeout}
	l.open[owned] = struct{}{}
	return owned, nil
}

func (l *lifetime) close() error {
	l.mu.Lock()
	l.closed.Store(true)
	open := l.open
	l.open = nil
	l.mu.Unlock()
	var errs []error
	for c := range open {
		errs = append(errs, c.Conn.Close())
	}
	return errors.Join(errs...)
}
