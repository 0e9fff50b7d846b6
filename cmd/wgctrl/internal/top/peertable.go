package top

import (
	"math"
	"net/netip"
	"strconv"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The columns of the table of peers, from left to right.
const (
	peerName = iota
	peerDevice
	peerEndpoint
	peerReceive
	peerTransmit
	peerReceived
	peerSent
	peerHandshake
	peerGraph
	peerAllowed
)

var peerColumns = []column[*peer]{
	peerName: {title: "PEER", least: 8, style: peerStyle,
		cell: func(_ *View, b []byte, p *peer, _ int) []byte { return append(b, p.name...) }},
	peerDevice: {title: "DEVICE", least: 6,
		cell: func(_ *View, b []byte, p *peer, _ int) []byte { return append(b, p.device.name...) }},
	peerEndpoint: {title: "ENDPOINT", least: 15,
		cell: func(_ *View, b []byte, p *peer, _ int) []byte { return append(b, p.endpoint...) }},
	peerReceive: {title: "RX/s", least: 8, right: true, style: receiveStyle,
		cell: func(v *View, b []byte, p *peer, _ int) []byte { return v.appendRate(b, p.device, p.receive) }},
	peerTransmit: {title: "TX/s", least: 8, right: true, style: transmitStyle,
		cell: func(v *View, b []byte, p *peer, _ int) []byte { return v.appendRate(b, p.device, p.transmit) }},
	peerReceived: {title: "RECEIVED", least: 8, right: true,
		cell: func(v *View, b []byte, p *peer, _ int) []byte { return v.Units.appendBytes(b, float64(p.received)) }},
	peerSent: {title: "SENT", least: 8, right: true,
		cell: func(v *View, b []byte, p *peer, _ int) []byte { return v.Units.appendBytes(b, float64(p.sent)) }},
	peerHandshake: {title: "HANDSHAKE", least: 9, right: true, style: stateStyle, cell: appendHandshake},
	peerGraph: {title: "HISTORY", least: 8, style: func(*View, *peer) style { return graph },
		cell: func(v *View, b []byte, p *peer, width int) []byte { return v.appendGraph(b, p, width) }},
	peerAllowed: {title: "ALLOWED IPS", least: 18, style: func(*View, *peer) style { return faint }, cell: appendAllowed},
}

// peerWidths returns the widths of the columns. Wider screens have more and wider
// columns.
func (v *View) peerWidths() []int {
	steps := []step{{peerName, 8}, {peerReceive, 8}, {peerTransmit, 8}, {peerHandshake, 9}, {peerGraph, 8}}
	several := len(v.devices) > 1 && v.only == wgtypes.DeviceRef{}
	if several {
		steps = append(steps, step{peerDevice, 6})
	}
	steps = append(steps, []step{
		{peerEndpoint, 15}, {peerName, 10}, {peerEndpoint, 18}, {peerName, 16}, {peerEndpoint, 21}, {peerGraph, 12}, {peerReceived, 8}, {peerSent, 8},
		{peerAllowed, 18}, {peerName, 24}, {peerGraph, 24},
	}...)
	if several {
		steps = append(steps, step{peerDevice, 10})
	}
	steps = append(steps, []step{{peerAllowed, 30}, {peerName, 44}, {peerGraph, depth / 2}, {peerEndpoint, 47}}...)
	return layOut(peerColumns, steps, []int{peerAllowed, peerName}, v.width)
}

// leastRate is the smallest rate, in bytes per second, that is not shown as 0.
const leastRate = 0.5

// appendRate appends a rate, or "-" if the device cannot be read.
func (v *View) appendRate(b []byte, d *device, rate float64) []byte {
	switch {
	case d.unreadable:
		return append(b, '-')
	case rate < leastRate:
		return append(b, '0')
	}
	return v.Units.appendRate(b, rate)
}

func rateStyle(rate float64) style {
	if rate < leastRate {
		return faint
	}
	return normal
}

func receiveStyle(_ *View, p *peer) style  { return rateStyle(p.receive) }
func transmitStyle(_ *View, p *peer) style { return rateStyle(p.transmit) }

func peerStyle(v *View, p *peer) style {
	switch p.state(v.now) {
	case stateSilent:
		return bad
	case stateNever:
		return faint
	}
	return normal
}

func stateStyle(v *View, p *peer) style {
	if p.state(v.now) == stateLive {
		return good
	}
	return peerStyle(v, p)
}

func appendHandshake(v *View, b []byte, p *peer, _ int) []byte {
	if p.handshake.IsZero() {
		return append(b, "never"...)
	}
	return appendAge(b, p.age(v.now))
}

func appendAllowed(_ *View, b []byte, p *peer, width int) []byte {
	return appendPrefixes(b, p.allowed, width)
}

// appendPrefixes appends allowed IPs. If they do not fit, it appends as many as fit
// and the number of the others.
func appendPrefixes(b []byte, prefixes []netip.Prefix, width int) []byte {
	const more = len(", +10000")
	start, end, shown := len(b), len(b), 0 // end and shown leave room for the number
	for i, prefix := range prefixes {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = prefix.AppendTo(b)
		if i == 0 || len(b)-start <= width-more {
			end, shown = len(b), i+1
		} else if len(b)-start > width {
			b = append(b[:end], ", +"...)
			return strconv.AppendInt(b, int64(len(prefixes)-shown), 10)
		}
	}
	return b
}

// appendPeer appends the line of a peer. The cursor's line is reversed, with a mark
// for terminals without that.
func (v *View) appendPeer(b []byte, p *peer, widths []int) []byte {
	mark := " "
	switch p.state(v.now) {
	case stateSilent:
		mark = "!"
	case stateNever:
		mark = "-"
	}
	if p == v.cursor {
		plain := *v
		plain.Plain = true
		line := appendRow(&plain, plain.appendMark(nil, mark+">"), peerColumns, widths, p)
		return v.end(termtext.AppendFit(v.begin(b, reversed), string(line), v.width), reversed)
	}
	s := peerStyle(v, p)
	b = v.end(v.appendMark(v.begin(b, s), mark), s)
	return appendRow(v, b, peerColumns, widths, p)
}

// leastScale is the smallest rate, in bytes per second, that a full graph stands
// for. It keeps graphs of keepalives and handshakes low.
const leastScale = 1024

// highest returns the rate that a full graph of the last readings stands for.
func (v *View) highest(p *peer, readings int) float32 {
	last := p.device.pace.now(v.now, v.board.interval)
	highest := float32(leastScale)
	for i := range min(readings, depth) {
		highest = max(highest, p.history.at(last-i))
	}
	return highest
}

// appendGraph appends a graph of the last readings of a peer, the newest at the
// right, scaled to the highest one shown. A column has two readings.
func (v *View) appendGraph(b []byte, p *peer, width int) []byte {
	return v.appendGraphRow(b, p, width, 1, 0)
}

// appendGraphRow appends a row of a graph that is several rows high. Row 0 is the
// lowest.
func (v *View) appendGraphRow(b []byte, p *peer, width, rows, row int) []byte {
	last := p.device.pace.now(v.now, v.board.interval)
	highest := v.highest(p, 2*width)
	const levels = 4 // in a row
	level := func(back int) int {
		rate := p.history.at(last - back)
		if rate <= 0 {
			return 0
		}
		all := int(math.Ceil(float64(rate / highest * float32(levels*rows))))
		return max(0, min(all-levels*row, levels))
	}
	for column := width - 1; column >= 0; column-- {
		b = v.appendBars(b, level(2*column+1), level(2*column))
	}
	return b
}

// appendBars appends two bars of 0 to 4 dots as one character.
func (v *View) appendBars(b []byte, left, right int) []byte {
	if v.ASCII {
		return append(b, " .:|#"[max(left, right)])
	}
	if left+right == 0 {
		return append(b, ' ')
	}
	// The bars as dots of a braille character; see the Unicode chart U2800.
	lefts := [...]rune{0, 0x40, 0x44, 0x46, 0x47}
	rights := [...]rune{0, 0x80, 0xa0, 0xb0, 0xb8}
	return append(b, string(0x2800+lefts[left]+rights[right])...)
}
