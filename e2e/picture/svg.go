package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Colors by their names in a dashboard, and those of the background and of texts.
const (
	background = "#111217"
	paper      = "#181b1f"
	frame      = "#2a2e37"
	bright     = "#e4e6eb"
	dim        = "#9aa0ac"
)

var named = map[string]string{
	"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c", "transparent": "none",
}

// palette has the colors of series, in order.
var palette = []string{
	"#73bf69", "#f2cc0c", "#5794f2", "#ff9830", "#f2495c", "#b877d9", "#56d8d8", "#e0e0e0", "#c0845c", "#ff9ecf", "#3f8f5f", "#8f9fff",
}

// canvas is an SVG under construction.
type canvas struct{ bytes.Buffer }

// box is a rectangle of the canvas.
type box struct{ x, y, w, h float64 }

// inner returns the box without margins.
func (b box) inner(left, top, right, bottom float64) box {
	return box{b.x + left, b.y + top, b.w - left - right, b.h - top - bottom}
}

func (c *canvas) begin(width, height float64) {
	fmt.Fprintf(c, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="Inter, Helvetica, Arial, sans-serif" font-size="12">`+"\n", width, height)
	c.rect(box{0, 0, width, height}, background, "none")
}

func (c *canvas) end() { c.WriteString("</svg>\n") }

func (c *canvas) rect(b box, fill, stroke string) {
	fmt.Fprintf(c, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="3" fill="%s" stroke="%s"/>`+"\n", b.x, b.y, b.w, b.h, fill, stroke)
}

func (c *canvas) line(x1, y1, x2, y2 float64, stroke, dashes string) {
	fmt.Fprintf(c, `<path d="M%.1f %.1fL%.1f %.1f" stroke="%s" stroke-dasharray="%s"/>`+"\n", x1, y1, x2, y2, stroke, dashes)
}

// style is the style of a text. anchor is start, middle or end.
type style struct {
	size   int
	color  string
	anchor string
	weight int
}

func (c *canvas) text(x, y float64, s style, text string) {
	fmt.Fprintf(c, `<text x="%.1f" y="%.1f" font-size="%d" fill="%s" text-anchor="%s" font-weight="%d">`, x, y, s.size, s.color, s.anchor, s.weight)
	_ = xml.EscapeText(c, []byte(text)) // a buffer takes everything
	c.WriteString("</text>\n")
}

// path draws lines through points and fills the area down to base.
func (c *canvas) path(points [][2]float64, base float64, color string, opacity float64) {
	if len(points) == 0 {
		return
	}
	d := lines(points)
	fmt.Fprintf(c, `<path d="%s" fill="none" stroke="%s" stroke-width="1.2"/>`+"\n", d, color)
	fmt.Fprintf(c, `<path d="%sV%.1fH%.1fZ" fill="%s" opacity="%g"/>`+"\n", d, base, points[0][0], color, opacity)
}

// lines returns the path through points. Relative coordinates, rounded to tenths,
// keep it short.
func lines(points [][2]float64) string {
	var d strings.Builder
	var x, y float64
	for i, p := range points {
		nextX, nextY := math.Round(p[0]*10), math.Round(p[1]*10)
		d.WriteByte("Ml"[min(i, 1)])
		d.WriteString(tenths(nextX - x))
		if nextY >= y {
			d.WriteByte(' ') // a minus sign parts numbers too
		}
		d.WriteString(tenths(nextY - y))
		x, y = nextX, nextY
	}
	return d.String()
}

func tenths(n float64) string { return strconv.FormatFloat(n/10, 'f', -1, 64) }

// width estimates the width of a text. Fonts differ.
func width(text string, size int) float64 { return float64(len([]rune(text))*size) * 0.63 }

// fit shortens a text that is too wide.
func fit(text string, size int, room float64) string {
	runes := []rune(text)
	if most := int(room/width("x", size) + 0.1); len(runes) > most {
		return string(runes[:max(most-1, 0)]) + "…"
	}
	return text
}
