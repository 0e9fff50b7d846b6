package wgcommand

import (
	"io"
	"net/netip"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// output collects what is written to Out. Formatters append to b; spill is
// called from time to time.
type output struct {
	w   io.Writer
	b   []byte
	err error // the first
}

// spillSize is how much is written at once.
const spillSize = 64 << 10

// newOutput has room for what is written at once, so that no key is left behind
// where it grew.
func newOutput(w io.Writer) output { return output{w: w, b: make([]byte, 0, spillSize+spillSize/4)} }

// spill writes what there is if it is much.
func (o *output) spill() {
	if len(o.b) >= spillSize {
		_ = o.flush() // its error is kept
	}
}

// flush writes what there is. After an error it writes nothing more.
func (o *output) flush() error {
	if o.err == nil && len(o.b) > 0 {
		_, o.err = o.w.Write(o.b)
	}
	o.b = o.b[:0]
	return o.err
}

// wipe clears what was written, since it may have been keys.
func (o *output) wipe() { clear(o.b[:cap(o.b)]) }

// clean replaces control characters in text, unless Env.Clean is nil.
func (c *command) clean(text string) string {
	if c.env.Clean == nil {
		return text
	}
	return c.env.Clean(text)
}

// cleanDevice cleans the name of a device and the zones of its endpoints. The
// kernel allows control characters in the names of links.
func (c *command) cleanDevice(d *wgtypes.Device) {
	if c.env.Clean == nil {
		return
	}
	d.Name = c.clean(d.Name)
	for i := range d.Peers {
		e := &d.Peers[i].Endpoint
		if zone := e.Addr().Zone(); zone != "" {
			*e = netip.AddrPortFrom(e.Addr().WithZone(c.clean(zone)), e.Port())
		}
	}
}
