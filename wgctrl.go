// Package wgctrl controls WireGuard devices, wherever they run: in the kernel
// of Linux, a BSD or Windows, in a userspace daemon such as wireguard-go, or in this
// process. Devices of AmneziaWG are devices with a few more parameters.
// docs/platforms.md says what works on which system.
//
// A [Client] finds which backends exist and sends each request to the backend
// that has the device. Values, validation and errors are the same for every
// backend. A Client is safe for concurrent use. It configures WireGuard and the
// interface itself, not addresses and routes.
//
// Errors are described at [OpError]. docs/semantics.md says what each setting
// does in each backend, and what is not atomic.
package wgctrl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"sync"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A Client controls devices. Make it with [New] and close it with [Client.Close]. Its
// methods may be called from several goroutines at once.
type Client struct {
	backends []wginternal.Backend // in the order in which they are asked
	links    []kernelLinks        // of the backends that can change network interfaces
	only     []wgtypes.DeviceRef  // a device must match each of them: see Only
	life     *lifetime            // shared with the views
	progress func(Progress)       // nil for none
	isView   bool
	zeroKeys bool // accept peers with the zero public key
}

// lifetime is the state that a Client shares with its views.
type lifetime struct {
	close  sync.Once
	closed chan struct{}
}

// New returns a Client. It opens no connection and needs no privilege. A
// missing or inaccessible backend is reported by the methods that use it.
//
// The error wraps errors.ErrUnsupported if this system does not support an
// option, and fs.ErrInvalid if an option is malformed. [WithNetNSName] describes
// the errors of opening a network namespace.
func New(opts ...Option) (*Client, error) {
	o := options{netNS: -1}
	defer func() {
		for _, f := range o.opened {
			f.Close()
		}
	}()
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

// clientOf returns a Client with these backends.
func clientOf(backends ...wginternal.Backend) *Client {
	return &Client{backends: backends, life: &lifetime{closed: make(chan struct{})}}
}

// Only returns a view of c that contains only the devices that match ref. A
// zero field of ref matches every device. Every method of the view treats other
// devices as missing.
//
// Use it to reach exactly the device that List returned. The name alone may also
// be that of a device of another kind, or of a kernel device that was created
// under this name since:
//
//	d, err := c.Only(ref).Device(ctx, ref.Name)
//
// It also restricts a Client to one kind:
//
//	userspace := c.Only(wgtypes.DeviceRef{Kind: wgtypes.KindUserspace})
//
// The view shares the connections of c. Closing c closes the view; closing the
// view does nothing.
func (c *Client) Only(ref wgtypes.DeviceRef) *Client {
	view := &Client{life: c.life, progress: c.progress, zeroKeys: c.zeroKeys, isView: true}
	view.only = slices.Concat(c.only, []wgtypes.DeviceRef{ref})
	for _, b := range c.backends {
		if ref.Kind == wgtypes.KindUnknown || ref.Kind == b.Kind() {
			view.backends = append(view.backends, b)
		}
	}
	for _, l := range c.links {
		if ref.Kind == wgtypes.KindUnknown || ref.Kind == l.kind {
			view.links = append(view.links, l)
		}
	}
	return view
}

// checkRef returns an fs.ErrNotExist if the Client is a view without the device
// that Open found.
func (c *Client) checkRef(found wgtypes.DeviceRef) error {
	for _, want := range c.only {
		switch {
		case want.Kind != wgtypes.KindUnknown && want.Kind != found.Kind:
			return missing("%q is a %v device, not a %v device", found.Name, found.Kind, want.Kind)
		case want.Name != "" && want.Name != found.Name:
			return missing("%q is not in this view, which contains only %q", found.Name, want.Name)
		case want.Index != 0 && want.Index != found.Index:
			return missing("%q was replaced: its index is %d, not %d", found.Name, found.Index, want.Index)
		}
	}
	return nil
}

func missing(format string, args ...any) error {
	return wginternal.Tag(fs.ErrNotExist, fmt.Errorf(format, args...))
}

// kind is the kind to which a view is restricted, or KindUnknown if the Client is not a
// view of one kind. WithBackends does not count.
func (c *Client) kind() wgtypes.Kind {
	for _, ref := range c.only {
		if ref.Kind != wgtypes.KindUnknown {
			return ref.Kind
		}
	}
	return wgtypes.KindUnknown
}

// index is the index of the only device of a view, and 0 otherwise.
func (c *Client) index() int {
	for _, ref := range c.only {
		if ref.Index != 0 {
			return ref.Index
		}
	}
	return 0
}

// Close aborts what is in progress, except calls to devices of this process and ioctls
// of the BSDs and Windows, and closes all connections. Methods that it aborts, and later
// calls, return errors that wrap net.ErrClosed, except Capabilities, which asks no
// device. A second Close does nothing.
func (c *Client) Close() error {
	var errs []error
	if !c.isView {
		c.life.close.Do(func() {
			close(c.life.closed)
			for _, b := range c.backends {
				errs = append(errs, b.Close())
			}
		})
	}
	return errors.Join(errs...)
}

// check returns net.ErrClosed if the Client is closed.
func (c *Client) check() error {
	select {
	case <-c.life.closed:
		return net.ErrClosed
	default:
		return nil
	}
}

// open opens the device with the given name in the first backend that has it.
// An error of one backend does not end the search.
func (c *Client) open(ctx context.Context, op, name string) (wginternal.Device, error) {
	fail := func(err error) error { return &OpError{Op: op, Device: name, Kind: c.kind(), Err: err} }
	if err := c.check(); err != nil {
		return nil, fail(err)
	}
	if err := c.checkName(name); err != nil {
		return nil, fail(err)
	}
	var s search
	for _, b := range c.backends {
		if !isKernel(b.Kind()) && wginternal.CheckName(name, wginternal.MaxNameAny) != nil {
			continue // the error would hide where the kernel looked
		}
		d, err := c.openIn(ctx, b, name)
		if err == nil {
			return d, nil
		}
		if ctx.Err() != nil {
			return nil, fail(ctx.Err())
		}
		s.add(b.Kind(), err)
	}
	kind, err := s.result(c.kind())
	return nil, &OpError{Op: op, Device: name, Kind: kind, Err: err}
}

// checkName returns a *wgtypes.FieldError for a name that the Client does not accept.
// Where kernel devices have links, it accepts backslashes and control bytes, which Linux
// allows. Adapters of Windows may have such names, too, but cannot be used with them.
func (c *Client) checkName(name string) error {
	err := wginternal.CheckName(name, wginternal.MaxNameAny)
	if err != nil && len(c.links) > 0 && wginternal.CheckLinkName(name) == nil {
		return nil
	}
	return err
}

// isKernel reports whether devices of the kind are in the kernel.
func isKernel(k wgtypes.Kind) bool {
	return k == wgtypes.KindKernel || k == wgtypes.KindAmneziaKernel
}

// openIn opens a device of one backend, if the Client contains it.
func (c *Client) openIn(ctx context.Context, b wginternal.Backend, name string) (wginternal.Device, error) {
	d, err := b.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := c.checkRef(d.Ref()); err != nil {
		_ = d.Close() // only an opened connection
		return nil, err
	}
	return d, nil
}

// search collects the errors of the backends that could not open a device.
type search struct {
	missing  []string // where each backend looked
	failures []failure
}

// failure is an error of a backend that may have the device.
type failure struct {
	kind wgtypes.Kind
	err  error
}

func (s *search) add(kind wgtypes.Kind, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		if text := err.Error(); !slices.Contains(s.missing, text) {
			s.missing = append(s.missing, text)
		}
	} else {
		s.failures = append(s.failures, failure{kind, err})
	}
}

// dropForeign drops the failures of kernel backends that found a link of another kind, if
// another kernel backend failed with the link. It keeps one of several such failures.
func (s *search) dropForeign() {
	isForeign := func(f failure) bool { return isKernel(f.kind) && errors.Is(f.err, ErrNotWireGuard) }
	best := slices.IndexFunc(s.failures, func(f failure) bool { return isKernel(f.kind) && !isForeign(f) })
	if best < 0 {
		best = slices.IndexFunc(s.failures, isForeign)
	}
	var kept []failure
	for i, f := range s.failures {
		if i == best || !isForeign(f) {
			kept = append(kept, f)
		}
	}
	s.failures = kept
}

// result returns the error of a search for a device of that kind. If no backend
// has the device, the text says where each one looked. Otherwise the error joins
// the failures.
func (s *search) result(kind wgtypes.Kind) (wgtypes.Kind, error) {
	s.dropForeign()
	switch len(s.failures) {
	case 0:
		if len(s.missing) == 0 {
			s.missing = []string{"this client has no backend"}
		}
		return kind, missing("no such device: %s", strings.Join(s.missing, "; "))
	case 1:
		return s.failures[0].kind, s.failures[0].err
	}
	var errs []error
	for i, f := range s.failures {
		kinds := []string{f.kind.String()}
		for _, next := range s.failures[i+1:] {
			if next.err.Error() == f.err.Error() {
				kinds = append(kinds, next.kind.String())
			}
		}
		same := func(earlier failure) bool { return earlier.err.Error() == f.err.Error() }
		if !slices.ContainsFunc(s.failures[:i], same) {
			errs = append(errs, fmt.Errorf("%s: %w", strings.Join(kinds, " and "), f.err))
		}
	}
	return kind, join(errs...)
}
