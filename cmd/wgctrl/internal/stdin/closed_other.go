//go:build !unix

package stdin

import "io"

// isClosed returns false: on these systems reading a closed handle fails.
func isClosed(io.Reader) bool { return false }
