package main

import (
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/bench/record"
	"github.com/wgctrl/wgctrl/bench/workload"
)

// lines returns a run in which every work costs exactly the limit. change modifies
// the measurements of wgctrl.
func lines(change func(*record.Measurement)) (all []record.Line) {
	size := workload.Sizes[0]
	for work, most := range limits {
		ours := &record.Measurement{Work: work, Who: record.Wgctrl, Size: size, Allocations: most.allocations(size), Messages: 5 + max(most.more, 0)}
		change(ours)
		all = append(all, record.Line{Result: ours}, record.Line{Result: &record.Measurement{
			Work: work, Who: record.Limit, Size: size, Messages: 5,
		}})
	}
	return all
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*record.Measurement)
		wants  string // in each error, "" for none
		errors int
	}{
		"as promised":     {func(*record.Measurement) {}, "", 0},
		"time":            {func(m *record.Measurement) { m.CPU = 1 << 40 }, "", 0},
		"one allocation":  {func(m *record.Measurement) { m.Allocations++ }, "allocations", len(limits)},
		"not measured":    {func(m *record.Measurement) { m.Allocations = -1 }, "allocations", len(limits)},
		"one message":     {func(m *record.Measurement) { m.Messages++ }, "messages", 6},
		"no message":      {func(m *record.Measurement) { m.Messages = -1 }, "messages", 6},
		"another library": {func(m *record.Measurement) { m.Who = record.WgctrlGo }, "", 2*6 + 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := check(record.NewRun(lines(test.change)))
			var texts []string
			if err != nil {
				texts = strings.Split(err.Error(), "\n")
			}
			if len(texts) != test.errors {
				t.Errorf("got %d errors, want %d: %v", len(texts), test.errors, err)
			}
			for _, text := range texts {
				if !strings.Contains(text, test.wants) {
					t.Errorf("check() = %q, want an error about %s", text, test.wants)
				}
			}
		})
	}
	if err := check(record.NewRun(nil)); err == nil {
		t.Error("check() of an empty run = nil, want an error")
	}
}
