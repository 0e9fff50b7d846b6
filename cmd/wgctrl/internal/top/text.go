package top

import (
	"bytes"
	"math"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

// AppendText appends all that the view has as text, for what is no terminal:
// every device and every peer, with nothing cut, and no graphs.
func (v *View) AppendText(b []byte) []byte {
	t := *v
	t.Plain, t.width, t.height = true, v.textWidth(), len(v.devices)+len(v.peers)+roomy
	s := &screen{View: &t, b: b}
	s.add(t.appendSummary)
	devices := widest(&t, deviceColumns, t.devices)
	s.addTrimmed(func(b []byte) []byte { return appendTitles(&t, b, deviceColumns, devices) })
	for _, d := range t.devices {
		s.addTrimmed(func(b []byte) []byte { return t.appendDevice(b, d, devices) })
	}
	s.addTextPeers()
	return append(s.b, '\n')
}

// addTextPeers adds all peers. The allowed IPs are appended to the lines, and are
// no column, which would make each line as long as the longest list.
func (s *screen) addTextPeers() {
	columns := peerColumns[:peerGraph]
	widths := widest(s.View, columns, s.peers)
	s.addTrimmed(func(b []byte) []byte {
		b = append(appendTitles(s.View, b, columns, widths), ' ')
		return append(b, peerColumns[peerAllowed].title...)
	})
	for _, p := range s.peers {
		s.addTrimmed(func(b []byte) []byte {
			return appendAllowed(s.View, append(s.appendPeer(b, p, widths), ' '), p, math.MaxInt)
		})
	}
}

// textWidth is how wide a screen would be for the widest line that is cut at its
// edge.
func (v *View) textWidth() int {
	const summary = 200 // is more than it takes
	width := summary
	for _, d := range v.devices {
		if d.unreadable {
			width = max(width, margin+termtext.Width(v.troubleText(d)))
		}
	}
	return width
}

// widest gives each column what its widest cell takes.
func widest[T any](v *View, columns []column[T], items []T) []int {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = max(c.least, len(c.title))
		for _, item := range items {
			v.scratch = c.cell(v, v.scratch[:0], item, math.MaxInt)
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
