//go:build linux

package wglinux

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// maxIdle is the largest number of idle connections in a pool.
const maxIdle = 4

// pool holds the connections of one netlink protocol: one for each exchange
// in progress, and some idle ones. Exchanges do not wait for each other.
type pool struct {
	dial   func() (transport, error)
	chunks sync.Pool // of *[][]byte: see stage

	mu     sync.Mutex
	idle   []*conn
	all    map[*conn]struct{}
	closed bool
}

func newPool(dial func() (transport, error)) *pool {
	return &pool{dial: dial, all: make(map[*conn]struct{})}
}

// exchange is a connection in use. Its operations fail once ctx is done.
type exchange struct {
	*conn
	pool *pool
	ctx  context.Context
	stop func() bool
}

// begin starts an exchange on an idle or a new connection. The caller must call
// end.
func (p *pool) begin(ctx context.Context) (*exchange, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := p.take()
	if err != nil {
		return nil, err
	}
	x := &exchange{conn: c, pool: p, ctx: ctx, stop: func() bool { return true }}
	if ctx.Done() != nil {
		x.stop = context.AfterFunc(ctx, func() { _ = c.t.SetDeadline(time.Unix(1, 0)) })
	}
	return x, nil
}

func (p *pool) take() (*conn, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, net.ErrClosed
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	t, err := p.dial()
	if err != nil {
		return nil, err
	}
	return p.adopt(newConn(t))
}

// adopt adds c to the pool. If the pool is closed, it closes c and returns
// net.ErrClosed.
func (p *pool) adopt(c *conn) (*conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errors.Join(net.ErrClosed, c.t.Close())
	}
	p.all[c] = struct{}{}
	return c, nil
}

// keep makes the datagrams received from now on stay valid until end.
func (x *exchange) keep() { x.spare = &x.pool.chunks }

// end returns the connection to the pool. It closes the connection instead if
// more messages of the reply may arrive or the context may still set its deadline.
func (x *exchange) end() {
	if x.conn == nil {
		return
	}
	c, p := x.conn, x.pool
	x.conn = nil
	c.wipe()
	reusable := x.stop() && !c.pending

	p.mu.Lock()
	defer p.mu.Unlock()
	if reusable && len(p.idle) < maxIdle {
		p.idle = append(p.idle, c)
		return
	}
	delete(p.all, c)
	_ = c.t.Close() // Close may be called twice
}

// explain returns the context's error or net.ErrClosed if the end of the context
// or of the pool caused err. It returns a *kernelError unchanged.
func (x *exchange) explain(err error) error {
	var answer *kernelError
	if err == nil || errors.As(err, &answer) {
		return err
	}
	if cause := x.ctx.Err(); cause != nil {
		return cause
	}
	x.pool.mu.Lock()
	defer x.pool.mu.Unlock()
	if x.pool.closed {
		return net.ErrClosed
	}
	return err
}

// close closes every connection. Exchanges in progress fail.
func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	var errs []error
	for c := range p.all {
		errs = append(errs, c.t.Close())
	}
	clear(p.all)
	p.idle = nil
	return errors.Join(errs...)
}
