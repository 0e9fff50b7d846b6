//go:build !windows

package wgwindows

import "strconv"

// Error returns "Windows error" and the code.
func (e Errno) Error() string { return "Windows error " + strconv.FormatUint(uint64(e), 10) }
