package wgfreebsd

import (
	"context"
	"errors"
	"syscall"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// device is an interface. Requests select it by its name, because the kernel's ioctls
// know no index.
type device struct {
	b   *Backend
	ref wgtypes.DeviceRef
}

func (d *device) Ref() wgtypes.DeviceRef { return d.ref }

func (d *device) Close() error { return nil }

// Read reads the whole device, whose state is consistent. Without root's privileges the
// kernel omits the private key and the preshared keys.
func (d *device) Read(ctx context.Context) (wginternal.Reader, error) {
	buf, err := d.b.get(ctx, d.ref.Name)
	if err != nil {
		return nil, err
	}
	dec, err := NewDecoder(buf)
	if err != nil {
		clear(buf)
		return nil, err
	}
	dev := dec.Device()
	dev.Name, dev.Kind, dev.Index = d.ref.Name, d.ref.Kind, d.ref.Index
	interfaces := wginternal.Interfaces{Lookup: d.b.Interfaces}
	return wginternal.NewSnapshotReader(dev, interfaces.NameZones(dec.Next), func() { clear(buf) }), nil
}

// readAll reads the whole device with its peers.
func (d *device) readAll(ctx context.Context) (*wgtypes.Device, error) {
	return wginternal.ReadDevice(ctx, d, nil)
}

// Configure applies c in up to three requests: the port and the mark, if the peers are
// replaced too; everything else; and removals of single allowed IPs.
func (d *device) Configure(ctx context.Context, c wgtypes.Config, progress wginternal.Progress) error {
	interfaces := wginternal.Interfaces{Lookup: d.b.Interfaces}
	c, err := interfaces.NumberZones(c)
	if err != nil {
		return err
	}
	sent := c
	if wginternal.HasUpdateOnly(c) {
		have, err := d.readAll(ctx)
		if err != nil {
			return err
		}
		sent = wginternal.DropAbsent(have, c)
	}
	w := &writer{d: d}
	return wginternal.SendParts(ctx, w.parts(c, sent), w.appliedNothing, progress)
}

// writer sends the parts of a change.
type writer struct {
	d *device
	// changed is true if a request of the current part may have changed the device.
	changed bool
}

// parts returns the parts of c. They report the changes that c describes, and apply
// sent, which has the same effect and no UpdateOnly.
func (w *writer) parts(c, sent wgtypes.Config) (parts []wginternal.Part) {
	add := func(change, sent wgtypes.Config, send func(context.Context, wgtypes.Config) error) {
		parts = append(parts, wginternal.Part{Change: change, Send: func(ctx context.Context, _ wgtypes.Config) error {
			w.changed = false
			return send(ctx, sent)
		}})
	}
	// The kernel replaces the peers before it changes the port, which can fail.
	if c.ReplacePeers && (c.ListenPort != nil || c.FirewallMark != nil) {
		first := wgtypes.Config{ListenPort: c.ListenPort, FirewallMark: c.FirewallMark}
		add(first, first, w.send)
		c.ListenPort, c.FirewallMark = nil, nil
		sent.ListenPort, sent.FirewallMark = nil, nil
	}
	rest, removals := wginternal.SplitRemovals(c)
	sentRest, sentRemovals := wginternal.SplitRemovals(sent)
	if !rest.IsZero() || !sentRest.IsZero() || len(removals.Peers) == 0 {
		add(rest, sentRest, w.send)
	}
	if len(removals.Peers) > 0 {
		add(removals, sentRemovals, w.remove)
	}
	return parts
}

// send applies c.
func (w *writer) send(ctx context.Context, c wgtypes.Config) error {
	err := w.d.b.set(ctx, w.d.ref.Name, &c)
	if err == nil || mayHaveChanged(err) {
		w.changed = true
	}
	return err
}

// mayHaveChanged reports whether the device may have applied a part of a request that
// failed with err. The kernel applies nothing before it has checked the caller, the
// interface and the form of the list. The port is then what it changes first, unless it
// replaces peers.
func mayHaveChanged(err error) bool {
	_, sent := errors.AsType[syscall.Errno](err)
	return sent && !isErrno(err, syscall.EPERM, syscall.ENXIO, syscall.ENOTTY,
		syscall.EFAULT, syscall.E2BIG, syscall.EBADMSG, syscall.EADDRINUSE)
}

// appliedNothing reports whether the requests of the current part have changed nothing.
func (w *writer) appliedNothing(error) bool { return !w.changed }
