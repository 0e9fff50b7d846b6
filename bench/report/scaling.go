package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"

	"github.com/wgctrl/wgctrl/bench/record"
	"github.com/wgctrl/wgctrl/bench/workload"
)

// series are the sizes of a work that differ only in one number.
type series struct {
	vary   string // what differs
	sizes  []workload.Size
	amount func(workload.Size) int
}

// decades is the smallest factor between the sizes of a series.
const decades = 100

// seriesOf returns the series of a work with at least three sizes, which a slope needs.
func seriesOf(run *record.Run, work string) (list []series) {
	devices := func(s workload.Size) int { return s.Devices }
	peers := func(s workload.Size) int { return s.Peers }
	prefixes := func(s workload.Size) int { return s.Prefixes }
	for _, by := range []struct {
		vary   string
		amount func(workload.Size) int
		same   func(workload.Size) workload.Size // what the sizes of a series share
	}{
		{"devices", devices, func(s workload.Size) workload.Size { return workload.Size{Peers: s.Peers, Prefixes: s.Prefixes} }},
		{"peers", peers, func(s workload.Size) workload.Size { return workload.Size{Devices: s.Devices, Prefixes: s.Prefixes} }},
		{"allowed IPs", prefixes, func(s workload.Size) workload.Size { return workload.Size{Devices: s.Devices, Peers: s.Peers} }},
	} {
		var shared []workload.Size
		for _, s := range run.Sizes(work) {
			if !slices.Contains(shared, by.same(s)) {
				shared = append(shared, by.same(s))
			}
		}
		for _, share := range shared {
			of := slices.DeleteFunc(run.Sizes(work), func(s workload.Size) bool { return by.same(s) != share })
			slices.SortFunc(of, func(a, b workload.Size) int { return cmp.Compare(by.amount(a), by.amount(b)) })
			if len(of) >= 3 && by.amount(of[len(of)-1]) >= decades*max(by.amount(of[0]), 1) {
				list = append(list, series{by.vary, of, by.amount})
			}
		}
	}
	return list
}

// point is a cost at an amount.
type point struct{ amount, cost float64 }

// points returns the costs of a contestant.
func (s series) points(run *record.Run, work, who string) (points []point) {
	for _, size := range s.sizes {
		if m, ok := run.Best(work, who, size); ok && m.CPU > 0 {
			points = append(points, point{float64(s.amount(size)), m.CPU.Seconds()})
		}
	}
	return points
}

// aboveSmallest returns by how much the amounts and costs exceed those of the first
// point, which has the smallest amount. That removes the constant costs of starting. It
// leaves out points that cost less than twice as much as the first, because their
// differences are mostly noise.
func aboveSmallest(points []point) (above []point) {
	for i, p := range points {
		if i > 0 && p.cost >= 2*points[0].cost {
			above = append(above, point{p.amount - points[0].amount, p.cost - points[0].cost})
		}
	}
	return above
}

// slope fits a line through the logarithms of the costs against those of the amounts and
// returns its slope: 1 means that the cost is proportional to the amount. It returns
// false for fewer than two points.
func slope(points []point) (float64, bool) {
	if len(points) < 2 {
		return 0, false
	}
	var n, sumX, sumY, sumXX, sumXY float64
	for _, p := range points {
		x, y := math.Log(p.amount), math.Log(p.cost)
		n, sumX, sumY, sumXX, sumXY = n+1, sumX+x, sumY+y, sumXX+x*x, sumXY+x*y
	}
	return (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX), true
}

// slopeOf returns the slope of a contestant without its constant costs, or a dash if
// there is none.
func (s series) slopeOf(run *record.Run, work, who string) string {
	n, ok := slope(aboveSmallest(s.points(run, work, who)))
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%.2f", n)
}

// unitCosts returns what one more of the amount costs at each point, in microseconds.
func unitCosts(above []point) string {
	var list []string
	for _, p := range above {
		list = append(list, digits(1e6*p.cost/p.amount))
	}
	return strings.Join(list, ", ")
}

// scalingHead begins the table of appendScaling.
const scalingHead = `
### Scaling

| work of wgctrl | grows with | sizes | cost of the smallest | µs for one more, from small to large | slope | slope of limit | slope with GOGC=off |
|---|---|---|--:|--:|--:|--:|--:|
`

// appendScaling appends a table of how the costs of our library and commands grow in each
// series.
func appendScaling(b []byte, run *record.Run) []byte {
	var rows []byte
	for _, work := range record.Works {
		for _, s := range seriesOf(run, work) {
			points := s.points(run, work, record.Wgctrl)
			above := aboveSmallest(points)
			if len(above) < 2 {
				continue
			}
			rows = fmt.Appendf(rows, "| %s | %s | %s to %s | %s ms | %s | %s | %s | %s |\n", titles[work], s.vary,
				sizeCell(s.sizes[0]), sizeCell(s.sizes[len(s.sizes)-1]), digits(1e3*points[0].cost), unitCosts(above),
				s.slopeOf(run, work, record.Wgctrl), s.slopeOf(run, work, record.Limit), s.slopeOf(run, work, record.WgctrlNoGC))
		}
	}
	if rows == nil {
		return b
	}
	return append(append(b, scalingHead...), rows...)
}

// writeScaling plots the costs of our library, and those of our commands, against the
// number of peers, for the works that were measured with at least three sizes.
func writeScaling(run *record.Run, dir string) error {
	for name, commands := range map[string]bool{"scaling libraries": false, "scaling commands": true} {
		p := emptyPlot()
		p.Title.Text = "CPU time of " + record.Wgctrl
		p.X.Label.Text = "number of peers"
		var args []any
		for _, work := range record.Works {
			for _, s := range seriesOf(run, work) {
				points := s.points(run, work, record.Wgctrl)
				if record.OfCommands(work) == commands && s.vary == "peers" && len(points) >= 3 {
					args = append(args, work, xys(points))
				}
			}
		}
		if len(args) == 0 {
			continue
		}
		if err := plotutil.AddLinePoints(p, args...); err != nil {
			return err
		}
		if err := writePlot(p, dir, name); err != nil {
			return err
		}
	}
	return nil
}

func xys(points []point) (xys plotter.XYs) {
	for _, p := range points {
		xys = append(xys, plotter.XY{X: p.amount, Y: p.cost})
	}
	return xys
}
