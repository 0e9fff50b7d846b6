package quick

import (
	"context"
	"errors"

	"github.com/wgctrl/wgctrl"
)

// Reload changes the running interface t to match its settings. Peers that do not
// change keep their sessions. It does not run hooks.
func Reload(ctx context.Context, c *wgctrl.Client, t *Tunnel, o Options) error {
	return errors.ErrUnsupported
}

// Save writes the state of the running interface t to its file.
func Save(ctx context.Context, c *wgctrl.Client, t *Tunnel, o Options) error {
	return errors.ErrUnsupported
}
