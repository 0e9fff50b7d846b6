// Package stdin reports whether a program was started without a standard input.
//
// If a standard descriptor is closed, Go's runtime opens the null device for
// reading and writing instead, so that no other file gets its number. Standard
// input is then an empty file, and an empty configuration would clear a device. A
// null device that is opened only for reading was chosen by the user.
package stdin

import (
	"io"
	"path/filepath"
	"slices"
)

// names are the paths of standard input.
var names = []string{"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}

// Names reports whether path is one of the usual paths of standard input.
func Names(path string) bool { return slices.Contains(names, filepath.ToSlash(filepath.Clean(path))) }

// IsClosed reports whether in, the standard input, was closed when the program
// started. It cannot tell this from a null device that was opened for reading and
// writing.
func IsClosed(in io.Reader) bool { return isClosed(in) }
