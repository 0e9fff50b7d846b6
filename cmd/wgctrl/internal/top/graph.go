package top

import "math"

// leastScale is what fills a graph at least, in bytes each second: keepalives
// and handshakes alone are no mountains.
const leastScale = 1024

// appendGraph appends the last readings of a peer, the newest at the right, each
// in half a column, as high as it is beside the highest of those shown.
func (v *View) appendGraph(b []byte, p *peer, width int) []byte {
	last := p.device.pace.now(v.now, v.board.interval)
	moments := min(2*width, depth)
	highest := float32(leastScale)
	for i := range moments {
		highest = max(highest, p.history.at(last-i))
	}
	const levels = 4
	level := func(back int) int {
		rate := p.history.at(last - back)
		if rate <= 0 {
			return 0
		}
		return int(math.Ceil(float64(rate / highest * levels)))
	}
	for column := width - 1; column >= 0; column-- {
		b = v.appendBars(b, level(2*column+1), level(2*column))
	}
	return b
}

// appendBars appends two bars of 0 to 4 dots, in one character.
func (v *View) appendBars(b []byte, left, right int) []byte {
	if v.ASCII {
		return append(b, " .:|#"[max(left, right)])
	}
	if left+right == 0 {
		return append(b, ' ')
	}
	// The dots of a braille character, from below; see the Unicode chart U2800.
	lefts := [...]rune{0, 0x40, 0x44, 0x46, 0x47}
	rights := [...]rune{0, 0x80, 0xa0, 0xb0, 0xb8}
	return append(b, string(0x2800+lefts[left]+rights[right])...)
}
