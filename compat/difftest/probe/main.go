//go:build linux

// Command probe calls the API of wgctrl-go and prints the results. It is built
// twice: with the original library and with the module compat. difftest compares the
// outputs.
//
// Its arguments are the name of a suite ("values", "userspace", "alone", "kernel" or
// "module") and the mount namespace that it must not run in, since it mounts a new
// /var/run.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

// A Record is the result of one step.
type Record struct {
	Scenario, Step string
	// Difference names the row of docs/migration.md that explains why the two
	// libraries differ, or is "" if they must not.
	Difference string
	// Result is everything that a program can distinguish, except for the text of
	// an error.
	Result string
	// Text is the text of the error.
	Text string
}

// unavailable is the reason why a suite cannot run on this machine.
type unavailable struct{ error }

func run(args []string) error {
	// A local zone other than UTC makes local times different from others.
	time.Local = time.FixedZone("here", 3600)
	suites := map[string]func(*recorder) error{
		"values": values, "userspace": userspace, "alone": alone, "kernel": kernel, "module": module,
		"unprivileged": unprivileged,
	}
	if len(args) != 2 || suites[args[0]] == nil {
		return fmt.Errorf("usage: probe SUITE FOREIGN-NAMESPACE")
	}
	// The unprivileged suite uses the stage of the suite that runs it.
	if args[0] != "unprivileged" {
		if err := makeStage(args[1]); err != nil {
			return err
		}
	}
	var r recorder
	err := suites[args[0]](&r)
	var answer struct {
		Records     []Record
		Unavailable string
	}
	answer.Records = r.records
	if missing, ok := err.(unavailable); ok {
		answer.Unavailable = missing.Error()
	} else if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

// recorder collects the Records.
type recorder struct {
	scenario string
	records  []Record
}

// begin sets the scenario of the following steps.
func (r *recorder) begin(scenario string) { r.scenario = scenario }

// see records a result that must be the same with both libraries.
func (r *recorder) see(step string, value any, err error) { r.differs("", step, value, err) }

// exactly is see, but the text of the error must be the same, too.
func (r *recorder) exactly(step string, value any, err error) {
	r.see(step, value, err)
	r.see(step+", its text", fmt.Sprint(err), nil)
}

// differs records a result that differs for the reason in a row of the table, or
// must be the same if difference is "".
func (r *recorder) differs(difference, step string, value any, err error) {
	rec := Record{Scenario: r.scenario, Step: step, Difference: difference, Result: describe(value)}
	if err != nil {
		rec.Text = err.Error()
		rec.Result += "\n" + describeError(err)
	}
	r.records = append(r.records, rec)
}
