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

// A Record is what one step saw.
type Record struct {
	Scenario, Step string
	// Difference names the row of docs/migration.md that says why the two
	// libraries differ here; "" if they must not.
	Difference string
	// Result is what a program can tell apart, without an error's text.
	Result string
	// Text is the error's.
	Text string
}

// unavailable is why a suite cannot run here.
type unavailable struct{ error }

func run(args []string) error {
	// So that local times can be told from others.
	time.Local = time.FixedZone("here", 3600)
	suites := map[string]func(*recorder) error{
		"values": values, "userspace": userspace, "alone": alone, "kernel": kernel, "module": module,
		"unprivileged": unprivileged,
	}
	if len(args) != 2 || suites[args[0]] == nil {
		return fmt.Errorf("usage: probe SUITE FOREIGN-NAMESPACE")
	}
	// The unprivileged suite runs where another one has made the stage.
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

// recorder collects what is seen.
type recorder struct {
	scenario string
	records  []Record
}

// begin names what follows.
func (r *recorder) begin(scenario string) { r.scenario = scenario }

// see records what both libraries must give alike.
func (r *recorder) see(step string, value any, err error) { r.differs("", step, value, err) }

// exactly is see where the error's text counts too.
func (r *recorder) exactly(step string, value any, err error) {
	r.see(step, value, err)
	r.see(step+", its text", fmt.Sprint(err), nil)
}

// differs records what a row of the table explains, if it is not "".
func (r *recorder) differs(difference, step string, value any, err error) {
	rec := Record{Scenario: r.scenario, Step: step, Difference: difference, Result: describe(value)}
	if err != nil {
		rec.Text = err.Error()
		rec.Result += "\n" + describeError(err)
	}
	r.records = append(r.records, rec)
}
