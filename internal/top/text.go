package top

import (
	"bytes"

	"github.com/wgctrl/wgctrl/internal/termtext"
)

// textWidth is how long a line of text may be.
const textWidth = 1000

// AppendText appends all that the view has as text, for what is no terminal:
// every device and every peer, with nothing cut, and no graphs.
func (v *View) AppendText(b []byte) []byte {
	t := *v
	t.Plain, t.width, t.height = true, textWidth, len(v.devices)+len(v.peers)+roomy
	s := &screen{View: &t, b: b}
	s.add(t.appendSummary)
	devices, peers := t.deviceWidths(), t.textWidths()
	s.addTrimmed(func(b []byte) []byte { return appendTitles(&t, b, deviceColumns, devices) })
	for _, d := range t.devices {
		s.addTrimmed(func(b []byte) []byte { return t.appendDevice(b, d, devices) })
	}
	s.addTrimmed(func(b []byte) []byte { return appendTitles(&t, b, peerColumns, peers) })
	for _, p := range t.peers {
		s.addTrimmed(func(b []byte) []byte { return t.appendPeer(b, p, peers) })
	}
	return append(s.b, '\n')
}

// textWidths gives each column what its widest cell takes.
func (v *View) textWidths() []int {
	widths := make([]int, len(peerColumns))
	for i, c := range peerColumns {
		if i == peerGraph {
			continue
		}
		widths[i] = max(c.least, len(c.title))
		for _, p := range v.peers {
			v.scratch = c.cell(v, v.scratch[:0], p, textWidth)
			widths[i] = max(widths[i], termtext.Width(string(v.scratch)))
		}
	}
	return widths
}

// addTrimmed adds a line without the spaces at its end.
func (s *screen) addTrimmed(draw func([]byte) []byte) {
	s.add(func(b []byte) []byte {
		start := len(b)
		b = draw(b)
		return b[:start+len(bytes.TrimRight(b[start:], " "))]
	})
}
