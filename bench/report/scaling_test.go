package main

import (
	"math"
	"os"
	"strings"
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
		for _, n := range []float64{100, 1_000, 10_000, 100_000} {
			points = append(points, point{n, test.cost(n)})
		}
		if got, ok := slope(points); !ok || math.Abs(got-test.want) > 0.05 {
			t.Errorf("slope(%s) = %.3f, %t, want %.2f, true", name, got, ok, test.want)
		}
		if got, ok := slope(points[:2]); ok {
			t.Errorf("slope(%s) of two points = %.3f, want none", name, got)
		}
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
		lines = append(lines, record.Line{Result: &record.Measurement{
			Work: record.Read, Who: record.Wgctrl, Size: s, CPU: time.Duration(s.Peers*s.Prefixes) * time.Millisecond,
		}})
	}
	got := string(appendScaling(nil, record.NewRun(lines)))
	for _, want := range []string{"| 10 × 2 | 1 000 × 2 | peers | 20 ms | 2e+03 ms | 1.00 |", "| 10 × 2 | 10 × 200 | allowed IPs | 20 ms | 2e+03 ms | 1.00 |"} {
		if !strings.Contains(got, want) {
			t.Errorf("appendScaling() = %s, want a row with %s", got, want)
		}
	}
	if n := strings.Count(got, record.Wgctrl); n != 2 {
		t.Errorf("appendScaling() = %s, want 2 rows, not %d", got, n)
	}
	if got := appendScaling(nil, record.NewRun(lines[:2])); got != nil {
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
