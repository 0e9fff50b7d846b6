//go:build !unix

package cli

import "errors"

// replaceProcess is not available on this system.
func replaceProcess([]string) error { return errors.ErrUnsupported }
