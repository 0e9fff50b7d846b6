package quick

import (
	"context"
	"errors"
	"fmt"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// bsdReload is what changes a running interface.
type bsdReload struct {
	want     wgtypes.Config
	sync     []Step // one, or none if WireGuard's configuration stays
	commands []bsdplan.Command
	next     bsdplan.State
}

// reload changes the interface t to match its settings.
func (b *bsd) reload(ctx context.Context, t *Tunnel, resolved *wgconf.Settings) error {
	return b.locked(ctx, t, func(e *bsdEngine) error {
		plan, err := e.planReload(ctx, resolved)
		if err != nil {
			return err
		}
		if err := e.runReload(ctx, plan); err != nil {
			return fmt.Errorf("%w; the interface is up, but does not match the file: reload again", err)
		}
		if e.record.Hooks != hookHash(t.Settings) {
			e.warn(errors.New("the PreUp or PostUp hooks changed: they run at the next up"))
		}
		e.record.Text = fileHash(t)
		return e.record.write()
	})
}

// planReload returns what changes the interface. It checks the whole file.
func (e *bsdEngine) planReload(ctx context.Context, resolved *wgconf.Settings) (plan bsdReload, err error) {
	if err := e.checkReload(resolved); err != nil {
		return plan, err
	}
	if err := e.checkPrograms(resolved); err != nil {
		return plan, err
	}
	if plan.want, err = resolved.Config(); err != nil {
		return plan, err
	}
	if resolved.Interface.PrivateKey == nil {
		plan.want.PrivateKey = nil // a hook may have set it
	}
	d, err := e.devices.Device(ctx, e.device)
	if err != nil {
		return plan, err
	}
	o := wgctrl.SyncOptions{KeepEndpoints: true, DryRun: true}
	change, err := e.devices.SyncDevice(ctx, e.device, plan.want, o)
	if err != nil {
		return plan, err
	}
	if !change.IsZero() {
		plan.sync = []Step{e.wireGuardStep(actionChange, len(plan.want.Peers))}
	}
	tunnel := e.plannedTunnel(resolved, wgctrl.Apply(d, change))
	facts, err := tunnel.Gather(ctx, e.runner)
	if err != nil {
		return plan, err
	}
	plan.commands, plan.next, err = tunnel.Change(*e.record.Commands, facts)
	return plan, err
}

// checkReload returns an error if the interface cannot be reloaded.
func (e *bsdEngine) checkReload(resolved *wgconf.Settings) error {
	switch {
	case resolved.Interface.PrivateKey == nil && len(resolved.Peers) == 0:
		return &invalidError{"the file has neither a PrivateKey nor a peer"}
	case e.device == "":
		return &notWireGuardError{e.tunnel.Name}
	case e.record.Commands == nil || e.record.Complete && e.record.Commands.Device != e.device:
		return fmt.Errorf("another program made the interface, and its routes and DNS servers are unknown: bring it down and up once: %w", errors.ErrUnsupported)
	case !e.record.Complete:
		return errors.New("up was interrupted: bring the interface down first")
	}
	return nil
}

// runReload changes the interface. While the commands run, the record has what exists
// before or after them.
func (e *bsdEngine) runReload(ctx context.Context, plan bsdReload) error {
	for _, s := range plan.sync {
		e.onStep(s)
		if _, err := e.devices.SyncDevice(ctx, e.device, plan.want, wgctrl.SyncOptions{KeepEndpoints: true}); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	until := e.record.Commands.Until(plan.next)
	e.record.Commands = &until
	if err := e.record.write(); err != nil {
		return err
	}
	if err := e.runAll(ctx, plan.commands); err != nil {
		return err
	}
	next := plan.next
	next.Addresses, next.Routes = e.record.Commands.Addresses, e.record.Commands.Routes
	e.record.Commands = &next
	return e.record.write()
}

// plan returns the steps of v.
func (b *bsd) plan(ctx context.Context, v Verb, t *Tunnel, resolved *wgconf.Settings) ([]Step, error) {
	e, err := b.engine(ctx, t)
	if err != nil {
		return nil, err
	}
	switch v {
	case VerbUp:
		return e.planUp(ctx, resolved)
	case VerbDown:
		plan, err := e.planDown(ctx)
		return append(append(plan.before, e.commandSteps(plan.remove)...), plan.after...), err
	case VerbSave:
		return e.planSave()
	}
	plan, err := e.planReload(ctx, resolved)
	return append(plan.sync, e.commandSteps(plan.commands)...), err
}
