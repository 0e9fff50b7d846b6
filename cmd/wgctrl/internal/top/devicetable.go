package top

import (
	"fmt"
	"strconv"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

// The columns of the table of devices, from left to right.
const (
	deviceName = iota
	deviceKind
	devicePort
	devicePeers
	deviceSilent
	deviceReceive
	deviceTransmit
)

var deviceColumns = []column[*device]{
	deviceName: {title: "DEVICE", least: 8,
		cell: func(_ *View, b []byte, d *device, _ int) []byte { return append(b, d.name...) }},
	deviceKind: {title: "KIND", least: 10,
		cell: func(_ *View, b []byte, d *device, _ int) []byte { return append(b, d.kind...) }},
	devicePort: {title: "PORT", least: 5, right: true,
		cell: func(_ *View, b []byte, d *device, _ int) []byte { return appendCount(b, int(d.port)) }},
	devicePeers: {title: "PEERS", least: 6, right: true,
		cell: func(_ *View, b []byte, d *device, _ int) []byte { return strconv.AppendInt(b, int64(len(d.peers)), 10) }},
	deviceSilent: {title: "SILENT", least: 6, right: true, style: silentStyle,
		cell: func(_ *View, b []byte, d *device, _ int) []byte { return appendCount(b, d.silent) }},
	deviceReceive: {title: "RX/s", least: 8, right: true,
		cell: func(v *View, b []byte, d *device, _ int) []byte { return v.appendRate(b, d, d.receive) }},
	deviceTransmit: {title: "TX/s", least: 8, right: true,
		cell: func(v *View, b []byte, d *device, _ int) []byte { return v.appendRate(b, d, d.transmit) }},
}

func (v *View) deviceWidths() []int {
	steps := []step{
		{deviceName, 8}, {devicePeers, 6}, {deviceReceive, 8}, {deviceTransmit, 8}, {deviceSilent, 6}, {deviceKind, 10}, {devicePort, 5},
		{deviceName, 15},
	}
	for _, d := range v.devices {
		steps = append(steps, step{deviceKind, len(d.kind)}) // only those of AmneziaWG are longer
	}
	return layOut(deviceColumns, steps, nil, v.width)
}

func appendCount(b []byte, n int) []byte {
	if n == 0 {
		return append(b, '-')
	}
	return strconv.AppendInt(b, int64(n), 10)
}

func silentStyle(_ *View, d *device) style {
	if d.silent > 0 {
		return bad
	}
	return faint
}

// appendDevice appends the line of a device.
func (v *View) appendDevice(b []byte, d *device, widths []int) []byte {
	if d.unreadable {
		return v.appendUnreadable(b, d)
	}
	if !v.isSelected(d) {
		return appendRow(v, v.appendMark(b, ""), deviceColumns, widths, d)
	}
	if !v.onDevices {
		return appendRow(v, v.appendMark(b, ">"), deviceColumns, widths, d)
	}
	plain := *v
	plain.Plain = true
	line := appendRow(&plain, plain.appendMark(nil, ">"), deviceColumns, widths, d)
	return v.end(termtext.AppendFit(v.begin(b, reversed), string(line), v.width), reversed)
}

// unreadableText says why a device, or all devices of a kind, cannot be read.
func (v *View) unreadableText(d *device) string {
	name := d.name
	if d.ref.Name == "" {
		name = "(" + d.ref.Kind.String() + " devices)"
	}
	age := appendAge(nil, v.now.Sub(d.since))
	text := fmt.Sprintf("%s  unreadable for %s", name, age)
	if d.errText == "" {
		return text
	}
	return text + ": " + d.errText
}

func (v *View) appendUnreadable(b []byte, d *device) []byte {
	mark, s := "!", bad
	if v.isSelected(d) {
		mark = "!>"
		if v.onDevices {
			s = reversed
		}
	}
	b = v.begin(b, s)
	b = termtext.AppendFit(v.appendMark(b, mark), v.unreadableText(d), v.width-margin)
	return v.end(b, s)
}
