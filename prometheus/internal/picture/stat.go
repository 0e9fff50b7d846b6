package main

import "context"

// drawStat draws the last value, large, over how it was.
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
