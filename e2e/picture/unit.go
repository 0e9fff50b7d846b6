package main

import (
	"fmt"
	"math"
	"strconv"
)

// inUnit formats a value in one of Grafana's units that the dashboard uses.
func inUnit(value float64, unit string) string {
	switch unit {
	case "Bps":
		return scaled(value, 1000, []string{"B/s", "kB/s", "MB/s", "GB/s"})
	case "bytes":
		return scaled(value, 1024, []string{"B", "KiB", "MiB", "GiB", "TiB"})
	case "s":
		return duration(value)
	default:
		return short(value)
	}
}

func scaled(value, base float64, units []string) string {
	i := 0
	for ; math.Abs(value) >= base && i < len(units)-1; i++ {
		value /= base
	}
	return short(value) + " " + units[i]
}

func duration(seconds float64) string {
	switch {
	case seconds == 0:
		return "0 s"
	case math.Abs(seconds) < 1e-3:
		return short(seconds*1e6) + " µs"
	case math.Abs(seconds) < 1:
		return short(seconds*1e3) + " ms"
	case seconds < 120:
		return short(seconds) + " s"
	case seconds < 3*3600:
		return strconv.FormatFloat(math.Round(seconds/6)/10, 'f', -1, 64) + " min"
	default:
		return fmt.Sprintf("%.1f h", seconds/3600)
	}
}

// short formats a value with three significant digits.
func short(value float64) string {
	if math.Abs(value) >= 100 {
		return strconv.FormatFloat(value, 'f', 0, 64)
	}
	return strconv.FormatFloat(value, 'g', 3, 64)
}
