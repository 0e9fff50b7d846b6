//go:build linux || darwin || freebsd || openbsd

package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// Sizes in pixels.
const (
	cellWidth, cellHeight = 8.4, 18.0
	padding               = 14.0
	baseline              = 13.0
	fontSize              = 14
)

// colors are those of SGR 30 to 37, on a dark background.
var colours = [...]string{"#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4"}

const (
	ground     = "#0d1117"
	foreground = "#e6edf3"
)

// appendSVG draws a screen. Text is stretched to its columns in any font. Braille
// is drawn as dots, because some fonts lack it.
func appendSVG(b []byte, screen [][]cell, columns int) []byte {
	w, h := float64(columns)*cellWidth+2*padding, float64(len(screen))*cellHeight+2*padding
	b = fmt.Appendf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" role="img" aria-label="wgctrl top">`+"\n", w, h, w, h)
	b = fmt.Appendf(b, `<rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", ground)
	b = fmt.Appendf(b, `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="%d" fill="%s" xml:space="preserve">`+"\n", fontSize, foreground)
	for y, line := range screen {
		b = appendLine(b, line, padding+float64(y)*cellHeight)
	}
	return append(b, "</g>\n</svg>\n"...)
}

// appendLine draws the runs of cells with the same style.
func appendLine(b []byte, line []cell, y float64) []byte {
	for start := 0; start < len(line); {
		end := start
		for end < len(line) && line[end].style == line[start].style && isBraille(line[end].char) == isBraille(line[start].char) {
			end++
		}
		x := padding + float64(start)*cellWidth
		if isBraille(line[start].char) {
			b = appendDots(b, line[start:end], x, y)
		} else {
			b = appendText(b, line[start:end], x, y)
		}
		start = end
	}
	return b
}

func isBraille(r rune) bool { return r >= 0x2800 && r < 0x2900 }

func (s style) attributes() string {
	text := ""
	if s.colour != 0 {
		text += fmt.Sprintf(` fill="%s"`, colours[s.colour-30])
	}
	if s.bold {
		text += ` font-weight="bold"`
	}
	if s.dim {
		text += ` fill-opacity="0.55"`
	}
	return text
}

// appendText draws words without the blanks between them.
func appendText(b []byte, run []cell, x, y float64) []byte {
	for start := 0; start < len(run); start++ {
		if run[start].char == ' ' {
			continue
		}
		end := start
		var word []byte
		for end < len(run) && run[end].char != ' ' {
			word = append(word, string(run[end].char)...)
			end++
		}
		var text bytes.Buffer
		_ = xml.EscapeText(&text, word) // a Buffer takes all
		b = fmt.Appendf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs"%s>%s</text>`+"\n",
			x+float64(start)*cellWidth, y+baseline, float64(end-start)*cellWidth, run[start].style.attributes(), text.Bytes())
		start = end
	}
	return b
}

// appendDots draws a braille character: two columns of four dots. Bit n of the
// character is dot n+1 of the Unicode chart.
func appendDots(b []byte, run []cell, x, y float64) []byte {
	places := [8][2]float64{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}}
	b = fmt.Appendf(b, "<path%s d=\"", run[0].style.attributes())
	for i, c := range run {
		for bit, p := range places {
			if (c.char-0x2800)>>bit&1 == 1 {
				b = fmt.Appendf(b, "M%.1f %.1fh3v3h-3z", x+float64(i)*cellWidth+0.6+p[0]*cellWidth/2, y+1.2+p[1]*4)
			}
		}
	}
	return append(b, "\"/>\n"...)
}
