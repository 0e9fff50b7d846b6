package top

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

// roomy is the height from which the screen has titles of devices and empty lines.
const roomy = 16

// sections is the division of a screen into lines.
type sections struct {
	devices int // lines of devices
	above   int // lines before the first peer
	details int // lines below the last peer
}

// sections returns the division of the screen. On a small screen the details take the
// place of the devices.
func (v *View) sections() sections {
	most := max(1, (v.height-6)/3)
	s := sections{devices: min(len(v.devices), most)}
	if v.details && v.height < roomy {
		s.devices = 0
	}
	s.above = 1 + s.devices + 1 // the summary, the titles of peers
	if v.height >= roomy {
		s.above += 3 // an empty line, the titles of devices, what is shown of peers
	}
	s.details = v.detailLines(s.above)
	return s
}

// screen collects the lines of a screen.
type screen struct {
	*View
	b     []byte
	lines int
}

// add adds the line that draw appends, if there is room for it.
func (s *screen) add(draw func(b []byte) []byte) {
	if s.lines == s.height {
		return
	}
	if s.lines > 0 {
		s.b = append(s.b, '\n')
	}
	s.lines++
	s.b = draw(s.b)
}

func (s *screen) addText(st style, text string) {
	s.add(func(b []byte) []byte {
		b = s.begin(b, st)
		return s.end(termtext.AppendFit(b, text, s.width), st)
	})
}

// fill adds empty lines until there are n lines.
func (s *screen) fill(n int) {
	for s.lines < min(n, s.height) {
		s.add(func(b []byte) []byte { return b })
	}
}

// AppendScreen appends the lines of the screen, which fit its width and height. Its
// cost depends on the size of the screen, not on the number of peers.
func (v *View) AppendScreen(b []byte) []byte {
	s := &screen{View: v, b: b}
	s.add(v.appendSummary)
	switch {
	case v.help:
		s.addHelp()
	case len(v.devices) == 0:
		s.addNothing()
	default:
		s.addDevices()
		s.addPeers()
		if s.details {
			s.addDetails(s.sections().details)
		}
	}
	s.fill(v.height - 1)
	s.add(v.appendFooter)
	return s.b
}

// addNothing adds the lines for a Board without devices.
func (s *screen) addNothing() {
	s.fill(min(2, s.height-2))
	if !s.board.ready {
		s.addText(normal, "looking for devices ...")
		return
	}
	for _, line := range s.Nothing {
		s.addText(normal, termtext.Clean(line))
	}
}

func (s *screen) addDevices() {
	room, widths := s.sections().devices, s.deviceWidths()
	if s.height >= roomy {
		s.fill(2)
		s.add(func(b []byte) []byte { return appendTitles(s.View, b, deviceColumns, widths) })
	}
	for _, d := range s.shownDevices(room) {
		s.add(func(b []byte) []byte { return s.appendDevice(b, d, widths) })
	}
}

func (s *screen) addPeers() {
	widths, rows := s.peerWidths(), s.rows()
	shown := s.peers[s.offset:min(s.offset+rows, len(s.peers))]
	if s.height >= roomy {
		s.addText(faint, s.position(len(shown)))
	}
	s.add(func(b []byte) []byte { return appendTitles(s.View, b, peerColumns, widths) })
	for _, p := range shown {
		s.add(func(b []byte) []byte { return s.appendPeer(b, p, widths) })
	}
}

// position says which peers are shown and how many peers and devices are not.
func (v *View) position(shown int) string {
	text := "  no peers"
	if shown > 0 {
		text = fmt.Sprintf("  peers %d to %d of %d", v.offset+1, v.offset+shown, len(v.peers))
	}
	if hidden := v.sum.peers - len(v.peers); hidden > 0 {
		text += fmt.Sprintf(", %d not shown", hidden)
	}
	if v.filter != "" {
		text += ", filter: " + termtext.Clean(v.filter) + " (esc clears it)"
	}
	switch room := v.sections().devices; {
	case v.onDevices:
		text += fmt.Sprintf(", devices %d to %d of %d (tab: peers)", v.deviceOffset+1, v.deviceOffset+room, len(v.devices))
	case room < len(v.devices):
		text += ", " + plural(len(v.devices)-room, "more device")
	}
	return text
}

// appendSummary appends the first line: the totals and, if there is room, the time.
func (v *View) appendSummary(b []byte) []byte {
	parts := []hint{
		{strong, "wgctrl " + v.now.Format("15:04:05")},
		{normal, plural(v.sum.devices, "device")},
		{normal, plural(v.sum.peers, "peer")},
	}
	if v.sum.silent > 0 {
		parts = append(parts, hint{bad, strconv.Itoa(v.sum.silent) + " silent"})
	}
	if v.sum.unreadable > 0 {
		parts = append(parts, hint{bad, strconv.Itoa(v.sum.unreadable) + " unreadable"})
	}
	parts = append(parts,
		hint{normal, string(append(v.Units.appendRate([]byte("rx "), v.sum.receive), "/s"...))},
		hint{normal, string(append(v.Units.appendRate([]byte("tx "), v.sum.transmit), "/s"...))},
	)
	if widthOf(parts) > v.width {
		parts = parts[1:]
	}
	return v.appendHints(b, parts)
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// AppendText appends all devices and peers as text without colours and graphs, for
// outputs that are not a terminal. It cuts nothing.
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

// addTextPeers adds all peers. The allowed IPs follow the columns: as a column, the
// longest list would widen every line.
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

// textWidth returns the width of the widest line that is not a table row.
func (v *View) textWidth() int {
	const summary = 200 // more than the first line needs
	width := summary
	for _, d := range v.devices {
		if d.unreadable {
			width = max(width, margin+termtext.Width(v.unreadableText(d)))
		}
	}
	return width
}

// widest returns the width of the widest cell of each column.
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

// addTrimmed adds a line without trailing spaces.
func (s *screen) addTrimmed(draw func([]byte) []byte) {
	s.add(func(b []byte) []byte {
		start := len(b)
		b = draw(b)
		return b[:start+len(bytes.TrimRight(b[start:], " "))]
	})
}
