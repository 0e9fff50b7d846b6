// Package top is the live view of devices and peers: what is known of them, in
// which order and how much of it is shown, and the lines of the screen.
//
// It knows events, rates and the width of a screen, and refuses to know where
// events come from, what time it is and how a terminal is driven. All that it
// writes is text that termtext has cleaned, and its own colours.
package top

import (
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Options are what a Board is made with.
type Options struct {
	// Interval is the time between two readings of a device, as Watch has it.
	Interval time.Duration
	// PeerName returns the name of a peer, "" for none. nil is no names.
	PeerName func(wgtypes.PublicKey) string
	// Reason says what an error is, beside the name of the device. nil is all
	// that the error says.
	Reason func(error) string
}

// Board is what is known of devices and peers.
type Board struct {
	interval time.Duration
	peerName func(wgtypes.PublicKey) string
	reason   func(error) string
	devices  map[wgtypes.DeviceRef]*device
	ready    bool
}

// NewBoard returns a Board that knows nothing yet.
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

// device is a device or, without a name, all the devices of a kind.
type device struct {
	ref   wgtypes.DeviceRef
	name  string // clean
	port  uint16
	peers map[wgtypes.PublicKey]*peer
	pace  pace

	unreadable bool
	trouble    string    // clean: why it was unreadable last
	since      time.Time // when it became unreadable last

	// As of the last look.
	receive, transmit float64
	silent            int
}

// identity is what of a ref stays the same as long as the device does.
func identity(ref wgtypes.DeviceRef) wgtypes.DeviceRef {
	if ref.Index != 0 {
		ref.Name = ""
	}
	return ref
}

// Apply takes one event in. Events of a Watch are applied in their order.
func (b *Board) Apply(e wgtypes.Event) {
	switch e.Kind {
	case wgtypes.EventReady:
		b.ready = true
		return
	case wgtypes.EventDeviceRemoved:
		delete(b.devices, identity(e.Device))
		return
	}
	d := b.device(e.Device)
	switch e.Kind {
	case wgtypes.EventUnreadable:
		b.fail(d, e)
	case wgtypes.EventReadable:
		b.recover(d, e)
	case wgtypes.EventDeviceAdded, wgtypes.EventDeviceRenamed, wgtypes.EventDeviceChanged:
		d.port = e.NewDevice.ListenPort
		d.pace.begin(e.Time)
	default:
		b.applyPeer(d, e)
	}
}

// fail begins the trouble of a device, or says another reason for it.
func (b *Board) fail(d *device, e wgtypes.Event) {
	if !d.unreadable {
		d.unreadable, d.since = true, e.Time
	}
	d.trouble = termtext.Clean(b.reason(e.Err))
}

// recover ends the trouble of a device.
func (b *Board) recover(d *device, e wgtypes.Event) {
	if d.unreadable {
		d.unreadable = false
		d.pace.resume(e.Time, d.since, b.interval)
	}
	if d.ref.Name == "" {
		delete(b.devices, identity(d.ref))
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
	known.become(p)
}

// device returns the device of a ref, by its present name.
func (b *Board) device(ref wgtypes.DeviceRef) *device {
	d := b.devices[identity(ref)]
	if d == nil {
		d = &device{peers: make(map[wgtypes.PublicKey]*peer)}
		b.devices[identity(ref)] = d
	}
	if d.ref != ref {
		d.ref, d.name = ref, termtext.Clean(ref.Name)
		for _, p := range d.peers {
			p.text = ""
		}
	}
	return d
}

// Ready reports whether all that was there from the start is known.
func (b *Board) Ready() bool { return b.ready }

// HasUnreadable reports whether something cannot be read.
func (b *Board) HasUnreadable() bool {
	for _, d := range b.devices {
		if d.unreadable {
			return true
		}
	}
	return false
}

// Empty reports whether there is nothing to show.
func (b *Board) Empty() bool { return len(b.devices) == 0 }
