package top

import "github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"

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
