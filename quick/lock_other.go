//go:build !unix || aix || solaris

package quick

import (
	"context"
	"errors"
)

// lock is not available on this system.
func lock(context.Context, string, string, func()) (unlock func(), err error) {
	return nil, errors.ErrUnsupported
}
