package wgcommand

import "io"

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
