//go:build linux

package wglinux

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
)

var _ wginternal.Notifier = (*Backend)(nil)

// Notify calls changed when a link of the family's kind comes, goes, or is
// changed in any way: the kernel says no more precisely. It needs no privilege.
func (b *Backend) Notify(ctx context.Context, changed func()) error {
	t, err := b.subscribe()
	if err != nil {
		return fmt.Errorf("notifications of links: %w", err)
	}
	defer t.Close()
	stop := context.AfterFunc(ctx, func() { _ = t.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	changed()
	buf := make([]byte, receiveBuffer)
	for {
		n, sender, err := t.Recv(buf)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, unix.ENOBUFS):
			// The kernel had more to say than the socket holds, and drops it.
			changed()
		case err != nil:
			return fmt.Errorf("notifications of links: %w", err)
		case sender == 0 && b.concerns(buf[:n]):
			changed()
		}
	}
}

// concerns reports whether a datagram tells of a link of the family's kind.
// Other links may change all the time. What cannot be read may be anything.
func (b *Backend) concerns(datagram []byte) bool {
	msgs := nlwire.NewMessages(datagram)
	for msgs.Next() {
		link, err := nlwire.DecodeLink(msgs.Header, msgs.Payload)
		if err != nil || link.Kind == b.family {
			return true
		}
	}
	return msgs.Err() != nil
}
