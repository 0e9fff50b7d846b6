package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"

	"github.com/wgctrl/wgctrl/bench/record"
)

// plotted are the works whose time against size says more than a table, and
// plottedPrefixes the devices that are compared.
var plotted = []string{record.Read, record.Write, record.SocketRead}

const plottedPrefixes = 10

// draw writes a picture for each of them to dir.
func draw(run *record.Run, dir string) error {
	for _, work := range plotted {
		p, err := newPlot(run, work)
		if err != nil {
			return err
		}
		name := "benchmarks-" + strings.ReplaceAll(work, " ", "-") + ".svg"
		if err := p.Save(15*vg.Centimeter, 10*vg.Centimeter, filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// newPlot draws time against peers, both by powers of ten, so that what is
// linear rises by 45 degrees and what is a multiple runs beside.
func newPlot(run *record.Run, work string) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = titles[work]
	p.X.Label.Text = fmt.Sprintf("peers, each with %d allowed IPs", plottedPrefixes)
	p.Y.Label.Text = "CPU seconds"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.LogTicks{Prec: -1}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
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
