package quick

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// up creates the interface t.
func (b *bsd) up(ctx context.Context, t *Tunnel, resolved *wgconf.Settings) error {
	return b.locked(ctx, t, func(e *bsdEngine) error {
		steps, err := e.planUp(ctx, resolved)
		if err != nil {
			return err
		}
		if err := e.repair(ctx); err != nil {
			return err
		}
		e.record.Text, e.record.Hooks = fileHash(t), hookHash(t.Settings)
		if err := e.runUp(ctx, resolved); err != nil {
			return e.undo(ctx, err, steps)
		}
		e.record.Complete = true
		return e.record.write()
	})
}

// planUp returns the steps of up. It checks everything that can be checked before.
func (e *bsdEngine) planUp(ctx context.Context, resolved *wgconf.Settings) ([]Step, error) {
	repairs, err := e.repairs(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.checkPrograms(resolved); err != nil {
		return nil, err
	}
	config, err := resolved.AddConfig()
	if err != nil {
		return nil, err
	}
	planned := *e
	if planned.device, err = e.nextDevice(ctx, nil); err != nil {
		return nil, err
	}
	tunnel := planned.plannedTunnel(resolved, wgctrl.Apply(&wgtypes.Device{}, config))
	facts, err := tunnel.Gather(ctx, e.runner)
	if err != nil {
		return nil, err
	}
	commands, err := tunnel.Up(facts)
	if err != nil {
		return nil, err
	}
	in := &resolved.Interface
	return slices.Concat(
		e.commandSteps(repairs),
		e.commandSteps(tunnel.Create(e.program)),
		planned.hookSteps("PreUp", in.PreUp),
		[]Step{planned.wireGuardStep(actionAdd, len(config.Peers))},
		e.commandSteps(commands),
		planned.hookSteps("PostUp", in.PostUp)), nil
}

// checkPrograms returns an error if a program is missing that the commands need.
func (e *bsdEngine) checkPrograms(s *wgconf.Settings) error {
	switch {
	case e.kind == bsdplan.FreeBSD && len(s.Interface.DNS) > 0:
		if _, err := e.runner.LookPath("resolvconf"); err != nil {
			return fmt.Errorf("set DNS servers: %w", err)
		}
	case e.kind == bsdplan.Darwin:
		if _, err := e.runner.LookPath(e.program); err != nil {
			return fmt.Errorf("create interface: %w", err)
		}
	}
	return nil
}

// nextDevice returns the name that the new interface of the system gets. It is not one
// of taken. On macOS, the system chooses its number later.
func (e *bsdEngine) nextDevice(ctx context.Context, taken []string) (string, error) {
	switch e.kind {
	case bsdplan.FreeBSD:
		return e.tunnel.Name, nil
	case bsdplan.Darwin:
		return "utun", nil
	}
	output, err := e.runner.Output(ctx, "ifconfig")
	return bsdplan.FreeDevice(append(bsdplan.ParseNames(output), taken...)), err
}

// runUp creates and configures the interface.
func (e *bsdEngine) runUp(ctx context.Context, resolved *wgconf.Settings) error {
	if err := e.create(ctx); err != nil {
		return err
	}
	in := &resolved.Interface
	if err := e.take(ctx, e.hookSteps("PreUp", in.PreUp)); err != nil {
		return err
	}
	config, err := resolved.AddConfig()
	if err != nil {
		return err
	}
	step := e.wireGuardStep(actionAdd, len(config.Peers))
	e.onStep(step)
	if err := e.devices.ConfigureDevice(ctx, e.device, config); err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	d, err := e.devices.Device(ctx, e.device)
	if err != nil {
		return err
	}
	if config.ListenPort == nil {
		e.record.Port = d.ListenPort
	}
	if err := e.runNetwork(ctx, e.plannedTunnel(resolved, d)); err != nil {
		return err
	}
	return e.take(ctx, e.hookSteps("PostUp", in.PostUp))
}

// runNetwork runs the commands for addresses, MTU, DNS servers and routes. Everything
// that Down has to undo is in the record before.
func (e *bsdEngine) runNetwork(ctx context.Context, tunnel *bsdplan.Tunnel) error {
	facts, err := tunnel.Gather(ctx, e.runner)
	if err != nil {
		return err
	}
	commands, err := tunnel.Up(facts)
	if err != nil {
		return err
	}
	if err := tunnel.Warning(facts); err != nil {
		e.warn(err)
	}
	state := tunnel.State(facts)
	e.record.Commands = &state
	if err := e.record.write(); err != nil {
		return err
	}
	return e.runAll(ctx, commands)
}

// create creates the interface and notes its name.
func (e *bsdEngine) create(ctx context.Context) error {
	e.record.Commands = new(bsdplan.State)
	if err := e.record.write(); err != nil {
		return err
	}
	if err := e.runCreate(ctx); err != nil {
		return err
	}
	var err error
	if e.device, err = e.kind.Find(ctx, e.runner, e.tunnel.Name); err != nil {
		return err
	}
	if e.device == "" {
		return fmt.Errorf("the interface does not exist after its creation")
	}
	e.record.Commands.Device = e.device
	return e.record.write()
}

// createAttempts is how many names runCreate tries if other processes take them.
const createAttempts = 16

// runCreate runs the commands that create the interface. On OpenBSD, it tries other
// names while the name exists.
func (e *bsdEngine) runCreate(ctx context.Context) (err error) {
	var taken []string
	for range createAttempts {
		tunnel := bsdplan.Tunnel{System: e.kind, Name: e.tunnel.Name}
		if tunnel.Device, err = e.nextDevice(ctx, taken); err != nil {
			return err
		}
		err = e.runAll(ctx, tunnel.Create(e.program))
		if e.kind != bsdplan.OpenBSD || !errors.Is(err, fs.ErrExist) {
			return err
		}
		taken = append(taken, tunnel.Device)
	}
	return err
}

// undo removes what a failed up made, and returns cause with what became of it. steps
// are those of up.
func (e *bsdEngine) undo(ctx context.Context, cause error, steps []Step) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	made := e.record.Commands != nil && e.record.Commands.Device != ""
	if !made && errors.Is(cause, fs.ErrExist) {
		return errors.Join(cause, e.record.remove()) // another process made it
	}
	var err error
	if e.device, err = e.kind.Find(ctx, e.runner, e.tunnel.Name); err != nil {
		return undoError(cause, err, steps)
	}
	if !made && e.device == "" {
		return errors.Join(cause, e.record.remove()) // nothing was made
	}
	commands, err := e.repairs(ctx)
	if err == nil {
		err = e.removeAll(ctx, commands)
	}
	return undoError(cause, err, steps)
}

// repair removes what an interrupted up or down left.
func (e *bsdEngine) repair(ctx context.Context) error {
	commands, err := e.repairs(ctx)
	if err != nil || e.record.Commands == nil {
		return err
	}
	if len(commands) > 0 {
		e.warn(fmt.Errorf("removing what an earlier interface %s left", e.tunnel.Name))
	}
	if err := e.removeAll(ctx, commands); err != nil {
		return err
	}
	e.device = ""
	*e.record = record{path: e.record.path}
	return nil
}

// repairs returns the commands of repair. The error wraps fs.ErrExist if the interface
// is complete or belongs to another program.
func (e *bsdEngine) repairs(ctx context.Context) ([]bsdplan.Command, error) {
	if e.device != "" {
		ours, err := e.unfinished(ctx)
		if err != nil {
			return nil, err
		}
		if !ours {
			return nil, e.existsError()
		}
	}
	if e.record.Commands == nil {
		return nil, nil
	}
	return e.removal(ctx, e.record.Commands), nil
}

// existsError is the error of up for a name that is in use.
func (e *bsdEngine) existsError() error {
	if e.device == e.tunnel.Name {
		return &existsError{name: e.tunnel.Name}
	}
	return &existsError{name: e.tunnel.Name, as: e.device}
}

// unfinished reports whether the interface is what an interrupted up made. Before its
// name was recorded, it is only if it has no configuration.
func (e *bsdEngine) unfinished(ctx context.Context) (bool, error) {
	state := e.record.Commands
	switch {
	case state == nil || e.record.Complete:
		return false, nil
	case state.Device != "":
		return state.Device == e.device, nil
	}
	d, err := e.devices.Device(ctx, e.device)
	if err != nil {
		return false, err
	}
	return d.PublicKey.IsZero() && len(d.Peers) == 0, nil
}
