// Command report makes a table, in Markdown, of what command measure wrote, and
// with -plots a picture of time against size for each work.
//
//	report [-plots DIR] <results
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/wgctrl/wgctrl/bench/record"
)

func main() {
	plots := flag.String("plots", "", "`folder` for pictures")
	flag.Parse()
	if err := report(*plots); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func report(plots string) error {
	lines, others, err := record.Decode(os.Stdin)
	if err != nil {
		return err
	}
	for _, line := range others {
		fmt.Fprintln(os.Stderr, line)
	}
	run := record.NewRun(lines)
	os.Stdout.Write(appendReport(nil, run))
	if plots == "" {
		return nil
	}
	return draw(run, plots)
}
