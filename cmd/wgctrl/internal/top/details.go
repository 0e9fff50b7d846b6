package top

import (
	"bytes"
	"slices"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

// The details of the cursor's peer are below the list. Their height depends only on
// the screen, so that the list does not jump when the cursor moves.
const (
	leastDetails = 6  // lines: enough for each field at 40 columns
	fullDetails  = 11 // lines from which all fields are shown
	mostDetails  = 16
	labelWidth   = 12 // columns
)

// detailLines returns the number of lines of the details, or 0 if they are closed.
// above is the number of lines before the first peer.
func (v *View) detailLines(above int) int {
	if !v.details {
		return 0
	}
	most := max(leastDetails, min(v.height/2, mostDetails))
	return max(0, min(most, v.height-above-2)) // one peer and the footer
}

// pane collects the lines of the details.
type pane struct {
	*View
	peer  *peer
	lines []hint
}

// addDetails adds the details of the cursor's peer in n lines.
func (s *screen) addDetails(n int) {
	d := &pane{View: s.View, peer: s.cursor}
	d.collect(n)
	s.fill(s.height - 1 - n)
	for _, line := range d.lines[:min(n, len(d.lines))] {
		s.addText(line.style, line.text)
	}
}

// collect collects the fields for n lines. The allowed IPs get the lines that remain.
func (d *pane) collect(n int) {
	p, full := d.peer, n >= fullDetails
	if full {
		name := p.name + ", "
		if p.name == p.key {
			name = ""
		}
		d.lines = append(d.lines, hint{title, "  " + name + "peer of " + p.device.name})
	}
	d.addKey()
	endpoint := p.endpoint
	if !p.addr.IsValid() {
		endpoint = "unknown"
	}
	d.add("endpoint", endpoint)
	d.add("handshake", d.handshakeText())
	if full {
		d.add("received", d.traffic(p.received, p.receive))
		d.add("sent", d.traffic(p.sent, p.transmit))
		d.addGraph(3)
	} else {
		d.addGraph(1)
	}
	d.addAllowed(max(1, n-len(d.lines)))
}

// room returns the width of a value.
func (d *pane) room() int { return max(1, d.width-margin-labelWidth) }

// addLine adds a line with a label, which may be "".
func (d *pane) addLine(st style, label string, value []byte) {
	line := termtext.AppendFit(append([]byte(nil), "  "...), label, labelWidth)
	d.lines = append(d.lines, hint{st, string(append(line, value...))})
}

// add adds a field on one line.
func (d *pane) add(label, value string) { d.addLine(normal, label, []byte(value)) }

// addKey adds the key, on as many lines as it needs.
func (d *pane) addKey() {
	label := "key"
	for part := range slices.Chunk([]byte(d.peer.key), d.room()) {
		d.addLine(normal, label, part)
		label = ""
	}
}

func (d *pane) handshakeText() string {
	p := d.peer
	if p.handshake.IsZero() {
		return "never"
	}
	text := string(appendAge(nil, p.age(d.now))) + " ago"
	if p.state(d.now) == stateSilent {
		text += ", silent"
	}
	return text
}

// traffic returns a counter and its rate.
func (d *pane) traffic(total uint64, rate float64) string {
	b := append(d.Units.appendBytes(nil, float64(total)), ", "...)
	return string(append(d.appendRate(b, d.peer.device, rate), "/s"...))
}

// addGraph adds a graph of the history with this number of lines.
func (d *pane) addGraph(lines int) {
	width := min(d.room(), depth/2)
	label := "history"
	for row := lines - 1; row >= 0; row-- {
		d.addLine(graph, label, d.appendGraphRow(nil, d.peer, width, lines, row))
		label = ""
		if row == lines-1 {
			label = string(append(d.Units.appendRate(nil, float64(d.highest(d.peer, 2*width))), "/s"...))
		}
	}
}

// addAllowed adds the allowed IPs on at most n lines.
func (d *pane) addAllowed(n int) {
	rest, label := d.peer.allowed, "allowed IPs"
	if len(rest) == 0 {
		d.addLine(normal, label, []byte("none"))
	}
	for ; len(rest) > 0; n-- {
		if n <= 1 {
			d.addLine(normal, label, appendPrefixes(nil, rest, d.room()))
			return
		}
		var line []byte
		for len(rest) > 0 {
			next := append(rest[0].AppendTo(nil), ", "...)
			if len(line) > 0 && len(line)+len(next)-1 > d.room() {
				break
			}
			line, rest = append(line, next...), rest[1:]
		}
		line = bytes.TrimRight(line, " ")
		if len(rest) == 0 {
			line = bytes.TrimRight(line, ",")
		}
		d.addLine(normal, label, line)
		label = ""
	}
}
