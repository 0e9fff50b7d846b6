package quick

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick/internal/dns"
	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// downPlan has the steps that remove an interface.
type downPlan struct {
	before []Step // hooks and save
	remove []Step
	after  []Step // hooks
}

func (d downPlan) steps() []Step { return slices.Concat(d.before, d.remove, d.after) }

// down removes the interface t.
func (s *system) down(ctx context.Context, t *Tunnel) error {
	return s.locked(ctx, t, func(e *engine) error {
		plan, err := e.planDown(ctx, t)
		if err != nil {
			return err
		}
		if err := e.run(ctx, plan.before); err != nil {
			return err
		}
		if err := e.removeAll(ctx, plan.remove); err != nil {
			return err
		}
		if err := e.record.remove(); err != nil {
			return err
		}
		return e.run(ctx, plan.after)
	})
}

// planDown returns the steps of down.
func (e *engine) planDown(ctx context.Context, t *Tunnel) (downPlan, error) {
	var plan downPlan
	link, err := findLink(ctx, e.net, t.Name)
	if err != nil {
		return plan, err
	}
	items, err := e.existing(ctx, t, link)
	if err != nil {
		return plan, err
	}
	if len(items) == 0 && e.record.empty() {
		return plan, &notWireGuardError{t.Name}
	}
	plan.remove = removal(t.Name, items)
	if t.Settings == nil {
		return plan, nil
	}
	in := &t.Settings.Interface
	if link != nil {
		plan.before = hookSteps(t.Name, "PreDown", in.PreDown)
		if in.SaveConfig {
			plan.before = append(plan.before, saveStep(t))
		}
	}
	plan.after = hookSteps(t.Name, "PostDown", in.PostDown)
	return plan, nil
}

// notWireGuardError is the error for a name that no WireGuard interface has.
type notWireGuardError struct{ name string }

func (e *notWireGuardError) Error() string {
	return fmt.Sprintf("%q is not a WireGuard interface", e.name)
}
func (e *notWireGuardError) Is(target error) bool { return target == fs.ErrNotExist }

// existing returns the items to remove. Without a record, or if the link is not the
// recorded one, it finds them as wg-quick does.
func (e *engine) existing(ctx context.Context, t *Tunnel, link *host.Link) ([]item, error) {
	items, err := leftovers(ctx, e.net, e.record, link)
	if err != nil {
		return nil, err
	}
	recorded := e.record.find(kindLink)
	if recorded != nil && (link == nil || recorded.Index == link.Index) {
		return items, nil
	}
	guessed, err := e.guess(ctx, t, link)
	if err != nil {
		return nil, err
	}
	for _, i := range guessed {
		if !slices.ContainsFunc(items, func(j item) bool { return i.same(j) || i.Kind == kindLink && j.Kind == kindLink }) {
			items = append(items, i)
		}
	}
	return items, nil
}

// guess returns the items of an interface that another program made.
func (e *engine) guess(ctx context.Context, t *Tunnel, link *host.Link) ([]item, error) {
	if link == nil {
		return guess(ctx, e.net, t.Name, nil, 0)
	}
	d, err := e.devices.Device(ctx, t.Name)
	switch {
	case errors.Is(err, wgctrl.ErrNotWireGuard) || errors.Is(err, fs.ErrNotExist):
		return nil, &notWireGuardError{t.Name}
	case err != nil:
		return nil, err
	}
	list, err := guess(ctx, e.net, t.Name, link, ruleMark(t, d))
	if err != nil || t.Settings == nil || len(t.Settings.Interface.DNS) == 0 || e.net != e.outer {
		return list, err
	}
	in := &t.Settings.Interface
	c := dns.Config{Servers: in.DNS, Search: in.Search}
	r, err := e.resolver.Find(ctx, t.Name, c)
	if err != nil {
		e.warn(err) // it cannot have a record
		return list, nil
	}
	return append(list, item{Kind: kindDNS, DNS: r, Addresses: in.DNS, Search: in.Search}), nil
}

// ruleMark returns the mark that the rules of the device have, or 0 if it has none
// because the file names its table.
func ruleMark(t *Tunnel, d *wgtypes.Device) uint32 {
	if t.Settings != nil && t.Settings.Interface.Table != "" && t.Settings.Interface.Table != "auto" {
		return 0
	}
	return d.FirewallMark
}
