package testutil

import (
	"os"
	"runtime"
)

const (
	// maxSocketPath is the length of the longest path of a Unix socket: sun_path
	// has 104 bytes with its NUL byte on macOS and the BSDs, and more elsewhere.
	maxSocketPath = 103
	// maxSocketName is the length of "/", a name of IFNAMSIZ-1 bytes and ".sock".
	maxSocketName = 1 + 15 + 5
)

// TempSocketDir makes a temporary directory with mode 0700 whose path is short
// enough for sockets. The caller removes it. On macOS the usual directory for
// temporary files has a long path.
func TempSocketDir() (string, error) {
	dir, err := os.MkdirTemp("", "wg")
	if err != nil || len(dir)+maxSocketName <= maxSocketPath || runtime.GOOS == "windows" {
		return dir, err
	}
	if err := os.Remove(dir); err != nil {
		return "", err
	}
	return os.MkdirTemp("/tmp", "wg")
}
