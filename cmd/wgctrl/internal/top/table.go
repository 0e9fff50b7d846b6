package top

import (
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
)

// column is a column of a table whose rows are of type T.
type column[T any] struct {
	title string
	least int  // smallest width, if the column is shown
	right bool // align to the right
	style func(v *View, item T) style
	cell  func(v *View, b []byte, item T, width int) []byte
}

// step is a step of a layout. It shows a column with this width if there is room, or
// widens a column that is shown as far as there is room.
type step struct{ column, width int }

// margin is the width of the left edge of a table: a mark and a space.
const margin = 2

// layOut returns the width of each column, or 0 if it does not fit. It applies the
// steps in order and gives the remaining room to the first column of rest that is
// shown.
func layOut[T any](columns []column[T], steps []step, rest []int, width int) []int {
	widths := make([]int, len(columns))
	room := width - margin + 1 // a space precedes each column except the first
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

// appendColumns calls draw for each column that is shown.
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

// appendRow appends the cells of an item, without the margin.
func appendRow[T any](v *View, b []byte, columns []column[T], widths []int, item T) []byte {
	return appendColumns(b, widths, func(b []byte, i int) []byte {
		c, s := &columns[i], normal
		if c.style != nil {
			s = c.style(v, item)
		}
		v.scratch = c.cell(v, v.scratch[:0], item, widths[i])
		return v.end(appendAligned(v.begin(b, s), string(v.scratch), c.right, widths[i]), s)
	})
}

// style is an SGR escape sequence, or "" for normal text.
type style string

const (
	normal style = ""
	strong style = "\x1b[1m"
	faint  style = "\x1b[2m"
	title  style = "\x1b[1;36m"
	good   style = "\x1b[32m"
	bad    style = "\x1b[1;31m"
	graph  style = "\x1b[36m"

	reversed style = "\x1b[7m"
)

const endStyle = "\x1b[m"

// begin appends the start of a style.
func (v *View) begin(b []byte, s style) []byte {
	if v.Plain {
		return b
	}
	return append(b, s...)
}

// end appends the end of a style.
func (v *View) end(b []byte, s style) []byte {
	if v.Plain || s == normal {
		return b
	}
	return append(b, endStyle...)
}

// text appends a text in a style.
func (v *View) text(b []byte, s style, text string) []byte {
	return v.end(append(v.begin(b, s), text...), s)
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
