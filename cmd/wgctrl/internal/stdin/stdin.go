// Package stdin tells whether a program was started without a standard input.
//
// The runtime of Go opens the null device in the place of each of the three
// standard descriptors that is closed, so that no file that is opened later is
// taken for one. What reads standard input then reads an empty file, and an
// empty configuration clears a device.
//
// The package knows how the runtime opens it: to read and to write. It refuses
// to guess for a null device that is opened to read alone, which is somebody's
// choice.
package stdin

import (
	"io"
	"path/filepath"
	"slices"
)

// names are the files that stand for standard input.
var names = []string{"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}

// Names reports whether path is a usual name of standard input.
func Names(path string) bool { return slices.Contains(names, filepath.ToSlash(filepath.Clean(path))) }

// IsClosed reports whether in, which is standard input, was closed when the
// program was started. NB: a null device that is opened to read and to write
// looks the same.
func IsClosed(in io.Reader) bool { return isClosed(in) }
