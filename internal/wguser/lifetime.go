package wguser

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// lifetime is a Backend's: it knows the connections that are open, so that
// Close can end them. Its lock is never held while something waits.
type lifetime struct {
	mu     sync.Mutex
	closed bool
	open   map[*conn]struct{}
}

func newLifetime() *lifetime { return &lifetime{open: make(map[*conn]struct{})} }

// check returns why nothing more can be done, if so.
func (l *lifetime) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return fmt.Errorf("the backend: %w", net.ErrClosed)
	}
	return nil
}

// adopt takes a new connection, and closes it if it comes too late.
func (l *lifetime) adopt(c net.Conn) (*conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = c.Close() // net.ErrClosed says more
		return nil, fmt.Errorf("the backend: %w", net.ErrClosed)
	}
	owned := &conn{Conn: c, life: l}
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

// conn is a connection that its Backend can close.
type conn struct {
	net.Conn
	life *lifetime
}

// Close closes the connection, once.
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

// past is a deadline that ends at once what waits; noDeadline is none.
var past, noDeadline = time.Unix(1, 0), time.Time{}

// until makes reading and writing fail as soon as ctx ends. After stop ctx has
// no power over the connection, whose deadline may have passed.
func (c *conn) until(ctx context.Context) (stop func()) {
	done := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(done)
		// It fails only of a closed connection, which waits for nothing.
		_ = c.SetDeadline(past)
	})
	return sync.OnceFunc(func() {
		if !cancel() {
			<-done
		}
	})
}

// because returns the end of ctx in place of what it did to a connection.
func because(ctx context.Context, err error) error {
	if end := ctx.Err(); err != nil && err != io.EOF && end != nil {
		return fmt.Errorf("while the device was asked: %w", end)
	}
	return err
}
