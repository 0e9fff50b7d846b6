package top

// wheelLines is the number of lines that a step of the mouse wheel scrolls.
const wheelLines = 3

// Wheel scrolls the list that is at the line y of the screen, or the help, by steps of
// the mouse wheel. Negative steps scroll up.
func (v *View) Wheel(y, steps int) {
	by := wheelLines * steps
	switch {
	case v.help:
		v.scrollHelp(by)
	case y < v.firstDeviceLine()+v.sections().devices:
		v.scrollDevices(steps)
	default:
		v.wheelPeers(by)
	}
}

// firstDeviceLine returns the line of the first device.
func (v *View) firstDeviceLine() int {
	if v.height >= roomy {
		return 3 // the summary, an empty line, the titles
	}
	return 1
}

// wheelPeers scrolls the peers by a number of lines. The cursor moves only if it would
// leave the screen.
func (v *View) wheelPeers(by int) {
	v.offset = v.withinList(v.offset + by)
	if v.cursor != nil {
		v.setCursor(min(max(v.at, v.offset), v.offset+v.rows()-1))
	}
}
