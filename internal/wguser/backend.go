package wguser

import (
	"context"
	"io/fs"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Backend is the wginternal.Backend for the devices of one finder: daemons that
// listen on sockets, or devices in this process.
type Backend struct {
	kind    wgtypes.Kind
	maxName int
	life    *lifetime
	finder  finder
}

var _ wginternal.Backend = (*Backend)(nil)

// finder finds daemons. A device of this process counts as a daemon.
type finder interface {
	// list returns each name once. With an error it returns the names that it
	// has found.
	list(ctx context.Context) ([]string, error)
	// absent is Backend.Absent.
	absent() bool
	// find finds the device with the name. If no device has it, the error wraps
	// fs.ErrNotExist and lists the places that were searched.
	find(ctx context.Context, name string) (daemon, error)
}

// daemon exchanges requests and replies with one device.
type daemon interface {
	// name is the name of the interface, which can differ from the name that was
	// passed to find.
	name() string
	// recall returns what is known about the daemon, and note stores it.
	recall() traits
	note(traits)
	// checkZones returns a *wgtypes.FieldError for an endpoint with a zone that the
	// daemon cannot use. numbersFor is the name of a daemon that accepts only numbers,
	// or empty.
	checkZones(c wgtypes.Config, numbersFor string) error
	// begin prepares for requests that change the device. end is called after
	// them.
	begin(ctx context.Context) (end func(), err error)
	// get requests the state. kept means that the caller's code runs before the
	// whole reply was read.
	get(ctx context.Context, kept bool) (reply, error)
	// set sends a change. sent means that a part of it may have reached the
	// daemon. progress may be nil.
	set(ctx context.Context, c wgtypes.Config, progress wginternal.Progress) (sent bool, err error)
	// isBoringtun asks the daemon whether it is boringtun. It is needed only for
	// devices without a key and peers: the state of other devices shows it.
	isBoringtun(ctx context.Context) (bool, error)
	// isGotaTun asks the daemon whether it is GotaTun, without changing anything.
	// certain is false if the daemon did not answer.
	isGotaTun(ctx context.Context) (is, certain bool, err error)
	// restarted reports whether another daemon has taken the socket since it was
	// found.
	restarted() bool
	close() error
}

// reply is the text of a reply to a get request. Close ends the exchange.
type reply interface {
	Read(b []byte) (int, error)
	Close() error
}

// Kind is KindUserspace, KindAmneziaUserspace or KindInProcess.
func (b *Backend) Kind() wgtypes.Kind { return b.kind }

// Capabilities reports every setting, and no links. Whether a daemon is one of AmneziaWG
// is known only when it is asked.
func (b *Backend) Capabilities() wginternal.Capabilities {
	return wginternal.Capabilities{FirewallMark: true, PersistentKeepalive: true, UpdateOnly: true, Amnezia: true}
}

var _ wginternal.Absenter = (*Backend)(nil)

// Absent reports whether every directory of sockets is missing, or this process has no
// devices. Named pipes have no directory.
func (b *Backend) Absent() bool { return b.finder.absent() }

// List returns the devices in the order of the directories, sorted by name in
// each, or in the order of NewInProcess. It omits sockets without a listener, and
// includes those that the caller has no permission to use.
func (b *Backend) List(ctx context.Context) ([]wgtypes.DeviceRef, error) {
	if err := b.life.check(ctx); err != nil {
		return nil, err
	}
	names, err := b.finder.list(ctx)
	refs := make([]wgtypes.DeviceRef, 0, len(names))
	for _, name := range names {
		refs = append(refs, wgtypes.DeviceRef{Name: name, Kind: b.kind})
	}
	return refs, err
}

// Open finds a device. On macOS name can also be a wg-quick name, such as wg0 for
// utun3; Ref returns the name of the interface.
//
// Besides the errors of wginternal.Backend, it returns a *wgtypes.FieldError for
// an invalid name, net.ErrClosed after Close, and the error of ctx.
func (b *Backend) Open(ctx context.Context, name string) (wginternal.Device, error) {
	if err := wginternal.CheckName(name, b.maxName); err != nil {
		return nil, err
	}
	if err := b.life.check(ctx); err != nil {
		return nil, err
	}
	d, err := b.finder.find(ctx, name)
	if err != nil {
		return nil, contextError(ctx, err)
	}
	return &device{wgtypes.DeviceRef{Name: d.name(), Kind: b.kind}, b.life, d}, nil
}

// Close interrupts all operations. They and later ones fail with net.ErrClosed. A
// second Close does nothing.
func (b *Backend) Close() error { return b.life.close() }

// notExist makes err an fs.ErrNotExist.
func notExist(err error) error { return wginternal.Tag(fs.ErrNotExist, err) }

// device is a wginternal.Device.
type device struct {
	ref    wgtypes.DeviceRef
	life   *lifetime
	daemon daemon
}

func (d *device) Ref() wgtypes.DeviceRef { return d.ref }
func (d *device) Close() error           { return d.daemon.close() }

// Read returns a Reader. It fails when ctx ends, during Read or later.
func (d *device) Read(ctx context.Context) (wginternal.Reader, error) {
	if err := d.life.check(ctx); err != nil {
		return nil, err
	}
	r, err := d.daemon.get(ctx, true)
	if err != nil {
		return nil, contextError(ctx, err)
	}
	return newReader(ctx, d, r)
}

// reader is a wginternal.Reader.
type reader struct {
	ctx    context.Context
	life   *lifetime
	reply  reply
	dec    *uapi.Decoder
	device *wgtypes.Device
}

func newReader(ctx context.Context, d *device, in reply) (wginternal.Reader, error) {
	r := &reader{ctx: ctx, life: d.life, reply: in, dec: uapi.NewDecoder(in, time.Now())}
	dev, err := r.dec.Device()
	if err != nil {
		r.Close()
		return nil, contextError(ctx, err)
	}
	dev.Name, dev.Kind = d.ref.Name, d.ref.Kind
	d.completeAmnezia(dev)
	r.device = dev
	return r, nil
}

func (r *reader) Device() *wgtypes.Device {
	dev := *r.device
	return &dev
}

func (r *reader) Next(p *wgtypes.Peer) error {
	if err := r.life.check(r.ctx); err != nil {
		r.Close()
		return err
	}
	if err := r.dec.Next(p); err != nil {
		r.Close()
		return contextError(r.ctx, err)
	}
	return nil
}

func (r *reader) Rest(progress wginternal.Progress) ([]wgtypes.Peer, error) {
	return wginternal.Collect(r.Next, progress)
}

// Close ends the exchange, which frees the device, and clears the buffers. Next
// fails afterwards, unless the last peer was read.
func (r *reader) Close() error {
	r.dec.Close()
	return r.reply.Close()
}

var _ wginternal.Notifier = (*Backend)(nil)

// Notify calls changed when a socket is added or removed. It does not report
// named pipes, nor a daemon that exits without removing its socket. The devices of
// this process do not change.
func (b *Backend) Notify(ctx context.Context, changed func()) error {
	f, ok := b.finder.(wginternal.Notifier)
	if !ok {
		return nil
	}
	return f.Notify(ctx, changed)
}
