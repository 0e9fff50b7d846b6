package userdev

import (
	"errors"
	"fmt"
	"net"
)

// listen fails: the pipes of WireGuard daemons need a server that this package
// does not have.
func listen(_, name string) (net.Listener, error) {
	return nil, fmt.Errorf("listen on a pipe for %q: %w", name, errors.ErrUnsupported)
}

func socketPath(_, _ string) string { return "" }
