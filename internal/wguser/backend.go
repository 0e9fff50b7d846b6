package wguser

import (
	"context"
	"io/fs"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Backend is a wginternal.Backend: one way to find daemons, and what all of
// them have in common.
type Backend struct {
	kind    wgtypes.Kind
	maxName int
	life    *lifetime
	finder  finder
}

var _ wginternal.Backend = (*Backend)(nil)

// finder knows where the daemons are. (A device of this process is a daemon
// here too.)
type finder interface {
	// list returns each name once, and what it has beside an error.
	list(ctx context.Context) ([]string, error)
	// find returns an fs.ErrNotExist that says where it has looked.
	find(ctx context.Context, name string) (daemon, error)
}

// daemon holds conversations with one device.
type daemon interface {
	// name is the interface's own, which is not always the one asked for.
	name() string
	// recall returns what is known of the daemon, and note remembers it.
	recall() traits
	note(traits)
	// begin prepares for requests that change the device; end follows them.
	begin(ctx context.Context) (end func(), err error)
	// get asks for the state. kept says that the caller's own code runs before
	// the reply is read whole.
	get(ctx context.Context, kept bool) (reply, error)
	// set sends a change. sent says that some of it may have arrived. progress
	// may be nil.
	set(ctx context.Context, c wgtypes.Config, progress wginternal.Progress) (sent bool, err error)
	// isBoringtun tells it from others that have no key and no peer yet, where
	// nothing in their state does.
	isBoringtun(ctx context.Context) (bool, error)
	close() error
}

// reply is the text of a reply to a get request. Close ends the conversation.
type reply interface {
	Read(b []byte) (int, error)
	Close() error
}

// Kind is KindUserspace or KindInProcess.
func (b *Backend) Kind() wgtypes.Kind { return b.kind }

// Capabilities says that the protocol has every setting, but no links.
func (b *Backend) Capabilities() wginternal.Capabilities {
	return wginternal.Capabilities{FirewallMark: true, UpdateOnly: true}
}

// List returns the devices in the order of the directories, by name in each,
// or in that of NewInProcess. A socket that nobody answers is no device; one
// that cannot be asked is.
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

// Open finds a device. On macOS the name may be one that wg-quick gave; Ref has
// the interface's own.
//
// Beside what wginternal.Backend says, the error is a *wgtypes.FieldError for
// what can be no name, net.ErrClosed after Close, or the context's.
func (b *Backend) Open(ctx context.Context, name string) (wginternal.Device, error) {
	if err := wginternal.CheckName(name, b.maxName); err != nil {
		return nil, err
	}
	if err := b.life.check(ctx); err != nil {
		return nil, err
	}
	d, err := b.finder.find(ctx, name)
	if err != nil {
		return nil, because(ctx, err)
	}
	return &device{wgtypes.DeviceRef{Name: d.name(), Kind: b.kind}, b.life, d}, nil
}

// Close ends what is in flight, which fails with net.ErrClosed, as everything
// does afterwards. A second Close does nothing.
func (b *Backend) Close() error { return b.life.close() }

// notExist is the error for a device that is not there.
func notExist(err error) error { return wginternal.Tag(fs.ErrNotExist, err) }

// device is a wginternal.Device.
type device struct {
	ref    wgtypes.DeviceRef
	life   *lifetime
	daemon daemon
}

func (d *device) Ref() wgtypes.DeviceRef { return d.ref }
func (d *device) Close() error           { return d.daemon.close() }

// Read returns a Reader that ends with ctx, be it while Read waits or later.
func (d *device) Read(ctx context.Context) (wginternal.Reader, error) {
	if err := d.life.check(ctx); err != nil {
		return nil, err
	}
	r, err := d.daemon.get(ctx, true)
	if err != nil {
		return nil, because(ctx, err)
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
		return nil, because(ctx, err)
	}
	dev.Name, dev.Kind = d.ref.Name, d.ref.Kind
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
		return because(r.ctx, err)
	}
	return nil
}

func (r *reader) Rest(progress wginternal.Progress) ([]wgtypes.Peer, error) {
	return wginternal.Collect(r.Next, progress)
}

// Close ends the conversation, so that the device is free, and clears what was
// buffered. Next fails afterwards, unless the last peer was read.
func (r *reader) Close() error {
	r.dec.Close()
	return r.reply.Close()
}
