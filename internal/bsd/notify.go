package bsd

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// Notify calls changed once when it is ready, and then after each message about an
// interface of any kind. It returns nil when ctx ends. It needs no privilege. The Notify
// of a nil Notifier returns nil immediately.
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
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, syscall.ENOBUFS):
			// The socket's buffer was full, so messages were lost.
			changed()
		case err != nil:
			return fmt.Errorf("receive from a routing socket: %w", err)
		case n.concerns(buf[:size]):
			changed()
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
