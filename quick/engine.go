package quick

import (
	"context"
	"errors"
	"fmt"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// engine takes steps and keeps the record of the items.
type engine struct {
	*system
	tunnel *Tunnel
	name   string // of the interface
	record *record
	index  int            // of the link, once it exists
	config wgtypes.Config // of WireGuard, for the steps that apply it
}

// run takes the steps in order. It stops at the first one that fails.
func (e *engine) run(ctx context.Context, steps []Step) error {
	for len(steps) > 0 {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		n := sameBatch(steps)
		for _, s := range steps[:n] {
			e.onStep(s)
		}
		if err := e.take(ctx, steps[:n]); err != nil {
			return fmt.Errorf("%s: %w", batchText(steps[:n]), err)
		}
		steps = steps[n:]
	}
	return nil
}

// sameBatch returns how many of the steps are taken at once: routes are added and
// removed in batches, everything else in a step of its own.
func sameBatch(steps []Step) int {
	n := 1
	for steps[0].item.Kind == kindRoute && n < len(steps) &&
		steps[n].item.Kind == kindRoute && steps[n].action == steps[0].action {
		n++
	}
	return n
}

// batchText returns what the steps of a batch do, for the error of one of them.
func batchText(batch []Step) string {
	switch {
	case len(batch) == 1:
		return batch[0].String()
	case batch[0].action == actionRemove:
		return fmt.Sprintf("remove %d routes from %s", len(batch), batch[0].name)
	}
	return fmt.Sprintf("add %d routes to %s", len(batch), batch[0].name)
}

// take takes the steps of one batch.
func (e *engine) take(ctx context.Context, batch []Step) error {
	if batch[0].action == actionRemove {
		if err := e.remove(ctx, batch); err != nil {
			return err
		}
		return e.forget(batch)
	}
	if !batch[0].item.recorded() {
		return e.apply(ctx, batch)
	}
	if err := e.note(batch); err != nil {
		return err
	}
	if err := e.apply(ctx, batch); err != nil {
		return err
	}
	e.record.confirm()
	return nil
}

// recorded reports whether the record has items of this kind: those that Down has to
// remove or Reload has to know.
func (a item) recorded() bool {
	switch a.Kind {
	case kindWireGuard, kindHook, kindSysctl, kindSave:
		return false
	}
	return true
}

// note adds the items of the batch to the record. The new state of an item replaces the
// old one.
func (e *engine) note(batch []Step) error {
	added := make(itemSet, len(batch))
	for _, s := range batch {
		added[s.item.id()] = true
	}
	first := batch[0].item
	e.record.drop(func(i item) bool {
		return added.has(i) || single(i.Kind) && i.Kind == first.Kind && i.IPv6 == first.IPv6
	})
	for _, s := range batch {
		s.item.Pending = true
		e.record.add(s.item)
	}
	return e.record.write()
}

// single reports whether an interface has one item of the kind, or one for each
// family.
func single(k kind) bool {
	switch k {
	case kindLink, kindMTU, kindDNS, kindMark, kindFirewall:
		return true
	}
	return false
}

// forget removes the items of the batch from the record.
func (e *engine) forget(batch []Step) error {
	if e.record.empty() {
		return nil
	}
	removed := make(itemSet, len(batch))
	for _, s := range batch {
		removed[s.item.id()] = true
	}
	first := batch[0].item
	e.record.drop(func(i item) bool {
		switch i.Kind {
		case kindLink, kindFirewall:
			return i.Kind == first.Kind // a step removes those of both families
		case kindSuppress:
			return i.same(first)
		}
		return removed.has(i)
	})
	return e.record.write()
}

// removeAll removes items as far as possible, and returns the joined errors.
func (e *engine) removeAll(ctx context.Context, steps []Step) error {
	var errs []error
	for i, s := range steps {
		e.onStep(s)
		if err := e.take(ctx, steps[i:i+1]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s, err))
		}
	}
	return errors.Join(errs...)
}
