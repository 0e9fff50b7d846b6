package wgopenbsd

import (
	"context"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// remove removes single allowed IPs, for which the kernel has no flag.
func (w *writer) remove(ctx context.Context, removals wgtypes.Config) error {
	_, err := wginternal.Remover{
		Unsupported: true,
		Send:        w.move,
		CleanUp:     w.move,
		Read: func(ctx context.Context) (*wgtypes.Device, error) {
			return wginternal.ReadDevice(ctx, w.d, nil)
		},
	}.Remove(ctx, removals)
	return err
}

// move sends a change of a Remover.
func (w *writer) move(ctx context.Context, c wgtypes.Config) error {
	for _, change := range w.d.b.requests(c) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.d.set(change); err != nil {
			return err
		}
		w.moved = true
	}
	return nil
}
