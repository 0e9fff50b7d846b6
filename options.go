package wgctrl

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wguser"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// An Option changes what New makes.
type Option func(*options) error

// options are what the backends need to know. The zero value but for netNS is
// the default.
type options struct {
	netNS     int // -1 for that of the thread that calls New
	family    string
	dirs      []string
	untrusted bool
	inProcess []wguser.InProcess
	kinds     []wgtypes.Kind // nil for all that exist here
}

// WithNetNS makes the Client look for kernel devices in the network namespace
// that fd refers to, instead of that of the thread that calls New. The
// descriptor is duplicated: the caller may close its own at once. Entering
// another namespace needs CAP_SYS_ADMIN.
//
// Linux only; elsewhere New returns an errors.ErrUnsupported. A negative fd is
// an error, as is a descriptor of something else.
func WithNetNS(fd int) Option {
	return func(o *options) error {
		if fd < 0 {
			return wginternal.Tag(fs.ErrInvalid, fmt.Errorf("WithNetNS: %d is no file descriptor", fd))
		}
		o.netNS = fd
		return nil
	}
}

// WithSocketDirs makes the Client look for the sockets of userspace devices in
// these directories, in this order, instead of /var/run/wireguard. With none
// there are no userspace devices. On Windows, whose daemons have pipes of
// fixed names, it has no effect.
func WithSocketDirs(dirs ...string) Option {
	return func(o *options) error {
		o.dirs = append([]string{}, dirs...)
		return nil
	}
}

// WithDevice adds a device of this process, such as wireguard-go's
// *device.Device, under a name of any length. The Client never closes it.
//
// Its operations run on the caller's goroutine; a context can keep one from
// starting, not interrupt it.
func WithDevice(name string, d uapi.Device) Option {
	return func(o *options) error {
		if d == nil {
			return wginternal.Tag(fs.ErrInvalid, fmt.Errorf("WithDevice: %q is nil", name))
		}
		if err := wginternal.CheckName(name, wginternal.MaxNameAny); err != nil {
			return fmt.Errorf("WithDevice: %w", err)
		}
		taken := func(in wguser.InProcess) bool { return in.Name == name }
		if slices.ContainsFunc(o.inProcess, taken) {
			return wginternal.Tag(fs.ErrInvalid, fmt.Errorf("WithDevice: %q was added already", name))
		}
		o.inProcess = append(o.inProcess, wguser.InProcess{Name: name, Device: d})
		return nil
	}
}

// WithBackends makes the Client ask these backends only, in this order. The
// default is kernel, userspace, in-process, as far as the system has them.
func WithBackends(kinds ...wgtypes.Kind) Option {
	return func(o *options) error {
		o.kinds = []wgtypes.Kind{}
		for _, k := range kinds {
			if k != wgtypes.KindKernel && k != wgtypes.KindUserspace && k != wgtypes.KindInProcess {
				return wginternal.Tag(fs.ErrInvalid, fmt.Errorf("WithBackends: %v is no backend", k))
			}
			if slices.Contains(o.kinds, k) {
				return wginternal.Tag(fs.ErrInvalid, fmt.Errorf("WithBackends: %v is named twice", k))
			}
			o.kinds = append(o.kinds, k)
		}
		return nil
	}
}

// WithFamily makes the Client speak to the generic netlink family of that
// name, and look for links of that kind, instead of "wireguard": for modules
// that have the same attributes under another name. Linux only; elsewhere New
// returns an errors.ErrUnsupported.
func WithFamily(name string) Option {
	return func(o *options) error {
		// GENL_NAMSIZ is 16 with its NUL byte, as is IFNAMSIZ.
		if err := wginternal.CheckName(name, wginternal.MaxNameUnix); err != nil {
			return fmt.Errorf("WithFamily: %w", err)
		}
		o.family = name
		return nil
	}
}

// WithUntrustedSockets skips the check of who made a socket before a private
// or preshared key is written to it. The check demands that the peer runs as
// root or as the caller, and that not everyone may write to the socket or its
// directory.
//
// On Windows it skips the check that LocalSystem owns the pipe, which is made
// there before anything is said, for reading too.
func WithUntrustedSockets() Option {
	return func(o *options) error {
		o.untrusted = true
		return nil
	}
}

// newClient makes the backends that o asks for.
func newClient(o options) (*Client, error) {
	kinds := o.kinds
	if kinds == nil {
		kinds = defaultKinds
	}
	if (o.netNS >= 0 || o.family != "") && !slices.Contains(defaultKinds, wgtypes.KindKernel) {
		return nil, errNoLinks
	}
	c := clientOf()
	for _, kind := range kinds {
		if err := c.add(kind, o); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

func (c *Client) add(kind wgtypes.Kind, o options) error {
	switch kind {
	case wgtypes.KindKernel:
		b, links, err := newKernel(o)
		if err != nil {
			return err
		}
		c.backends = append(c.backends, b)
		c.links = links
	case wgtypes.KindUserspace:
		c.backends = append(c.backends, wguser.New(wguser.Config{Dirs: o.dirs, Untrusted: o.untrusted}))
	case wgtypes.KindInProcess:
		c.backends = append(c.backends, wguser.NewInProcess(o.inProcess...))
	}
	return nil
}
