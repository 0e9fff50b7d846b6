package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// namedNetNS is where ip-netns(8) has its namespaces.
const namedNetNS = "/run/netns"

// openNetNS opens a network namespace by its name, or by its path, which has a
// slash: /proc/PID/ns/net is that of a process.
func openNetNS(nameOrPath string) (*os.File, error) {
	path := nameOrPath
	if !strings.ContainsRune(path, '/') {
		path = filepath.Join(namedNetNS, path)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && path != nameOrPath {
		return nil, fmt.Errorf("--netns %s: there is no such namespace: %w (ip netns list shows those that have a name)", nameOrPath, err)
	}
	if err != nil {
		return nil, fmt.Errorf("--netns %s: %w", nameOrPath, err)
	}
	return f, nil
}
