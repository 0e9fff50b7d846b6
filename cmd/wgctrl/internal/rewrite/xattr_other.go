//go:build unix && !linux

package rewrite

import "os"

// copyXattrs does nothing on systems other than Linux.
func copyXattrs(*os.File, string) error { return nil }
