package quick

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
)

// bsdDown is what removes an interface.
type bsdDown struct {
	before []Step // hooks and save
	remove []bsdplan.Command
	after  []Step // hooks
}

// down removes the interface t.
func (b *bsd) down(ctx context.Context, t *Tunnel) error {
	return b.locked(ctx, t, func(e *bsdEngine) error {
		plan, err := e.planDown(ctx)
		if err != nil {
			return err
		}
		if err := e.take(ctx, plan.before); err != nil {
			return err
		}
		if err := e.removeAll(ctx, plan.remove); err != nil {
			return err
		}
		return e.take(ctx, plan.after)
	})
}

// planDown returns what removes the interface.
func (e *bsdEngine) planDown(ctx context.Context) (plan bsdDown, err error) {
	state, err := e.state(ctx)
	if err != nil {
		return plan, err
	}
	plan.remove = e.removal(ctx, state)
	if e.tunnel.Settings == nil {
		return plan, nil
	}
	in := &e.tunnel.Settings.Interface
	if e.device != "" {
		plan.before = e.hookSteps("PreDown", in.PreDown)
		if in.SaveConfig {
			plan.before = append(plan.before, e.saveStep())
		}
	}
	plan.after = e.hookSteps("PostDown", in.PostDown)
	return plan, nil
}

// state returns the state of the record or, for an interface that wg-quick made, what
// the file says. wg-quick itself removes the routes to endpoints and, on macOS, the DNS
// servers when the interface goes.
func (e *bsdEngine) state(ctx context.Context) (*bsdplan.State, error) {
	if e.record.Commands != nil {
		return e.record.Commands, nil
	}
	if e.device == "" {
		return nil, &notWireGuardError{e.tunnel.Name}
	}
	_, err := e.devices.Device(ctx, e.device)
	switch {
	case errors.Is(err, wgctrl.ErrNotWireGuard) || errors.Is(err, fs.ErrNotExist):
		return nil, &notWireGuardError{e.tunnel.Name}
	case err != nil:
		return nil, err
	}
	state := &bsdplan.State{Device: e.device}
	if s := e.tunnel.Settings; s != nil {
		state.DNS, state.Search = s.Interface.DNS, s.Interface.Search
	}
	return state, nil
}

// removal returns the commands that remove an interface with a state.
func (e *bsdEngine) removal(ctx context.Context, state *bsdplan.State) []bsdplan.Command {
	tunnel := state.Tunnel(e.kind, e.tunnel.Name, e.device)
	facts := tunnel.GatherDown(e.runner, e.services(ctx, state.Services))
	return tunnel.Down(facts, state.Hosts)
}

// services returns the network services that still exist.
func (e *bsdEngine) services(ctx context.Context, services []bsdplan.Service) []bsdplan.Service {
	if len(services) == 0 {
		return nil
	}
	output, err := e.runner.Output(ctx, "networksetup", "-listallnetworkservices")
	if err != nil {
		return services
	}
	names := bsdplan.ParseServices(output)
	return slices.DeleteFunc(slices.Clone(services), func(s bsdplan.Service) bool { return !slices.Contains(names, s.Name) })
}

// removeAll runs commands that remove the interface as far as possible. It keeps the
// record until all have succeeded, so that Down can be repeated.
func (e *bsdEngine) removeAll(ctx context.Context, commands []bsdplan.Command) error {
	var errs []error
	for _, c := range commands {
		if err := e.run(ctx, c); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("bring the interface down again to repeat what failed: %w", errors.Join(errs...))
	}
	return e.record.remove()
}
