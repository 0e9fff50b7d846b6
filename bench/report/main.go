// Command report writes the results of command measure as Markdown tables and,
// with -plots, plots the time against the size for each work.
//
//	report [-plots DIR] [-check] <results
//
// With -check it fails if our library allocates more, or sends or receives more
// messages, than we promise. It never checks time.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/wgctrl/wgctrl/bench/record"
)

func main() {
	plots := flag.String("plots", "", "`folder` for pictures")
	judge := flag.Bool("check", false, "fail if there are too many allocations or messages")
	flag.Parse()
	if err := report(*plots, *judge); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func report(plots string, judge bool) error {
	lines, others, err := record.Decode(os.Stdin)
	if err != nil {
		return err
	}
	for _, line := range others {
		fmt.Fprintln(os.Stderr, line)
	}
	run := record.NewRun(lines)
	os.Stdout.Write(appendScaling(appendReport(nil, run), run))
	if plots != "" {
		if err := writePlots(run, plots); err != nil {
			return err
		}
	}
	if judge {
		return check(run)
	}
	return nil
}
