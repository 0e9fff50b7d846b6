package main

import (
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/bench/record"
	"github.com/wgctrl/wgctrl/bench/workload"
)

func TestSlope(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cost func(n float64) float64
		want float64
	}{
		"proportional":         {func(n float64) float64 { return n }, 1},
		"with a constant cost": {func(n float64) float64 { return 5e3 + 3*n }, 1},
		"logarithm":            {func(n float64) float64 { return n * math.Log(n) }, 1.12},
		"square":               {func(n float64) float64 { return 7 + n*n }, 2},
	} {
		var points []point
		for _, n := range []float64{10, 100, 1_000, 10_000, 100_000} {
			points = append(points, point{n, test.cost(n)})
		}
		above := aboveSmallest(points)
		if got, ok := slope(above); !ok || math.Abs(got-test.want) > 0.05 {
			t.Errorf("slope(%s) = %.3f, %t, want %.2f, true", name, got, ok, test.want)
		}
		if got, ok := slope(above[:1]); ok {
			t.Errorf("slope(%s) of one point = %.3f, want none", name, got)
		}
	}
}

// TestAboveSmallest checks that differences below the smallest cost are left out.
func TestAboveSmallest(t *testing.T) {
	t.Parallel()
	got := aboveSmallest([]point{{2, 10}, {10, 9}, {100, 19}, {1_000, 20}, {10_000, 110}})
	if want := []point{{998, 10}, {9_998, 100}}; !slices.Equal(got, want) {
		t.Errorf("aboveSmallest() = %v, want %v", got, want)
	}
	if got := aboveSmallest(nil); got != nil {
		t.Errorf("aboveSmallest(nil) = %v, want nil", got)
	}
}

// TestScaling checks that the table has a row for each number that varies.
func TestScaling(t *testing.T) {
	t.Parallel()
	var lines []record.Line
	for _, text := range []string{"10x2", "100x2", "1000x2", "10x20", "10x200"} {
		s, err := workload.ParseSize(text)
		if err != nil {
			t.Fatalf("ParseSize(%q) = %v", text, err)
		}
		n := time.Duration(s.Peers * s.Prefixes)
		for who, cost := range map[string]time.Duration{record.Wgctrl: n, record.WgctrlNoGC: n * n} {
			lines = append(lines, record.Line{Result: &record.Measurement{Work: record.Read, Who: who, Size: s, CPU: cost * time.Millisecond}})
		}
	}
	got := string(appendScaling(nil, record.NewRun(lines)))
	want := scalingHead + `| Read a device | peers | 10 × 2 to 1 000 × 2 | 20.0 ms | 2000, 2000 | 1.00 | – | 1.92 |
| Read a device | allowed IPs | 10 × 2 to 10 × 200 | 20.0 ms | 10000, 10000 | 1.00 | – | 1.92 |
`
	if got != want {
		t.Errorf("appendScaling() = %s, want %s", got, want)
	}
	if got := appendScaling(nil, record.NewRun(lines[:4])); got != nil {
		t.Errorf("appendScaling() of two sizes = %s, want nothing", got)
	}
}

// TestPlots draws every work, so that each name must fit into the legend.
func TestPlots(t *testing.T) {
	t.Parallel()
	var lines []record.Line
	for _, work := range record.Works {
		for _, peers := range []int{10, 100, 1000} {
			lines = append(lines, record.Line{Result: &record.Measurement{
				Work: work, Who: record.Wgctrl, Size: workload.Size{Devices: 1, Peers: peers, Prefixes: 10}, CPU: time.Duration(peers) * time.Millisecond,
			}})
		}
	}
	dir := t.TempDir()
	if err := writePlots(record.NewRun(lines), dir); err != nil {
		t.Errorf("writePlots() = %v, want nil", err)
	}
	if files, err := os.ReadDir(dir); len(files) != len(plotted)+2 {
		t.Errorf("ReadDir() = %v, %v, want %d plots", files, err, len(plotted)+2)
	}
}
