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

// Notify calls changed once when it is ready, and then after each change of a link of
// the family's kind: added, removed, renamed, brought up or down. Some calls are for
// changes that a caller cannot see, because the kernel reports changes of any kind.
// Notify returns nil when ctx ends, and without a subscription if the module is missing.
// It needs no privilege.
func (b *Backend) Notify(ctx context.Context, changed func()) error {
	if b.moduleMissing() {
		return nil
	}
	t, err := b.subscribe()
	if err != nil {
		return fmt.Errorf("subscribe to link notifications: %w", err)
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
			// The socket's buffer was full, so notifications were lost.
			changed()
		case err != nil:
			return fmt.Errorf("receive link notifications: %w", err)
		case sender == 0 && b.concerns(buf[:n]):
			changed()
		}
	}
}

// concerns reports whether a datagram is about a link of the family's kind, or is
// malformed and may be. Other links can change often.
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
