// Package wgctrl controls WireGuard devices, wherever they run: in the Linux
// kernel, in a userspace daemon such as wireguard-go, or in this process.
//
// A [Client] finds which backends exist, sends each request to the one that
// has the device, and gives the same values, the same validation and the same
// errors whichever answers. It is safe for concurrent use. It configures
// WireGuard and the interface itself; addresses and routes are not its business.
//
// Errors are described at [OpError]. What each setting does in each backend,
// and what is not atomic, is in docs/semantics.md.
package wgctrl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"sync"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A Client controls devices. Make it with New and end it with Close. Its
// methods may be called from several goroutines at once.
type Client struct {
	backends []wginternal.Backend // in the order in which they are asked
	links    linkBackend          // nil where links cannot be changed

	mu     sync.Mutex
	closed bool
	ending chan struct{} // closed with the Client; nil until someone waits for it
}

// New returns a Client. It opens no connection yet and needs no privilege: a
// backend that is missing or refuses shows when it is used.
//
// The error is an errors.ErrUnsupported when an option asks for what this
// system does not have, an fs.ErrInvalid when an option is malformed.
func New(opts ...Option) (*Client, error) {
	o := options{netNS: -1}
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return nil, fmt.Errorf("wgctrl: %w", err)
		}
	}
	c, err := newClient(o)
	if err != nil {
		return nil, fmt.Errorf("wgctrl: %w", err)
	}
	return c, nil
}

// List finds the devices without reading them, which needs no privilege:
// kernel devices first, then userspace, then in-process. One name may occur
// once for each kind.
//
// It returns what was found beside the joined errors (*OpError) of the
// backends that failed.
func (c *Client) List(ctx context.Context) ([]wgtypes.DeviceRef, error) {
	if err := c.check(); err != nil {
		return nil, &OpError{Op: opList, Err: err}
	}
	var refs []wgtypes.DeviceRef
	var errs []error
	for _, b := range c.backends {
		found, err := b.List(ctx)
		refs = append(refs, found...)
		if err != nil {
			errs = append(errs, &OpError{Op: opList, Kind: b.Kind(), Err: err})
		}
	}
	return refs, errors.Join(errs...)
}

// Devices reads every device that List finds. A device that vanished meanwhile
// is left out.
//
// It returns what could be read beside the joined errors (*OpError) of the
// rest: an unprivileged caller gets its userspace devices and, for each kernel
// device, an fs.ErrPermission.
func (c *Client) Devices(ctx context.Context) ([]*wgtypes.Device, error) {
	refs, err := c.List(ctx)
	errs := []error{err}
	var devices []*wgtypes.Device
	for _, ref := range refs {
		d, err := c.read(ctx, ref.Name, ref.Kind)
		switch {
		case err == nil:
			devices = append(devices, d)
		case !errors.Is(err, fs.ErrNotExist):
			errs = append(errs, err)
		}
	}
	return devices, errors.Join(errs...)
}

// Device reads the device of that name, from the first backend that has it. A
// device that changes while it is read is read again; after several attempts
// the error is ErrInterrupted.
//
// The *OpError is an fs.ErrNotExist, ErrNotWireGuard, fs.ErrPermission,
// errors.ErrUnsupported, ErrInterrupted, fs.ErrInvalid for a bad name, the
// context's error, or a syscall.Errno of the backend.
func (c *Client) Device(ctx context.Context, name string) (*wgtypes.Device, error) {
	return c.read(ctx, name, wgtypes.KindUnknown)
}

// read reads the device of that name and kind, KindUnknown for any.
func (c *Client) read(ctx context.Context, name string, kind wgtypes.Kind) (*wgtypes.Device, error) {
	d, err := c.open(ctx, opRead, name, kind)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	dev, err := wginternal.ReadDevice(ctx, d)
	return dev, opError(opRead, d.Ref(), err)
}

// ConfigureDevice changes the device of that name, in the first backend that
// has it. The Config is validated before anything is sent; what it leaves
// unset stays as it is.
//
// The *OpError is what Device's may be, and moreover an fs.ErrInvalid that
// wraps a *wgtypes.FieldError for a setting that no device takes, and a
// *PartialError when something was sent: no backend applies a change as a whole.
func (c *Client) ConfigureDevice(ctx context.Context, name string, config wgtypes.Config) error {
	if err := config.Validate(); err != nil {
		return &OpError{Op: opConfigure, Device: name, Err: err}
	}
	d, err := c.open(ctx, opConfigure, name, wgtypes.KindUnknown)
	if err != nil {
		return err
	}
	defer d.Close()
	return opError(opConfigure, d.Ref(), d.Configure(ctx, wginternal.Normalize(config)))
}

// Close ends what is in flight and frees what the Client holds. Later calls,
// and those that it ended, return net.ErrClosed. A second Close does nothing.
func (c *Client) Close() error {
	c.mu.Lock()
	wasClosed := c.closed
	c.closed = true
	if c.ending != nil && !wasClosed {
		close(c.ending)
	}
	c.mu.Unlock()
	if wasClosed {
		return nil
	}
	var errs []error
	for _, b := range c.backends {
		errs = append(errs, b.Close())
	}
	return errors.Join(errs...)
}

func (c *Client) check() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	return nil
}

// closing returns a channel that Close closes.
func (c *Client) closing() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending == nil {
		c.ending = make(chan struct{})
		if c.closed {
			close(c.ending)
		}
	}
	return c.ending
}

// open finds the device of that name in the first backend that has it. No
// backend's refusal ends the search; the errors are weighed when it failed.
func (c *Client) open(ctx context.Context, op, name string, kind wgtypes.Kind) (wginternal.Device, error) {
	fail := func(err error) error { return &OpError{Op: op, Device: name, Kind: kind, Err: err} }
	if err := c.check(); err != nil {
		return nil, fail(err)
	}
	if err := wginternal.CheckName(name, wginternal.MaxNameAny); err != nil {
		return nil, fail(err)
	}
	var s search
	for _, b := range c.backends {
		if kind != wgtypes.KindUnknown && kind != b.Kind() {
			continue
		}
		d, err := b.Open(ctx, name)
		if err == nil {
			return d, nil
		}
		if ctx.Err() != nil {
			return nil, fail(ctx.Err())
		}
		s.add(b.Kind(), err)
	}
	kind, err := s.weigh(kind)
	return nil, &OpError{Op: op, Device: name, Kind: kind, Err: err}
}

// search is what the backends said that do not have a device.
type search struct {
	absent    []string // where each one looked
	obstacles []obstacle
}

// obstacle is why a backend could not tell.
type obstacle struct {
	kind wgtypes.Kind
	err  error
}

func (s *search) add(kind wgtypes.Kind, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		s.absent = append(s.absent, err.Error())
	} else {
		s.obstacles = append(s.obstacles, obstacle{kind, err})
	}
}

// weigh makes one error of a search for a device of that kind. Where every
// backend lacks the device, the text says where each one looked; otherwise what
// stands in the way is what the caller must know.
func (s *search) weigh(kind wgtypes.Kind) (wgtypes.Kind, error) {
	switch len(s.obstacles) {
	case 0:
		if len(s.absent) == 0 {
			s.absent = []string{"this client has no backend"}
		}
		places := strings.Join(s.absent, "; ")
		return kind, wginternal.Tag(fs.ErrNotExist, errors.New("no such device: "+places))
	case 1:
		return s.obstacles[0].kind, s.obstacles[0].err
	}
	var errs []error
	for _, o := range s.obstacles {
		errs = append(errs, fmt.Errorf("%v: %w", o.kind, o.err))
	}
	return kind, errors.Join(errs...)
}
