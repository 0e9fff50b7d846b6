package bsd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"
	"time"
)

// RouteSocket is a routing socket, see route(4).
type RouteSocket interface {
	io.ReadCloser // one message for each Read
	SetReadDeadline(t time.Time) error
}

// Notifier reports changes of network interfaces.
type Notifier struct {
	// Open opens a routing socket.
	Open func() (RouteSocket, error)
	// Types are the numbers of the messages about interfaces that are added, removed,
	// renamed, brought up or down.
	Types []byte
}

// settle is the time after a message when changed is called once more. The kernel
// announces a new interface before it adds it to its group.
const settle = 100 * time.Millisecond

// Notify calls changed once when it is ready, and then after each message about an
// interface of any kind, and once more when no message has come for a moment. It returns
// nil when ctx ends. It needs no privilege. The Notify of a nil Notifier returns nil
// immediately.
func (n *Notifier) Notify(ctx context.Context, changed func()) error {
	if n == nil {
		return nil
	}
	s, err := n.Open()
	if err != nil {
		return fmt.Errorf("open a routing socket: %w", err)
	}
	defer s.Close()
	stop := context.AfterFunc(ctx, func() { _ = s.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	changed()
	buf := make([]byte, maxRouteMessage)
	for {
		size, err := s.Read(buf)
		wait := time.Time{} // until the next message
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
		case errors.Is(err, syscall.ENOBUFS), err == nil && n.concerns(buf[:size]):
			// ENOBUFS means that messages were lost, because the socket's buffer was full.
			wait = time.Now().Add(settle)
		case err == nil:
			continue
		default:
			return fmt.Errorf("receive from a routing socket: %w", err)
		}
		changed()
		if err := s.SetReadDeadline(wait); err != nil {
			return fmt.Errorf("wait for a routing socket: %w", err)
		}
		// The end of ctx sets a deadline, which must not be replaced.
		if ctx.Err() != nil {
			return nil
		}
	}
}

// maxRouteMessage is more than a message has. The kernel cuts longer ones, whose type
// is at their start.
const maxRouteMessage = 2048

// typeAt is the offset of the type in every message, after its length and version.
const typeAt = 3

// concerns reports whether a message is about an interface, or too short to have a type.
func (n *Notifier) concerns(message []byte) bool {
	return len(message) <= typeAt || slices.Contains(n.Types, message[typeAt])
}
