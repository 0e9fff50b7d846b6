package wgcommand

// palette has the sequences of a terminal that colour the pretty form. The zero
// palette has no colours.
type palette struct {
	reset, bold, red, green, yellow, cyan string
}

// palette returns that for Out.
func (c *command) palette() palette {
	colours := c.env.Terminal
	switch mode, _ := c.env.lookup("WG_COLOR_MODE"); mode {
	case "always":
		colours = true
	case "never":
		colours = false
	}
	if !colours {
		return palette{}
	}
	return palette{
		reset: "\x1b[0m", bold: "\x1b[1m",
		red: "\x1b[31m", green: "\x1b[32m", yellow: "\x1b[33m", cyan: "\x1b[36m",
	}
}

// appendIn appends text in a colour.
func (p *palette) appendIn(b []byte, colour, text string) []byte {
	b = append(append(b, colour...), text...)
	return append(b, p.reset...)
}

// appendTitle begins the line of a device or a peer.
func (p *palette) appendTitle(b []byte, colour, text string) []byte {
	b = append(append(b, colour...), p.bold...)
	return append(append(append(b, text...), p.reset...), ": "...)
}

// appendLabel begins the line of an attribute.
func (p *palette) appendLabel(b []byte, text string) []byte {
	return append(p.appendIn(append(b, "  "...), p.bold, text), ": "...)
}
