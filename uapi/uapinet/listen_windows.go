package uapinet

import (
	"errors"
	"fmt"
	"net"
)

// SocketDir is the prefix of the named pipes where clients look for userspace
// devices. Only Administrators can make pipes under it.
const SocketDir = `\\.\pipe\ProtectedPrefix\Administrators\WireGuard`

// AmneziaSocketDir is the prefix of the named pipes where clients look for userspace
// devices of AmneziaWG.
const AmneziaSocketDir = `\\.\pipe\ProtectedPrefix\Administrators\AmneziaWG`

// Listen fails on Windows. See [ListenIn].
func Listen(name string) (net.Listener, error) { return ListenIn(SocketDir, name) }

// ListenIn fails on Windows with an error that wraps errors.ErrUnsupported.
func ListenIn(dir, name string) (net.Listener, error) {
	return nil, fmt.Errorf("listen on a named pipe for %q: %w: use UAPIListen of package golang.zx2c4.com/wireguard/ipc",
		name, errors.ErrUnsupported)
}
