package main

import (
	"context"
	"math"
	"time"
)

// scale maps times and values, from 0 to top, to places in the picture.
type scale struct {
	at         box
	start, end float64
	top        float64
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (s scale) x(time float64) float64 { return s.at.x + (time-s.start)/(s.end-s.start)*s.at.w }

func (s scale) y(value float64) float64 {
	return s.at.y + s.at.h - math.Min(math.Max(value, 0)/s.top, 1)*s.at.h
}

// lines returns the points of a series, split where values are missing.
func (s scale) lines(one series, server prometheus) (lines [][][2]float64) {
	before := math.Inf(-1)
	for _, p := range one.points {
		if p.time-before > 1.5*server.step().Seconds() {
			lines = append(lines, nil)
		}
		last := &lines[len(lines)-1]
		*last = append(*last, [2]float64{s.x(p.time), s.y(p.value)})
		before = p.time
	}
	return lines
}

// highest returns the top of the scale: a little more than the largest value, or 1
// if that is 0.
func highest(all []series) float64 {
	top := 0.0
	for _, s := range all {
		for _, p := range s.points {
			top = math.Max(top, p.value)
		}
	}
	if top == 0 {
		return 1
	}
	return top * 1.05
}

// legendHeight is the height of a line of the legend.
const legendHeight = 15

func (p panel) drawGraph(ctx context.Context, c *canvas, server prometheus, at box) error {
	var all []series
	for _, t := range p.Targets {
		answers, err := server.during(ctx, everything.Replace(t.Expr))
		if err != nil {
			return err
		}
		all = append(all, answers...)
	}
	if len(all) == 0 {
		c.noData(at)
		return nil
	}
	names := make([]string, len(all))
	for i, s := range all {
		names[i] = s.legend(p.Targets[0].LegendFormat)
	}
	rows := legendRows(names, at.w)
	s := scale{
		at:    at.inner(52, 0, 0, float64(rows)*legendHeight+20),
		start: seconds(server.start), end: seconds(server.end), top: highest(all),
	}
	p.drawAxes(c, s)
	for i, one := range all {
		for _, line := range s.lines(one, server) {
			c.path(line, s.at.y+s.at.h, palette[i%len(palette)], 0.06)
		}
	}
	p.drawThresholds(c, s)
	c.drawLegend(names, box{at.x, at.y + at.h - float64(rows)*legendHeight, at.w, float64(rows) * legendHeight})
	return nil
}

// drawAxes draws lines with labels at round values and times.
func (p panel) drawAxes(c *canvas, s scale) {
	small := style{10, dim, "end", 400}
	unit := p.FieldConfig.Defaults.Unit
	for value := 0.0; value <= s.top; value += ticks(s.top, unit) {
		c.line(s.at.x, s.y(value), s.at.x+s.at.w, s.y(value), frame, "")
		c.text(s.at.x-6, s.y(value)+3, small, inUnit(value, unit))
	}
	small.anchor = "middle"
	every := max(math.Round((s.end-s.start)/6/60), 1) * 60
	for t := math.Ceil(s.start/every) * every; t <= s.end; t += every {
		c.line(s.x(t), s.at.y, s.x(t), s.at.y+s.at.h, frame, "")
		c.text(s.x(t), s.at.y+s.at.h+13, small, time.Unix(int64(t), 0).UTC().Format("15:04"))
	}
}

// ticks returns the distance between grid lines. There are at most five.
func ticks(top float64, unit string) float64 {
	if unit == "s" && top > 120 {
		return roundStep(top/4/60) * 60
	}
	return roundStep(top / 4)
}

// roundStep returns the next larger number of the form 1, 2 or 5 times a power of ten.
func roundStep(least float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, digit := range []float64{1, 2, 5} {
		if digit*power >= least {
			return digit * power
		}
	}
	return 10 * power
}

func (p panel) drawThresholds(c *canvas, s scale) {
	f := p.FieldConfig.Defaults
	if f.Custom.ThresholdsStyle.Mode != "dashed" {
		return
	}
	for _, step := range f.Thresholds.Steps[1:] {
		if step.Value < s.top {
			c.line(s.at.x, s.y(step.Value), s.at.x+s.at.w, s.y(step.Value), named[step.Color], "6 4")
		}
	}
}

func legendWidth(name string) float64 { return width(name, 11) + 30 }

// legendRows returns the number of lines that the legend needs.
func legendRows(names []string, room float64) int {
	rows, x := 1, 0.0
	for _, name := range names {
		if w := legendWidth(name); x > 0 && x+w > room {
			rows, x = rows+1, w
		} else {
			x += w
		}
	}
	return rows
}

func (c *canvas) drawLegend(names []string, at box) {
	x, y := at.x, at.y
	for i, name := range names {
		if x > at.x && x+legendWidth(name) > at.x+at.w {
			x, y = at.x, y+legendHeight
		}
		c.rect(box{x, y + 5, 12, 3}, palette[i%len(palette)], "none")
		c.text(x+17, y+10, style{11, dim, "start", 400}, name)
		x += legendWidth(name)
	}
}
