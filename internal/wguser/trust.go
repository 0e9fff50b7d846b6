package wguser

import (
	"fmt"
	"io/fs"

	"github.com/wgctrl/wgctrl/internal/wginternal"
)

// distrust is the error for a daemon that a secret is not told.
func distrust(path string, why error) error {
	return wginternal.Tag(fs.ErrPermission, fmt.Errorf(
		"no key is sent to %s, since %w (WithUntrustedSockets skips this check)", path, why))
}
