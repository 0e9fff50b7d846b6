package wguser

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
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
	sent, err = conn.exchange(ctx, requestOf(c, progress))
	return sent, contextError(ctx, err)
}

// requestOf yields the request that applies c in pieces of whole peers, so that it needs
// little memory. After each piece it calls progress, which may be nil: a daemon reads
// about as fast as it applies.
func requestOf(c wgtypes.Config, progress wginternal.Progress) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var text []byte
		for part, begin := c, 0; ; part = (wgtypes.Config{}) {
			end := begin + pieceOf(c.Peers[begin:])
			part.Peers = c.Peers[begin:end]
			text = uapi.AppendSet(text[:0], part)
			lines := text
			if begin > 0 {
				lines = lines[len("set=1\n"):]
			}
			if end < len(c.Peers) {
				lines = lines[:len(lines)-len("\n")]
			}
			ok := yield(lines)
			clear(text) // it can contain keys
			if !ok {
				return
			}
			if progress != nil {
				progress(end, len(c.Peers))
			}
			if begin = end; begin == len(c.Peers) {
				return
			}
		}
	}
}

// pieceOf returns how many of the peers, whose text is about 64 KiB, to send together.
func pieceOf(peers []wgtypes.PeerConfig) (n int) {
	const piece, peer, prefix = 64 << 10, 300, 25
	for size := 0; n < len(peers) && size < piece; n++ {
		size += peer + prefix*(len(peers[n].AllowedIPs)+len(peers[n].RemoveAllowedIPs))
	}
	return n
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
