package saved

import "strings"

// removeSection removes the section with these lines: the comment directly above its
// header, everything up to the comment directly below its last key, and the blank
// lines after that. Other comments stay.
func (e *editor) removeSection(section []*line) {
	first := section[0].Number - 1
	end := first + len(section)
	for e.lines[end-1].Key == "" && end-1 > first {
		end--
	}
	for ; end < len(e.lines) && e.lines[end].isComment(); end++ {
	}
	for ; end < len(e.lines) && e.lines[end].isBlank(); end++ {
	}
	for i := e.commentAbove(first); i < end; i++ {
		e.lines[i].removed = true
	}
}

// commentAbove returns the index of the first line of the comment above the header
// with the index i. A comment directly below a key belongs to that key's section.
func (e *editor) commentAbove(i int) int {
	start := i
	for start > 0 && e.lines[start-1].isComment() {
		start--
	}
	if start > 0 && !e.lines[start-1].isBlank() {
		return i
	}
	return start
}

// trimEnd removes the blank lines before sections that were removed at the end.
func (e *editor) trimEnd() {
	if n := len(e.lines); n == 0 || !e.lines[n-1].removed {
		return
	}
	for i := len(e.lines) - 1; i >= 0 && (e.lines[i].removed || e.lines[i].isBlank()); i-- {
		e.lines[i].removed = true
	}
	e.open = false
}

// text returns the new text.
func (e *editor) text() string {
	var b strings.Builder
	for _, text := range e.top {
		b.WriteString(text + e.end)
	}
	for i, l := range e.lines {
		if !l.removed {
			b.WriteString(l.text)
			if i < len(e.lines)-1 || !e.open || len(l.after) > 0 {
				b.WriteByte('\n')
			}
		}
		for _, text := range l.after {
			b.WriteString(text + e.end)
		}
	}
	return b.String()
}
