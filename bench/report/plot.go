package main

import (
	"errors"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/wgctrl/wgctrl/bench/record"
)

// plotted are the works with a plot, for devices with plottedPrefixes allowed IPs
// for each peer.
var plotted = []string{record.Read, record.Write, record.SocketRead}

const plottedPrefixes = 10

const (
	plotWidth  = 19.5 * vg.Centimeter
	plotHeight = 10 * vg.Centimeter
	// legendWidth is the part of plotWidth to the right of the plot.
	legendWidth = 4.5 * vg.Centimeter
	margin      = 3 * vg.Millimeter
)

// writePlots writes a plot for each of the plotted works to dir.
func writePlots(run *record.Run, dir string) error {
	for _, work := range plotted {
		if len(pointsOf(run, work, record.Wgctrl)) < 2 {
			continue
		}
		p, err := newPlot(run, work)
		if err != nil {
			return err
		}
		if err := writePlot(p, dir, work); err != nil {
			return err
		}
	}
	return writeScaling(run, dir)
}

// writePlot draws p with its legend to the right of the plot.
func writePlot(p *plot.Plot, dir, name string) error {
	legend := p.Legend
	p.Legend = plot.NewLegend()
	canvas := vgsvg.New(plotWidth, plotHeight)
	page := draw.New(canvas)
	page.SetColor(color.White)
	page.Fill(page.Rectangle.Path())
	page = draw.Crop(page, margin, -margin, margin, -margin)
	p.Draw(draw.Crop(page, 0, -legendWidth, 0, 0))
	side := draw.Crop(page, page.Size().X-legendWidth+2*margin, 0, 0, -vg.Centimeter)
	if needs, has := legend.Rectangle(side).Size().X, side.Size().X; needs > has {
		return fmt.Errorf("plot %q: the legend needs %.0f points, and has %.0f", name, needs.Points(), has.Points())
	}
	legend.Draw(side)
	f, err := os.Create(filepath.Join(dir, "benchmarks-"+strings.ReplaceAll(name, " ", "-")+".svg"))
	if err != nil {
		return err
	}
	_, err = canvas.WriteTo(f)
	return errors.Join(err, f.Close())
}

// emptyPlot is for CPU time against a number, both logarithmic: a linear cost is a
// straight line, and a multiple is a parallel line above it.
func emptyPlot() *plot.Plot {
	p := plot.New()
	for _, style := range []*text.Style{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle} {
		style.Font.Variant = "Sans"
	}
	p.Y.Label.Text = "CPU time in seconds"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.Padding = vg.Millimeter
	p.Add(plotter.NewGrid())
	return p
}

// newPlot plots the contestants of a work.
func newPlot(run *record.Run, work string) (*plot.Plot, error) {
	p := emptyPlot()
	p.Title.Text = titles[work] + ": CPU time, lower is better"
	p.X.Label.Text = fmt.Sprintf("number of peers, each with %d allowed IPs", plottedPrefixes)
	var args []any
	for _, who := range record.Contestants {
		if points := pointsOf(run, work, who); len(points) > 0 && slices.Contains(run.Who(work), who) {
			args = append(args, who, points)
		}
	}
	return p, plotutil.AddLinePoints(p, args...)
}

func pointsOf(run *record.Run, work, who string) (points plotter.XYs) {
	for _, size := range run.Sizes(work) {
		if m, ok := run.Best(work, who, size); ok && size.Prefixes == plottedPrefixes {
			points = append(points, plotter.XY{X: float64(size.Peers), Y: m.CPU.Seconds()})
		}
	}
	return points
}
