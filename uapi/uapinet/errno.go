//go:build !plan9

package uapinet

import (
	"errors"
	"syscall"
)

// isTemporary reports whether accepting a connection can succeed later: the process
// or the system has too many open files, or the client has gone.
func isTemporary(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ECONNABORTED)
}
