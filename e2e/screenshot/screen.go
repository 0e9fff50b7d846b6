//go:build linux || darwin || freebsd || openbsd

package main

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// cell is a character of the screen.
type cell struct {
	char  rune
	style style
}

// style has the SGR attributes that top uses.
type style struct {
	colour    int // 30 to 37, 0 for the usual
	bold, dim bool
}

// parseScreen reads lines of text with SGR sequences. Each character has one column.
func parseScreen(text []byte) [][]cell {
	var screen [][]cell
	var s style
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\n")
		var cells []cell
		for len(line) > 0 {
			if rest, ok := bytes.CutPrefix(line, []byte("\x1b[")); ok {
				codes, after, _ := bytes.Cut(rest, []byte("m"))
				s = s.apply(string(codes))
				line = after
				continue
			}
			r, size := utf8.DecodeRune(line)
			cells = append(cells, cell{r, s})
			line = line[size:]
		}
		screen = append(screen, cells)
	}
	return screen
}

// apply returns the style after an SGR sequence.
func (s style) apply(codes string) style {
	for code := range strings.SplitSeq(codes, ";") {
		switch n, _ := strconv.Atoi(code); {
		case n == 0:
			s = style{}
		case n == 1:
			s.bold = true
		case n == 2:
			s.dim = true
		case 30 <= n && n <= 37:
			s.colour = n
		case n == 39:
			s.colour = 0
		}
	}
	return s
}
