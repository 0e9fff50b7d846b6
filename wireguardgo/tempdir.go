package wireguardgo

import (
	"os"
	"runtime"
)

const (
	// maxSocketPath is how long the path of a Unix socket may be: sun_path has
	// 104 bytes where it is shortest (macOS, the BSDs), with a NUL byte.
	maxSocketPath = 103
	// maxSocketName is "/", a name of IFNAMSIZ-1 bytes and ".sock".
	maxSocketName = 1 + 15 + 5
)

// TempDir makes a new directory that its owner alone may enter, and whose path
// is short enough for a socket. The caller removes it.
//
// NB: macOS has a directory of 50 bytes in TMPDIR for each user.
func TempDir() (string, error) {
	dir, err := os.MkdirTemp("", "wg")
	if err != nil || len(dir)+maxSocketName <= maxSocketPath || runtime.GOOS == "windows" {
		return dir, err
	}
	if err := os.Remove(dir); err != nil {
		return "", err
	}
	return os.MkdirTemp("/tmp", "wg")
}
