// Package top implements the live view of devices and peers. A Board collects the
// events of a Watch, and a View of it selects, sorts and draws devices and peers.
//
// The package performs no I/O and does not read the clock. Its output consists of
// text cleaned by termtext and of colours.
package top

import (
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Options configure a Board.
type Options struct {
	// Interval is the time between two readings of a device, as in Watch.
	Interval time.Duration
	// PeerName returns the name of a peer, or "". If nil, peers have no names.
	PeerName func(wgtypes.PublicKey) string
	// Reason returns the text of an error that is shown next to the device's
	// name. If nil, it is the error's text.
	Reason func(error) string
}

// Board is the state of devices and peers according to the events so far.
type Board struct {
	interval time.Duration
	peerName func(wgtypes.PublicKey) string
	reason   func(error) string
	devices  map[wgtypes.DeviceRef]*device
	ready    bool
}

// NewBoard returns a Board without devices.
func NewBoard(o Options) *Board {
	b := &Board{interval: o.Interval, peerName: o.PeerName, reason: o.Reason, devices: make(map[wgtypes.DeviceRef]*device)}
	if b.peerName == nil {
		b.peerName = func(wgtypes.PublicKey) string { return "" }
	}
	if b.reason == nil {
		b.reason = error.Error
	}
	return b
}

// device is a device. Without a name it stands for all devices of a kind.
type device struct {
	ref   wgtypes.DeviceRef
	name  string // clean
	kind  string // with the version of AmneziaWG
	port  uint16
	peers map[wgtypes.PublicKey]*peer
	pace  pace

	unreadable bool
	errText    string    // clean: the last error
	since      time.Time // when it last became unreadable

	// Computed by View.Update.
	receive, transmit float64
	silent            int
}

// Apply applies an event of a Watch. Events must be applied in order.
func (b *Board) Apply(e wgtypes.Event) {
	switch e.Kind {
	case wgtypes.EventReady:
		b.ready = true
		return
	case wgtypes.EventDeviceRemoved:
		delete(b.devices, e.Device.Identity())
		return
	}
	d := b.device(e.Device)
	switch e.Kind {
	case wgtypes.EventUnreadable:
		b.fail(d, e)
	case wgtypes.EventReadable:
		b.recover(d, e)
	case wgtypes.EventDeviceAdded, wgtypes.EventDeviceRenamed, wgtypes.EventDeviceChanged:
		d.port, d.kind = e.NewDevice.ListenPort, kindText(e.NewDevice)
		d.pace.begin(e.Time)
	default:
		b.applyPeer(d, e)
	}
}

// kindText returns the kind of a device and, if it is one of AmneziaWG, the version.
func kindText(d *wgtypes.Device) string {
	if d.Amnezia == nil {
		return d.Kind.String()
	}
	return d.Kind.String() + " " + d.Amnezia.Version.String()
}

// fail marks a device as unreadable and remembers the error.
func (b *Board) fail(d *device, e wgtypes.Event) {
	if !d.unreadable {
		d.unreadable, d.since = true, e.Time
	}
	d.errText = termtext.Clean(b.reason(e.Err))
}

// recover marks a device as readable.
func (b *Board) recover(d *device, e wgtypes.Event) {
	if d.unreadable {
		d.unreadable = false
		d.pace.resume(e.Time, d.since, b.interval)
	}
	if d.ref.Name == "" {
		delete(b.devices, d.ref.Identity())
	}
}

func (b *Board) applyPeer(d *device, e wgtypes.Event) {
	p := e.Peer()
	if p == nil {
		return
	}
	if e.NewPeer == nil {
		delete(d.peers, p.PublicKey)
		return
	}
	d.pace.read(e.Time, b.interval)
	known := d.peers[p.PublicKey]
	if known == nil {
		known = newPeer(d, p.PublicKey, b.peerName(p.PublicKey))
		d.peers[p.PublicKey] = known
	}
	if e.Kind == wgtypes.EventTransfer && e.OldPeer != nil {
		known.record(e.OldPeer, e.NewPeer)
	}
	known.update(p)
}

// device returns the device of ref, which may have a new name. It adds the device if
// it is unknown.
func (b *Board) device(ref wgtypes.DeviceRef) *device {
	d := b.devices[ref.Identity()]
	if d == nil {
		d = &device{peers: make(map[wgtypes.PublicKey]*peer)}
		b.devices[ref.Identity()] = d
	}
	if d.ref != ref {
		d.ref, d.name = ref, termtext.Clean(ref.Name)
		for _, p := range d.peers {
			p.text = ""
		}
	}
	return d
}

// Ready reports whether all devices that existed at the start are known.
func (b *Board) Ready() bool { return b.ready }

// HasUnreadable reports whether a device cannot be read.
func (b *Board) HasUnreadable() bool {
	for _, d := range b.devices {
		if d.unreadable {
			return true
		}
	}
	return false
}

// Empty reports whether there are no devices.
func (b *Board) Empty() bool { return len(b.devices) == 0 }
