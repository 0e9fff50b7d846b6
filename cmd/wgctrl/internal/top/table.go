package top

import (
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

// column is one column of a table of things T.
type column[T any] struct {
	title string
	least int  // columns that it has at least, if it is there
	right bool // its text is at the right edge
	style func(v *View, item T) style
	cell  func(v *View, b []byte, item T, width int) []byte
}

// A step of a layout gives a column so much width, if there is room. What is
// there already takes what room there is.
type step struct{ column, width int }

// margin is how wide the left edge of a table is: a mark and a space.
const margin = 2

// layOut says how wide each column is, 0 for those that there is no room for.
// Columns come, and grow, in the order of the steps; rest takes what remains.
func layOut[T any](columns []column[T], steps []step, rest []int, width int) []int {
	widths := make([]int, len(columns))
	room := width - margin + 1 // each column has a space before it, but the first
	for _, s := range steps {
		want := max(s.width, columns[s.column].least)
		switch have := widths[s.column]; {
		case have > 0:
			grown := max(0, min(want-have, room))
			widths[s.column] += grown
			room -= grown
		case want+1 <= room:
			widths[s.column] = want
			room -= want + 1
		}
	}
	for _, i := range rest {
		if widths[i] > 0 {
			widths[i] += max(0, room)
			break
		}
	}
	return widths
}

// appendTitles appends the line of titles.
func appendTitles[T any](v *View, b []byte, columns []column[T], widths []int) []byte {
	b = v.appendMark(v.begin(b, title), "")
	b = appendColumns(b, widths, func(b []byte, i int) []byte {
		return appendAligned(b, columns[i].title, columns[i].right, widths[i])
	})
	return v.end(b, title)
}

// appendColumns appends what draw does for each column that there is room for.
func appendColumns(b []byte, widths []int, draw func(b []byte, column int) []byte) []byte {
	first := true
	for i, width := range widths {
		if width == 0 {
			continue
		}
		if !first {
			b = append(b, ' ')
		}
		first = false
		b = draw(b, i)
	}
	return b
}

func appendAligned(b []byte, text string, right bool, width int) []byte {
	if right {
		return termtext.AppendRight(b, text, width)
	}
	return termtext.AppendFit(b, text, width)
}

// appendMark appends the left edge of a row.
func (v *View) appendMark(b []byte, mark string) []byte {
	return termtext.AppendFit(b, mark, min(margin, v.width))
}

// appendRow appends the line of one thing, without its margin.
func appendRow[T any](v *View, b []byte, columns []column[T], widths []int, item T) []byte {
	return appendColumns(b, widths, func(b []byte, i int) []byte {
		c, s := &columns[i], usual
		if c.style != nil {
			s = c.style(v, item)
		}
		v.scratch = c.cell(v, v.scratch[:0], item, widths[i])
		return v.end(appendAligned(v.begin(b, s), string(v.scratch), c.right, widths[i]), s)
	})
}

// style is how text looks: a sequence of SGR, "" for the usual.
type style string

const (
	usual  style = ""
	strong style = "\x1b[1m"
	faint  style = "\x1b[2m"
	title  style = "\x1b[1;36m"
	good   style = "\x1b[32m"
	bad    style = "\x1b[1;31m"
	graph  style = "\x1b[36m"
)

const endStyle = "\x1b[m"

// begin and end stand around text of a style.
func (v *View) begin(b []byte, s style) []byte {
	if v.Plain {
		return b
	}
	return append(b, s...)
}

func (v *View) end(b []byte, s style) []byte {
	if v.Plain || s == usual {
		return b
	}
	return append(b, endStyle...)
}

// text appends a text in a style.
func (v *View) text(b []byte, s style, text string) []byte {
	return v.end(append(v.begin(b, s), text...), s)
}

// appendBytes appends a number of bytes with three digits at least, in at most
// eight columns: "1.21 MiB".
func appendBytes(b []byte, n float64) []byte {
	units := [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	unit := 0
	for n >= 1023.5 && unit < len(units)-1 {
		n /= 1024
		unit++
	}
	digits := 0
	switch {
	case unit == 0 || n >= 99.95:
	case n >= 9.995:
		digits = 1
	default:
		digits = 2
	}
	b = strconv.AppendFloat(b, n, 'f', digits, 64)
	return append(append(b, ' '), units[unit]...)
}

// appendAge appends a time in at most two units: "12s", "2m05s", "3h20m", "4d11h".
func appendAge(b []byte, age time.Duration) []byte {
	seconds := int64(max(age, 0) / time.Second)
	two := func(high int64, unit byte, low int64, below byte) []byte {
		b = append(strconv.AppendInt(b, high, 10), unit)
		if low < 10 {
			b = append(b, '0')
		}
		return append(strconv.AppendInt(b, low, 10), below)
	}
	switch minutes, hours := seconds/60, seconds/3600; {
	case minutes == 0:
		return append(strconv.AppendInt(b, seconds, 10), 's')
	case hours == 0:
		return two(minutes, 'm', seconds%60, 's')
	case hours < 24:
		return two(hours, 'h', minutes%60, 'm')
	default:
		return two(hours/24, 'd', hours%24, 'h')
	}
}
