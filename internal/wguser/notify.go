package wguser

import (
	"context"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

var _ wginternal.Notifier = (*Backend)(nil)

// Notify calls changed when a socket comes or goes. Nothing tells of named
// pipes, nor of a daemon that ends and leaves its socket behind; the devices of
// this process are always the same.
func (b *Backend) Notify(ctx context.Context, changed func()) error {
	f, ok := b.finder.(wginternal.Notifier)
	if !ok {
		return nil
	}
	return f.Notify(ctx, changed)
}
