package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/bench/record"
	"github.com/wgctrl/wgctrl/bench/workload"
)

// titles are the headings of the works.
var titles = map[string]string{
	record.Read:        "Read a device",
	record.Poll:        "Read it five times",
	record.Watch:       "Watch it for five intervals",
	record.Stream:      "Stream its peers",
	record.Write:       "Write it",
	record.Change:      "Change all of its peers",
	record.List:        "List one device among 5 000 links of another kind",
	record.SocketRead:  "Read from a daemon's socket",
	record.SocketStrm:  "Stream from a daemon's socket",
	record.SocketWrite: "Write to a daemon's socket",
	record.Diff:        "Compare it with a configuration in which every allowed IP moves",
	record.ParseFile:   "Parse a configuration file",
	record.Devices:     "Read all devices",
	record.Dump:        "Commands: show DEV dump",
	record.DumpAll:     "Commands: show all dump",
	record.Show:        "Commands: show DEV",
	record.ShowJSON:    "Commands: show DEV --json",
	record.Showconf:    "Commands: showconf DEV",
	record.Sync:        "Commands: sync DEV FILE (wg syncconf), nothing changes",
	record.SyncTen:     "Commands: sync DEV FILE (wg syncconf), 10 peers change",
	record.Setconf:     "Commands: setconf DEV FILE",
	record.Scrape:      "Exporters: one scrape",
	record.Start:       "Commands: show interfaces, with one device and 5 000 links of another kind",

	record.StartVersion: "Commands: version, without devices",
	record.StartShow:    "Commands: show, without devices",
	record.StartWGShow:  "Commands: wg show, without devices",
}

// appendReport appends a table for each work.
func appendReport(b []byte, run *record.Run) []byte {
	m := run.Machine
	b = fmt.Appendf(b, "Kernel %s, %d × %s", m.Kernel, m.Processors, m.Processor)
	if m.Host != "" {
		b = fmt.Appendf(b, " on %s", m.Host)
	}
	b = fmt.Appendf(b, "; %s; wgctrl-go %s", m.Go, m.WgctrlGo)
	if m.WG != "" {
		b = fmt.Appendf(b, "; %s", strings.TrimSuffix(m.WG, " - https://git.zx2c4.com/wireguard-tools/"))
	}
	b = append(b, ".\n"...)
	for _, work := range record.Works {
		if len(run.Sizes(work)) > 0 {
			b = fmt.Appendf(b, "\n### %s\n\n", titles[work])
			b = appendTable(b, columns(run, work), run.Sizes(work))
		}
	}
	return b
}

// column is a heading and a function that returns the cell for a size.
type column struct {
	head string
	cell func(workload.Size) string
}

func columns(run *record.Run, work string) []column {
	get := func(who string) func(workload.Size) (record.Measurement, bool) {
		return func(s workload.Size) (record.Measurement, bool) { return run.Best(work, who, s) }
	}
	list := []column{{sizeHead(work), sizeCell}}
	for _, who := range record.Contestants {
		if slices.Contains(run.Who(work), who) {
			list = append(list, column{who, seconds(get(who))})
		}
	}
	if slices.Contains(run.Who(work), record.Limit) {
		list = append(list, column{"wgctrl ÷ limit", ratio(get(record.Wgctrl), get(record.Limit))})
	}
	if work == record.Watch {
		reads := func(s workload.Size) (record.Measurement, bool) { return run.Best(record.Poll, record.Wgctrl, s) }
		list = append(list, column{"wgctrl ÷ five reads", ratio(get(record.Wgctrl), reads)})
	}
	for _, who := range []string{record.WgctrlGo, record.WG, record.Exporter} {
		if slices.Contains(run.Who(work), who) {
			list = append(list, column{who + " ÷ wgctrl", ratio(get(who), get(record.Wgctrl))})
		}
	}
	if record.OfStart(work) {
		for _, who := range record.Contestants {
			if slices.Contains(run.Who(work), who) {
				list = append(list, column{"memory of " + who, memory(get(who))})
			}
		}
		return list
	}
	for _, who := range []string{record.Wgctrl, record.WgctrlGo} {
		if slices.Contains(run.Who(work), who) && slices.Contains(run.Who(work), record.Limit) {
			list = append(list, column{"allocations of " + who, allocations(get(who))}, column{"memory of " + who, memory(get(who))})
		}
	}
	if work == record.Scrape {
		for _, who := range run.Who(work) {
			list = append(list, column{"memory of " + who, memory(get(who))})
		}
	}
	return list
}

type getter = func(workload.Size) (record.Measurement, bool)

// sizeHead returns the heading of the column that sizeCell fills.
func sizeHead(work string) string {
	if record.ScaleOf(work) == record.OfFleet {
		return "devices × peers × allowed IPs"
	}
	return "peers × allowed IPs"
}

func sizeCell(s workload.Size) string {
	if s.Devices > 0 {
		return grouped(int64(s.Devices)) + " × " + grouped(int64(s.Peers)) + " × " + grouped(int64(s.Prefixes))
	}
	return grouped(int64(s.Peers)) + " × " + grouped(int64(s.Prefixes))
}

func seconds(get getter) func(workload.Size) string {
	return cell(get, func(m record.Measurement) string { return digits(m.CPU.Seconds()) + " s" })
}

func allocations(get getter) func(workload.Size) string {
	return cell(get, func(m record.Measurement) string { return grouped(m.Allocations) })
}

func memory(get getter) func(workload.Size) string {
	return cell(get, func(m record.Measurement) string { return fmt.Sprintf("%.1f MiB", float64(m.Growth)/(1<<20)) })
}

// cell returns the text of a measurement, or a dash if it is missing.
func cell(get getter, of func(record.Measurement) string) func(workload.Size) string {
	return func(s workload.Size) string {
		if m, ok := get(s); ok {
			return of(m)
		}
		return "–"
	}
}

func ratio(a, b getter) func(workload.Size) string {
	return func(s workload.Size) string {
		x, ok := a(s)
		y, also := b(s)
		if !ok || !also || y.CPU < time.Microsecond {
			return "–"
		}
		return digits(x.CPU.Seconds() / y.CPU.Seconds())
	}
}

// digits formats x with three significant digits.
func digits(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	case x >= 0.1:
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.4f", x)
}

// grouped formats n in groups of three digits.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}

func appendTable(b []byte, columns []column, sizes []workload.Size) []byte {
	b = append(b, '|')
	for _, c := range columns {
		b = fmt.Appendf(b, " %s |", c.head)
	}
	b = append(b, "\n|"...)
	for i := range columns {
		if i == 0 {
			b = append(b, "---|"...)
		} else {
			b = append(b, "--:|"...)
		}
	}
	for _, s := range sizes {
		b = append(b, "\n|"...)
		for _, c := range columns {
			b = fmt.Appendf(b, " %s |", c.cell(s))
		}
	}
	return append(b, '\n')
}
