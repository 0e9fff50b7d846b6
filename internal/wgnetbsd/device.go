package wgnetbsd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// ErrTooLarge means that the kernel accepted no buffer for a device's state. It does not
// say which size it needs.
var ErrTooLarge = errors.New("the kernel refuses every buffer for the state of the device")

// The sizes of buffers for the state of a device, in bytes. A peer with 10 allowed IPs
// takes about 2 500. The kernel leaks the state's text if the buffer is too small for it,
// so the first buffer is large, there are few attempts, and a Backend remembers the size.
const (
	minBuffer    = 256 << 10
	bufferGrowth = 4
	maxBuffer    = 16 << 20
)

// device is a network interface of the driver.
type device struct {
	b   *Backend
	ref wgtypes.DeviceRef
}

func (d *device) Ref() wgtypes.DeviceRef { return d.ref }

func (d *device) Close() error { return nil }

// Read reads the whole state. The kernel does not lock the list of peers meanwhile, so a
// peer that is changed during the ioctl may be missing.
func (d *device) Read(ctx context.Context) (wginternal.Reader, error) {
	s, err := d.get(ctx)
	if err != nil {
		return nil, err
	}
	dev := s.device
	dev.Name, dev.Kind, dev.Index = d.ref.Name, d.ref.Kind, d.ref.Index
	peers := dev.Peers
	dev.Peers = nil
	interfaces := wginternal.Interfaces{Lookup: d.b.Interfaces}
	for i := range peers {
		if err := interfaces.NameZone(&peers[i]); err != nil {
			return nil, err
		}
	}
	next := func(p *wgtypes.Peer) error {
		if len(peers) == 0 {
			return io.EOF
		}
		*p, peers = peers[0], peers[1:]
		return nil
	}
	// get has wiped the reply.
	return wginternal.NewSnapshotReader(dev, next, func() {}), nil
}

// get reads the state of the device. A buffer that is too small gives EINVAL, as does an
// interface of another driver.
func (d *device) get(ctx context.Context) (*state, error) {
	for size := max(minBuffer, d.b.buffer.Load()); size <= maxBuffer; size *= bufferGrowth {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s, err := d.getInto(make([]byte, size))
		if !errors.Is(err, syscall.EINVAL) {
			d.b.buffer.Store(size)
			return s, err
		}
	}
	return nil, fmt.Errorf("read interface %q: %w of up to %d bytes", d.ref.Name, ErrTooLarge, maxBuffer)
}

// getInto receives the state in buf and wipes it.
func (d *device) getInto(buf []byte) (*state, error) {
	defer clear(buf)
	if err := d.ioctl(d.b.ifdrv.get(), cmdGet, buf); err != nil {
		return nil, err
	}
	return decodeGet(buf)
}

// Configure applies c. It needs the secrets of the device: a peer that changes is added
// again, with its preshared key.
func (d *device) Configure(ctx context.Context, c wgtypes.Config, progress wginternal.Progress) error {
	if err := checkSupported(c); err != nil {
		return err
	}
	interfaces := wginternal.Interfaces{Lookup: d.b.Interfaces}
	c, err := interfaces.NumberZones(c)
	if err != nil {
		return err
	}
	have, err := d.get(ctx)
	if err != nil {
		return err
	}
	if !have.secrets {
		return wginternal.Tag(fs.ErrPermission, fmt.Errorf("interface %q: the kernel hides the private key from this user (this needs root)", d.ref.Name))
	}
	plan, err := newPlan(have, c)
	if err != nil {
		return err
	}
	w := &writer{d: d, names: plan.names, buf: make([]byte, 0, maxList)}
	parts := make([]wginternal.Part, len(plan.parts))
	for i, part := range plan.parts {
		parts[i] = wginternal.Part{Change: part, Send: w.send}
	}
	return wginternal.SendParts(ctx, parts, w.refused, progress)
}

// writer sends the parts of a plan.
type writer struct {
	d     *device
	names map[wgtypes.PublicKey]string
	buf   []byte // for a property list, which may hold keys
	// changed is true if a command of the current part was applied.
	changed bool
}

// send sends the commands of a part. The context is not checked between them: a peer that
// changes should not stay deleted.
func (w *writer) send(_ context.Context, c wgtypes.Config) error {
	w.changed = false
	if c.ListenPort != nil {
		err := w.command(cmdSetListenPort, appendListenPort(w.buf, *c.ListenPort))
		switch {
		case errors.Is(err, syscall.EINVAL):
			return unsupported("set listen port: %w (the device has already sent packets from another port; destroy the interface and create it again)", err)
		case err != nil:
			return fmt.Errorf("set listen port: %w", err)
		}
	}
	if c.PrivateKey != nil {
		if err := w.command(cmdSetPrivateKey, appendPrivateKey(w.buf, *c.PrivateKey)); err != nil {
			return fmt.Errorf("set private key: %w", err)
		}
	}
	for i := range c.Peers {
		if err := w.sendPeer(&c.Peers[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) sendPeer(p *wgtypes.PeerConfig) error {
	name := w.names[p.PublicKey]
	if p.Remove {
		err := w.command(cmdDeletePeer, appendDeletePeer(w.buf, name))
		if err != nil && !errors.Is(err, syscall.ENOENT) { // ENOENT: someone else has deleted it
			return fmt.Errorf("delete peer %s: %w", p.PublicKey, err)
		}
		return nil
	}
	err := w.command(cmdAddPeer, appendAddPeer(w.buf, name, p))
	switch {
	case errors.Is(err, syscall.EEXIST):
		return fmt.Errorf("add peer %s: %w (the kernel has the peer, its name or one of its allowed IPs already; if adding a peer failed earlier, destroy the interface and create it again)", p.PublicKey, err)
	case err != nil:
		return fmt.Errorf("add peer %s: %w", p.PublicKey, err)
	}
	return nil
}

// command sends one property list and wipes it.
func (w *writer) command(command uint32, list []byte) error {
	defer clear(list)
	err := w.d.ioctl(w.d.b.ifdrv.set(), command, list)
	w.changed = w.changed || err == nil
	return err
}

// refused reports whether an error means that the kernel applied nothing of a part. It
// checks the privilege first.
func (w *writer) refused(err error) bool {
	return !w.changed && (errors.Is(err, syscall.EPERM) || errors.Is(err, net.ErrClosed))
}
