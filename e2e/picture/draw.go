package main

import (
	"context"
	"fmt"
	"time"
)

// Sizes in pixels. Grafana's grid has 24 columns.
const (
	pageWidth  = 1200
	cellWidth  = (pageWidth - 2*margin) / 24.0
	cellHeight = 27
	margin     = 12
	headHeight = 44
	gap        = 8
)

// draw returns the dashboard as an SVG.
func (d dashboard) draw(ctx context.Context, p prometheus) ([]byte, error) {
	rows := 0
	for _, panel := range d.Panels {
		rows = max(rows, panel.GridPos.Y+panel.GridPos.H)
	}
	var c canvas
	c.begin(pageWidth, headHeight+float64(rows*cellHeight)+margin)
	c.text(margin+4, 28, style{17, bright, "start", 600}, d.Title)
	length := p.end.Sub(p.start).Round(time.Minute)
	c.text(pageWidth-margin-4, 28, style{12, dim, "end", 400}, fmt.Sprintf("%.0f minutes until %s", length.Minutes(), p.end.UTC().Format("15:04 MST")))
	for _, panel := range d.Panels {
		if err := panel.draw(ctx, &c, p); err != nil {
			return nil, fmt.Errorf("panel %q: %w", panel.Title, err)
		}
	}
	c.end()
	return c.Bytes(), nil
}

// place returns the box in which the panel is drawn.
func (p panel) place() box {
	g := p.GridPos
	return box{
		margin + float64(g.X)*cellWidth + gap/2, headHeight + float64(g.Y*cellHeight) + gap/2,
		float64(g.W)*cellWidth - gap, float64(g.H*cellHeight) - gap,
	}
}

func (p panel) draw(ctx context.Context, c *canvas, server prometheus) error {
	at := p.place()
	if p.Type == "row" {
		c.text(at.x+4, at.y+14, style{14, bright, "start", 600}, p.Title)
		return nil
	}
	c.rect(at, paper, frame)
	c.text(at.x+10, at.y+19, style{12, bright, "start", 600}, p.Title)
	inside := at.inner(10, 30, 10, 10)
	switch p.Type {
	case "stat":
		return p.drawStat(ctx, c, server, at)
	case "timeseries":
		return p.drawGraph(ctx, c, server, inside)
	case "table":
		return p.drawTable(ctx, c, server, inside)
	default:
		return fmt.Errorf("cannot draw a panel of type %q", p.Type)
	}
}

// noData is the text of a panel without data.
func (c *canvas) noData(at box) {
	c.text(at.x+at.w/2, at.y+at.h/2, style{13, dim, "middle", 400}, "No data")
}

// drawStat draws the last value in large digits above a graph of the past.
func (p panel) drawStat(ctx context.Context, c *canvas, server prometheus, at box) error {
	answers, err := server.during(ctx, everything.Replace(p.Targets[0].Expr))
	if err != nil {
		return err
	}
	if len(answers) == 0 {
		c.noData(at)
		return nil
	}
	value, f := answers[0].last(), p.FieldConfig.Defaults
	color := named[f.Thresholds.color(value)]
	under := scale{at: at.inner(1, at.h*0.68, 1, 1), start: seconds(server.start), end: seconds(server.end), top: highest(answers)}
	for _, line := range under.lines(answers[0], server) {
		c.path(line, under.at.y+under.at.h, color, 0.2)
	}
	c.text(at.x+at.w/2, at.y+at.h*0.62, style{26, color, "middle", 600}, inUnit(value, f.Unit))
	return nil
}
