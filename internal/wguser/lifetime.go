package wguser

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// lifetime has the open connections of a Backend, so that Close can close them.
// Its lock is never held during I/O.
type lifetime struct {
	mu     sync.Mutex
	closed bool
	open   map[*conn]struct{}
}

func newLifetime() *lifetime { return &lifetime{open: make(map[*conn]struct{})} }

// errClosed is the error of everything that is done after Close.
var errClosed = fmt.Errorf("the backend: %w", net.ErrClosed)

// check returns the error of ctx, or errClosed after close.
func (l *lifetime) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	return nil
}

// adopt registers a new connection to the daemon at path, so that close can end
// it. If the backend is closed, adopt closes c and returns net.ErrClosed.
func (l *lifetime) adopt(c net.Conn, path string, replyTimeout time.Duration) (*conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = c.Close() // net.ErrClosed says more
		return nil, errClosed
	}
	owned := &conn{Conn: c, life: l, path: path, replyTimeout: replyTimeout}
	l.open[owned] = struct{}{}
	return owned, nil
}

func (l *lifetime) close() error {
	l.mu.Lock()
	l.closed = true
	open := l.open
	l.open = nil
	l.mu.Unlock()
	var errs []error
	for c := range open {
		errs = append(errs, c.Conn.Close())
	}
	return errors.Join(errs...)
}
