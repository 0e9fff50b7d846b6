//go:build !unix && !windows

package uapinet

import (
	"errors"
	"fmt"
	"net"
	"runtime"
)

// SocketDir is the directory where clients look for userspace devices. This system
// has no such sockets.
const SocketDir = "/var/run/wireguard"

// AmneziaSocketDir is the directory where clients look for userspace devices of
// AmneziaWG. Create it with mode 0755 and pass it to [ListenIn].
const AmneziaSocketDir = "/var/run/amneziawg"

// Listen fails with an error that wraps errors.ErrUnsupported.
func Listen(name string) (net.Listener, error) { return ListenIn(SocketDir, name) }

// ListenIn fails with an error that wraps errors.ErrUnsupported.
func ListenIn(dir, name string) (net.Listener, error) {
	return nil, fmt.Errorf("listen on a socket for %q: userspace devices are not supported on %s: %w",
		name, runtime.GOOS, errors.ErrUnsupported)
}
