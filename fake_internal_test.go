package wgctrl

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// fakeBackend has devices by name, each with the error of opening, reading or
// configuring it.
type fakeBackend struct {
	kind     wgtypes.Kind
	can      wginternal.Capabilities
	listErr  error
	listHang bool // List waits until the context ends
	closed   int

	mu      sync.Mutex
	devices []*fakeDevice
}

type fakeDevice struct {
	kind          wgtypes.Kind
	name          string
	index         int
	openErr       error
	vanishes      bool          // when it is opened
	renamed       string        // when it is opened
	hang          bool          // Read waits until the context ends
	block         chan struct{} // Read waits until this is closed
	readErrs      []error       // of one reading after the other
	confErr       error
	port          uint16
	amnezia       *wgtypes.Amnezia
	peer          wgtypes.Peer // what each peer has besides its key
	configured    []wgtypes.Config
	reads, opened int
}

func (b *fakeBackend) Kind() wgtypes.Kind { return b.kind }

func (b *fakeBackend) Capabilities() wginternal.Capabilities { return b.can }

func (b *fakeBackend) List(ctx context.Context) (refs []wgtypes.DeviceRef, err error) {
	if b.listHang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range b.devices {
		refs = append(refs, d.Ref())
	}
	return refs, b.listErr
}

func (b *fakeBackend) Open(_ context.Context, name string) (wginternal.Device, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.devices, func(d *fakeDevice) bool { return d.name == name })
	if i < 0 {
		return nil, wginternal.Tag(fs.ErrNotExist, errors.New("not in "+b.kind.String()))
	}
	d := b.devices[i]
	switch {
	case d.vanishes:
		b.devices = slices.Delete(b.devices, i, i+1)
		return nil, wginternal.Tag(fs.ErrNotExist, syscall.ENODEV)
	case d.renamed != "":
		d.name, d.renamed = d.renamed, ""
		return nil, wginternal.Tag(fs.ErrNotExist, syscall.ENODEV)
	case d.openErr != nil:
		return nil, d.openErr
	}
	d.opened++
	return d, nil
}

func (b *fakeBackend) Close() error { b.closed++; return errors.New("closing " + b.kind.String()) }

func (d *fakeDevice) Ref() wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: d.name, Kind: d.kind, Index: d.index}
}
func (d *fakeDevice) Close() error { d.opened--; return nil }

func (d *fakeDevice) Configure(_ context.Context, c wgtypes.Config, progress wginternal.Progress) error {
	if progress != nil {
		progress(3, 4)
	}
	d.configured = append(d.configured, c)
	return d.confErr
}

func (d *fakeDevice) Read(ctx context.Context) (wginternal.Reader, error) {
	d.reads++
	if d.hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if d.block != nil {
		<-d.block
	}
	if d.reads <= len(d.readErrs) {
		return &fakeReader{d, 1, d.readErrs[d.reads-1]}, nil
	}
	return &fakeReader{d, 2, io.EOF}, nil
}

// fakeReader returns a number of peers, and then an error.
type fakeReader struct {
	d     *fakeDevice
	peers int
	end   error
}

func (r *fakeReader) Device() *wgtypes.Device {
	return &wgtypes.Device{Name: r.d.name, Kind: r.d.kind, ListenPort: r.d.port, Amnezia: r.d.amnezia}
}
func (r *fakeReader) Close() error { return nil }
func (r *fakeReader) Next(p *wgtypes.Peer) error {
	if !p.PublicKey.IsZero() || p.ReceiveBytes != 0 {
		return errors.New("the peer is not zero")
	}
	defer func() { p.ReceiveBytes = r.d.peer.ReceiveBytes }() // also with an error
	if r.peers--; r.peers >= 0 {
		*p = r.d.peer
		p.PublicKey = wgtypes.PublicKey{100 + byte(r.peers)}
		return nil
	}
	return r.end
}

func (r *fakeReader) Rest(progress wginternal.Progress) ([]wgtypes.Peer, error) {
	return wginternal.Collect(r.Next, progress)
}

func clientWith(kernel, user []*fakeDevice) (*Client, *fakeBackend, *fakeBackend) {
	k := &fakeBackend{kind: wgtypes.KindKernel, devices: kernel}
	u := &fakeBackend{kind: wgtypes.KindUserspace, devices: user}
	for _, b := range []*fakeBackend{k, u} {
		b.can = wginternal.Capabilities{FirewallMark: true, PersistentKeepalive: true, UpdateOnly: true}
		for _, d := range b.devices {
			d.kind = b.kind
		}
	}
	return clientOf(k, u), k, u
}

// names returns the kinds and names of devices.
func names(devices []*wgtypes.Device) (names []string) {
	for _, d := range devices {
		names = append(names, d.Kind.String()+" "+d.Name)
	}
	return names
}

// createdLink is what a fakeLinks was asked to create.
type createdLink struct {
	mtu   int
	up    bool
	netNS int
}

// fakeLinks has one link, wg0 or another one, with an index.
type fakeLinks struct {
	name    string // empty for wg0
	index   int
	created createdLink
	foreign error // of links with other names; nil means that there are none
	newErr  error // of Create
	setErr  error // of SetLink
	mtu     *int  // that SetLink got
	up      *bool // that SetLink got
	deleted bool
}

func (l *fakeLinks) Link(_ context.Context, name string, index int) (wginternal.Link, error) {
	exists := name == cmp.Or(l.name, "wg0")
	if !exists && l.foreign != nil {
		return wginternal.Link{}, l.foreign
	}
	if !exists || index != 0 && index != l.index {
		return wginternal.Link{}, wginternal.Tag(fs.ErrNotExist, errors.New("no such link"))
	}
	return wginternal.Link{Index: l.index, MTU: 1420, Up: true}, nil
}

func (l *fakeLinks) Create(_ context.Context, _ string, mtu int, up bool, netNS int) error {
	l.created = createdLink{mtu, up, netNS}
	return l.newErr
}

func (l *fakeLinks) SetLink(ctx context.Context, name string, index int, mtu *int, up *bool) error {
	l.mtu, l.up = mtu, up
	if l.setErr != nil {
		return l.setErr
	}
	_, err := l.Link(ctx, name, index)
	return err
}

func (l *fakeLinks) Delete(ctx context.Context, name string, index int) error {
	_, err := l.Link(ctx, name, index)
	l.deleted = err == nil
	return err
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// world is a backend for Watch with devices that the tests change.
type world struct {
	kind      wgtypes.Kind
	mu        sync.Mutex
	devices   map[string]*wgtypes.Device
	aliases   map[string]string        // other names that Open accepts
	unlisted  string                   // a device that List leaves out
	hung      map[string]bool          // reading waits for the context's end
	held      map[string]chan struct{} // a reading waits before it returns
	errs      map[string]error
	listErr   error
	listHangs bool
	whileList func() // runs during a listing
	twice     bool   // each device is listed twice
	notifyErr error
	fickle    bool // notifications work first, and then fail
	silent    bool // Notify cannot notify yet
	changes   chan struct{}
	reads     map[string]int
	lists     int
	open      int // devices and readers
}

func newWorld(kind wgtypes.Kind, names ...string) *world {
	b := &world{
		kind: kind, devices: make(map[string]*wgtypes.Device), hung: make(map[string]bool), held: make(map[string]chan struct{}), errs: make(map[string]error),
		changes: make(chan struct{}, 100), reads: make(map[string]int),
	}
	for _, name := range names {
		b.add(name)
	}
	return b
}

// add adds a device with one peer, 10. In the kernel it has an index.
func (b *world) add(name string) *wgtypes.Device {
	d := &wgtypes.Device{Name: name, Kind: b.kind, Peers: []wgtypes.Peer{{PublicKey: wgtypes.PublicKey{10}}}}
	b.do(func() {
		b.devices[name] = d
		if isKernel(b.kind) {
			d.Index = len(b.devices) + 6
		}
	})
	return d
}

// do runs f, which changes the world.
func (b *world) do(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// announce is do followed by a notification.
func (b *world) announce(f func()) {
	b.do(f)
	b.changes <- struct{}{}
}

// counts returns how often a device was read, how often devices were listed, and
// how many devices and readers are open.
func (b *world) counts(name string) (reads, lists, open int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reads[name], b.lists, b.open
}

func (b *world) Kind() wgtypes.Kind { return b.kind }
func (b *world) Close() error       { return nil }

func (b *world) Capabilities() wginternal.Capabilities { return wginternal.Capabilities{} }

func (b *world) Notify(ctx context.Context, changed func()) error {
	for {
		b.mu.Lock()
		err, fickle, silent := b.notifyErr, b.fickle, b.silent
		b.mu.Unlock()
		if silent {
			return nil
		}
		if err == nil || fickle {
			changed()
		}
		if err != nil {
			return err
		}
		select {
		case <-b.changes:
		case <-ctx.Done():
			return nil
		}
	}
}

func (b *world) List(ctx context.Context) (refs []wgtypes.DeviceRef, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lists++
	if b.listHangs {
		b.mu.Unlock()
		<-ctx.Done()
		b.mu.Lock()
		return nil, ctx.Err()
	}
	for _, name := range slices.Sorted(maps.Keys(b.devices)) {
		if name != b.unlisted {
			refs = append(refs, b.ref(name))
		}
	}
	if b.twice {
		refs = append(refs, refs...)
	}
	if f := b.whileList; f != nil {
		b.whileList = nil
		b.mu.Unlock()
		f()
		time.Sleep(time.Nanosecond) // in a bubble: until the other goroutines wait
		b.mu.Lock()
	}
	return refs, b.listErr
}

func (b *world) ref(name string) wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: name, Kind: b.kind, Index: b.devices[name].Index}
}

func (b *world) Open(_ context.Context, name string) (wginternal.Device, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if alias, ok := b.aliases[name]; ok {
		name = alias
	}
	if b.devices[name] == nil {
		return nil, wginternal.Tag(fs.ErrNotExist, errors.New("no "+name))
	}
	b.open++
	return &worldDevice{b: b, ref: b.ref(name)}, nil
}

type worldDevice struct {
	wginternal.Device
	b   *world
	ref wgtypes.DeviceRef
}

func (d *worldDevice) Ref() wgtypes.DeviceRef { return d.ref }

func (d *worldDevice) Close() error {
	d.b.do(func() { d.b.open-- })
	return nil
}

func (d *worldDevice) Read(ctx context.Context) (wginternal.Reader, error) {
	b := d.b
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads[d.ref.Name]++
	if b.hung[d.ref.Name] {
		b.mu.Unlock()
		<-ctx.Done()
		b.mu.Lock()
		return nil, ctx.Err()
	}
	if err := b.errs[d.ref.Name]; err != nil {
		return nil, err
	}
	b.open++
	state := b.devices[d.ref.Name].Clone()
	if held := b.held[d.ref.Name]; held != nil {
		b.mu.Unlock()
		<-held
		b.mu.Lock()
	}
	return &worldReader{d, state, state.Peers}, nil
}

type worldReader struct {
	*worldDevice
	state *wgtypes.Device
	peers []wgtypes.Peer
}

func (r *worldReader) Device() *wgtypes.Device {
	r.state.Peers = nil
	return r.state
}

func (r *worldReader) Next(p *wgtypes.Peer) error {
	if len(r.peers) == 0 {
		return io.EOF
	}
	*p, r.peers = r.peers[0], r.peers[1:]
	return nil
}

func (r *worldReader) Rest(progress wginternal.Progress) ([]wgtypes.Peer, error) {
	return wginternal.Collect(r.Next, progress)
}
