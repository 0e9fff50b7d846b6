package wgopenbsd

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// requests splits c, which removes no single allowed IPs, into the changes that are sent
// with one ioctl each. There is at least one.
//
// The kernel replaces the peers and the private key before it binds the port, which fails
// if the port is in use. Linux binds the port first. So the port and the mark, which needs
// a new socket too, have a request of their own in front of everything else.
func (b *Backend) requests(c wgtypes.Config) (list []wgtypes.Config) {
	if c.ListenPort != nil || c.FirewallMark != nil {
		first := wgtypes.Config{ListenPort: c.ListenPort, FirewallMark: c.FirewallMark}
		c.ListenPort, c.FirewallMark = nil, nil
		if list = append(list, first); c.IsZero() {
			return list
		}
	}
	if b.layout.Load().onePeer {
		for len(c.Peers) > 1 {
			first := c
			first.Peers = c.Peers[:1:1]
			list = append(list, first)
			c = wgtypes.Config{Peers: c.Peers[1:]}
		}
	}
	return append(list, c)
}

// set sends one of the changes of requests.
func (d *device) set(c wgtypes.Config) error {
	data := d.b.layout.Load().AppendSet(nil, &c)
	defer clear(data)
	_, err := d.b.call(setDevice, d.ref.Name, data)
	return err
}

// writer sends the parts of a change.
type writer struct {
	d *device
	// moved is true if a removal of allowed IPs has changed the device.
	moved bool
}

func (w *writer) send(_ context.Context, c wgtypes.Config) error { return w.d.set(c) }

// refused reports whether err means that the kernel applied nothing of a part: the
// privilege is missing, the device is missing, or the port, which is sent alone, is in
// use.
func (w *writer) refused(err error) bool {
	refused := errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EADDRINUSE)
	return refused && !w.moved
}
