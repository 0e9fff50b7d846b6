package record

import (
	"slices"

	"github.com/wgctrl/wgctrl/bench/workload"
)

// Run has the lowest costs of each contestant's rounds, because disturbances can
// only increase a measurement.
type Run struct {
	Machine Machine
	best    map[key]Measurement
}

type key struct {
	work, who string
	size      workload.Size
}

// NewRun returns the Run of the lines.
func NewRun(lines []Line) *Run {
	r := &Run{best: make(map[key]Measurement)}
	for _, l := range lines {
		if l.Machine != nil {
			r.Machine = *l.Machine
		}
		if l.Result != nil {
			r.add(*l.Result)
		}
	}
	return r
}

func (r *Run) add(m Measurement) {
	k := key{m.Work, m.Who, m.Size}
	old, ok := r.best[k]
	if !ok {
		r.best[k] = m
		return
	}
	// The round with the least time may not be the one with the least memory.
	old.CPU, old.Wall = min(old.CPU, m.CPU), min(old.Wall, m.Wall)
	old.Allocations = min(old.Allocations, m.Allocations)
	old.Allocated = min(old.Allocated, m.Allocated)
	old.Growth = min(old.Growth, m.Growth)
	old.Messages = max(old.Messages, m.Messages) // counted in one round, -1 in the others
	r.best[k] = old
}

// Best returns the lowest costs of a contestant's work at a size.
func (r *Run) Best(work, who string, size workload.Size) (Measurement, bool) {
	m, ok := r.best[key{work, who, size}]
	return m, ok
}

// Sizes returns the sizes at which a work was measured, in the order of
// workload.Sizes.
func (r *Run) Sizes(work string) (sizes []workload.Size) {
	for k := range r.best {
		if k.work == work && !slices.Contains(sizes, k.size) {
			sizes = append(sizes, k.size)
		}
	}
	slices.SortFunc(sizes, func(a, b workload.Size) int { return place(a) - place(b) })
	return sizes
}

func place(s workload.Size) int {
	if i := slices.Index(workload.Sizes, s); i >= 0 {
		return i
	}
	return len(workload.Sizes) + max(s.Devices, 1)*s.Peers
}

// Who returns the contestants of a work, in the order of Contestants.
func (r *Run) Who(work string) (who []string) {
	for k := range r.best {
		if k.work == work && !slices.Contains(who, k.who) {
			who = append(who, k.who)
		}
	}
	return who
}
