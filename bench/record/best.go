package record

import (
	"slices"

	"github.com/wgctrl/wgctrl/bench/workload"
)

// Run is a run as it is reported: of each contestant's rounds the best, since
// everything that disturbs a measurement makes it larger.
type Run struct {
	Machine Machine
	best    map[key]Measurement
}

type key struct {
	work, who string
	size      workload.Size
}

// NewRun sums up lines.
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
	// Each on its own: the round with the least time need not have the least memory.
	old.CPU, old.Wall = min(old.CPU, m.CPU), min(old.Wall, m.Wall)
	old.Allocations = min(old.Allocations, m.Allocations)
	old.Allocated = min(old.Allocated, m.Allocated)
	old.Growth = min(old.Growth, m.Growth)
	old.Messages = max(old.Messages, m.Messages) // counted in one round, -1 in the others
	r.best[k] = old
}

// Best returns what a contestant's work cost at a size.
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
	return len(workload.Sizes) + s.Peers
}

// Who returns who took part in a work.
func (r *Run) Who(work string) (who []string) {
	for k := range r.best {
		if k.work == work && !slices.Contains(who, k.who) {
			who = append(who, k.who)
		}
	}
	return who
}
