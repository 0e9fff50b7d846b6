//go:build linux

package host

import (
	"errors"
	"sync"

	"github.com/mdlayher/netlink"
)

// Host is a network namespace. Its methods may be called concurrently.
type Host struct {
	ns *namespace

	mu    sync.Mutex    // guards route; held during an exchange
	route *netlink.Conn // nil if the next exchange has to open it
}

// Open returns the network namespace with a name of ip-netns(8) or, with a slash, a
// path. The empty name is the namespace of the calling thread. Errors wrap
// fs.ErrNotExist or fs.ErrPermission.
func Open(netns string) (*Host, error) {
	ns, err := openNamespace(netns)
	if err != nil {
		return nil, err
	}
	return &Host{ns: ns}, nil
}

// Close releases the sockets of h. Methods must not be called after it.
func (h *Host) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	var err error
	if h.route != nil {
		err = h.route.Close()
		h.route = nil
	}
	return errors.Join(err, h.ns.close())
}
