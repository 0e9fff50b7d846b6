package wgctrl

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// identity is what of a ref stays the same as long as the device does: the
// index of a kernel device, the name of another one.
func identity(ref wgtypes.DeviceRef) wgtypes.DeviceRef {
	if ref.Index != 0 {
		ref.Name = ""
	}
	return ref
}

// watched is a device that is being watched.
type watched struct {
	source *source
	ref    wgtypes.DeviceRef // as it was listed last
	listed bool              // by the last listing
	gone   bool              // it was removed
	busy   bool              // it is being read, or about to be
	absent bool              // the last reading did not find it

	state *wgtypes.Device // as it was told; nil before it was
	told  trouble
}

// rename tells of the name that the last listing has, if it is another one.
func (d *watched) rename() {
	if d.state != nil && d.state.Name != d.ref.Name {
		renamed := *d.state
		renamed.Name = d.ref.Name
		d.become(&renamed)
	}
}

func (d *watched) remove() {
	d.gone = true
	d.become(nil)
}

// become tells what leads to the next state of the device, nil for its end.
func (d *watched) become(next *wgtypes.Device) {
	previous := d.state
	d.state = next
	d.source.emitChanges(previous, next)
}

func (d *watched) enqueue() {
	if !d.busy {
		d.busy = true
		d.source.queue = append(d.source.queue, d)
	}
}

// wasRead compares what was read with what was known.
func (d *watched) wasRead(dev *wgtypes.Device, err error) {
	absent := errors.Is(err, fs.ErrNotExist)
	switch {
	case d.gone:
	case err == nil:
		// What it is called is the listings' to say: the reading may be older.
		dev.Name, dev.Kind, dev.Index = d.ref.Name, d.ref.Kind, d.ref.Index
		d.source.tell(&d.told, d.ref, nil)
		d.become(dev)
	case absent && !d.listed:
		d.vanish()
	case absent && !d.absent:
		// It went, or was renamed, just now: the next listing will say.
		d.source.list()
	default:
		if d.state == nil {
			d.become(&wgtypes.Device{Name: d.ref.Name, Kind: d.ref.Kind, Index: d.ref.Index})
		}
		d.source.tell(&d.told, d.ref, err)
	}
	d.absent = absent
}

// vanish removes a device that neither a listing nor a reading has found.
func (d *watched) vanish() {
	d.source.devices = slices.DeleteFunc(d.source.devices, func(o *watched) bool { return o == d })
	d.remove()
}
