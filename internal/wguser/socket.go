package wguser

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// socket is a daemon that listens on a socket. Each request has a connection of
// its own: boringtun closes a connection after one request, and wireguard-go loses
// what is sent after a set request.
type socket struct {
	*sockets
	device string
	path   string
	info   fs.FileInfo // of the socket; nil on Windows
	held   *conn       // the connection that Open made, for the first request
}

func (s *socket) name() string   { return s.device }
func (s *socket) recall() traits { return s.traits.recall(s.path, s.info) }
func (s *socket) note(t traits)  { s.traits.note(s.path, s.info, t) }

func (s *socket) close() error {
	if s.held == nil {
		return nil
	}
	return s.held.Close()
}

// restarted compares the files. Named pipes have none.
func (s *socket) restarted() bool {
	info, err := s.transport.stat(s.path)
	return err != nil || info != nil && !sameFile(info, s.info)
}

func (s *socket) begin(ctx context.Context) (end func(), err error) {
	return s.streams.configure(ctx, s.path)
}

// dial returns the held connection, once, and then new ones. While the daemon is
// busy it tries again, at most for the reply timeout.
func (s *socket) dial(ctx context.Context) (*conn, error) {
	if c := s.held; c != nil {
		s.held = nil
		return c, nil
	}
	begin := time.Now()
	for {
		c, err := s.connect(ctx)
		if err == nil || !busy(err) {
			return c, contextError(ctx, err)
		}
		if s.replyTimeout >= 0 && time.Since(begin) >= s.replyTimeout {
			return nil, &timeoutError{"no reply from " + s.path + " for", s.replyTimeout}
		}
		if err := s.pause(ctx); err != nil {
			return nil, err
		}
	}
}

// connect returns a new connection. It does not wait for a busy daemon.
func (s *socket) connect(ctx context.Context) (*conn, error) {
	c, err := s.transport.dial(ctx, s.path)
	if err != nil {
		return nil, err
	}
	return s.life.adopt(c, s.path, s.replyTimeout)
}

// pause waits before the next attempt to connect to a busy daemon.
func (s *socket) pause(ctx context.Context) error {
	const interval = 10 * time.Millisecond
	select {
	case <-time.After(interval):
	case <-ctx.Done():
	}
	return contextError(ctx, s.life.check(ctx))
}

func (s *socket) get(ctx context.Context, kept bool) (reply, error) {
	if kept {
		if err := s.streams.free(ctx, s.path); err != nil {
			return nil, err
		}
	}
	c, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	r := newStream(ctx, c)
	take := kept && s.streams.join(s.path, r)
	// If writing fails, reading fails as well, unless there is a reply.
	_, _ = c.Write(uapi.AppendGet(nil))
	if take {
		err = r.take(ctx)
	}
	if err != nil {
		_ = r.Close() // err says more
		return nil, err
	}
	return r, nil
}

func (s *socket) set(ctx context.Context, c wgtypes.Config, progress wginternal.Progress) (sent bool, err error) {
	conn, err := s.dial(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	if hasSecret(&c) && !s.transport.untrusted {
		// Check the daemon of this connection: the path may lead to another one by
		// the time of the next connection.
		if err := s.transport.trust(conn.Conn, s.path); err != nil {
			return false, distrust(s.path, err)
		}
	}
	request := uapi.AppendSet(nil, c)
	defer clear(request)
	sent, err = conn.exchange(ctx, request, reporter(progress, len(c.Peers), len(request)))
	return sent, contextError(ctx, err)
}

// reporter returns a function that converts a number of written bytes to a number
// of peers and calls progress. A daemon reads about as fast as it applies. It
// returns nil if progress is nil.
func reporter(progress wginternal.Progress, peers, size int) func(written int) {
	if progress == nil {
		return nil
	}
	return func(written int) { progress(int(int64(peers)*int64(written)/int64(size)), peers) }
}

func hasSecret(c *wgtypes.Config) bool {
	if c.PrivateKey != nil && !c.PrivateKey.IsZero() {
		return true
	}
	if a := c.Amnezia; a != nil && a.HeaderProtectionKey != nil && !a.HeaderProtectionKey.IsZero() {
		return true
	}
	for i := range c.Peers {
		if k := c.Peers[i].PresharedKey; k != nil && !k.IsZero() {
			return true
		}
	}
	return false
}

// distrust returns the error for a daemon that must not receive secrets.
func distrust(path string, why error) error {
	return wginternal.Tag(fs.ErrPermission, fmt.Errorf(
		"refusing to send a key to %s: %w (WithUntrustedSockets skips this check)", path, why))
}
