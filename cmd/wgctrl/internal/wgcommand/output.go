package wgcommand

import (
	"io"
	"net/netip"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// output buffers the output of a command. Formatters append to b and call
// flushIfFull now and then.
type output struct {
	w    io.Writer
	b    []byte
	used int   // the most bytes that b had when it was flushed
	err  error // the first write error
}

// flushSize is the number of bytes from which flushIfFull writes.
const flushSize = 64 << 10

// newOutput returns an output whose buffer does not grow between two writes:
// growing would leave copies of keys in memory.
func newOutput(w io.Writer) output { return output{w: w, b: make([]byte, 0, flushSize+flushSize/4)} }

// flushIfFull writes the buffer if it has flushSize bytes or more.
func (o *output) flushIfFull() {
	if len(o.b) >= flushSize {
		_ = o.flush() // output remembers the error
	}
}

// flush writes the buffer and returns the first write error. After an error it
// writes nothing.
func (o *output) flush() error {
	if o.err == nil && len(o.b) > 0 {
		_, o.err = o.w.Write(o.b)
	}
	o.used = max(o.used, len(o.b))
	o.b = o.b[:0]
	return o.err
}

// wipe clears what the buffer has held, which may be keys. The rest would cost the start
// of a command 20 page faults.
func (o *output) wipe() { clear(o.b[:max(o.used, len(o.b))]) }

// clean replaces control characters in text, unless Env.Clean is nil.
func (c *command) clean(text string) string {
	if c.env.Clean == nil {
		return text
	}
	return c.env.Clean(text)
}

// cleanDevice cleans the name of a device, the zones of its endpoints and what
// AmneziaWG has as text. The kernel allows control characters in the names of links.
func (c *command) cleanDevice(d *wgtypes.Device) {
	if c.env.Clean == nil {
		return
	}
	d.Name = c.clean(d.Name)
	if a := d.Amnezia; a != nil {
		for _, text := range []*string{&a.I1, &a.I2, &a.I3, &a.I4, &a.I5} {
			*text = c.clean(*text)
		}
		for i, key := range a.UnknownKeys {
			a.UnknownKeys[i] = c.clean(key)
		}
	}
	for i := range d.Peers {
		e := &d.Peers[i].Endpoint
		if zone := e.Addr().Zone(); zone != "" {
			*e = netip.AddrPortFrom(e.Addr().WithZone(c.clean(zone)), e.Port())
		}
	}
}
