package quick

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
	"github.com/wgctrl/wgctrl/quick/internal/hook"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// bsd is FreeBSD, OpenBSD or macOS, where programs such as ifconfig(8) and route(8)
// make the changes. kind says which one.
type bsd struct {
	kind    bsdplan.System
	dir     string // of the records
	devices devices
	runner  bsdplan.Runner
	program string     // that creates interfaces in userspace
	hooks   hook.Hooks // without Device
	lookup  func(ctx context.Context, name string) []netip.Addr
	onStep  func(Step)
	warn    func(error)
	// interval is the time between two looks at an interface that is going away.
	interval time.Duration
}

// newBSD returns the platform of a system for t.
func newBSD(kind bsdplan.System, c *wgctrl.Client, t *Tunnel, o *Options) (*bsd, error) {
	if o.NetNS != "" {
		return nil, fmt.Errorf("only Linux has network namespaces: %w", errors.ErrUnsupported)
	}
	if o.SplitDNS {
		return nil, fmt.Errorf("only Linux has split DNS: %w", errors.ErrUnsupported)
	}
	if t.amnezia() {
		return nil, fmt.Errorf("only Linux has interfaces of AmneziaWG: %w", errors.ErrUnsupported)
	}
	b := &bsd{
		kind: kind, dir: o.StateDir, devices: c, program: o.Userspace,
		runner: bsdplan.Runner{Stdout: o.Stdout, Stderr: o.Stderr},
		hooks: hook.Hooks{
			Interface: t.Name, ConfigFile: t.Path, Program: o.program(),
			Stdin: o.Stdin, Stdout: o.Stdout, Stderr: o.Stderr,
		},
		lookup: o.lookup, onStep: o.onStep, warn: o.warn,
		interval: 100 * time.Millisecond,
	}
	if b.program == "" {
		b.program = "wireguard-go"
	}
	if b.dir == "" {
		b.dir = "/var/run/wgctrl/quick"
	}
	if t.File != nil {
		b.hooks.Config = hook.ConfigText(t.File)
	}
	return b, nil
}

// lock waits until no other process changes the interface.
func (b *bsd) lock(ctx context.Context, name string) (unlock func(), err error) {
	return lock(ctx, b.dir, name+".lock", func() {
		b.warn(fmt.Errorf("waiting for another process that changes %s", name))
	})
}

// bsdEngine runs the commands for one interface and keeps its record.
type bsdEngine struct {
	*bsd
	tunnel *Tunnel
	record *record
	device string // the name of the system's interface, or "" if it does not exist
}

// engine returns an engine for t.
func (b *bsd) engine(ctx context.Context, t *Tunnel) (*bsdEngine, error) {
	record, err := recordOf(b.dir, t.Name, b.warn)
	if err != nil {
		return nil, err
	}
	device, err := b.kind.Find(ctx, b.runner, t.Name)
	return &bsdEngine{bsd: b, tunnel: t, record: record, device: device}, err
}

// locked calls do with the engine of t, while no other process changes the interface.
func (b *bsd) locked(ctx context.Context, t *Tunnel, do func(*bsdEngine) error) error {
	unlock, err := b.lock(ctx, t.Name)
	if err != nil {
		return err
	}
	defer unlock()
	e, err := b.engine(ctx, t)
	if err != nil {
		return err
	}
	return do(e)
}

// commandStep returns the step that runs a command.
func (e *bsdEngine) commandStep(c bsdplan.Command) Step {
	return Step{name: e.tunnel.Name, text: c.Text, command: strings.Join(c.Words, " ")}
}

func (e *bsdEngine) commandSteps(commands []bsdplan.Command) (steps []Step) {
	for _, c := range commands {
		steps = append(steps, e.commandStep(c))
	}
	return steps
}

// wireGuardStep returns the step that configures WireGuard.
func (e *bsdEngine) wireGuardStep(does action, peers int) Step {
	s := Step{action: does, item: item{Kind: kindWireGuard, Peers: peers}, name: e.device}
	s.command = strings.Replace(s.Command(), "/dev/fd/63", "/dev/stdin", 1)
	return s
}

// run runs one command and notes what it adds or removes.
func (e *bsdEngine) run(ctx context.Context, c bsdplan.Command) error {
	e.onStep(e.commandStep(c))
	runner := e.runner
	runner.OnElse = func(c bsdplan.Command, err error) {
		if c.Else[0] != c.Words[0] {
			e.warn(fmt.Errorf("%w: starting %s", err, c.Else[0]))
		}
		e.onStep(e.commandStep(bsdplan.Command{Text: c.Text, Words: c.Else}))
	}
	err := runner.Run(ctx, c)
	if err == nil && c.Vanishes {
		err = e.waitGone(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Text, err)
	}
	if state := e.record.Commands; state != nil && c.Part.Kind != bsdplan.PartNone {
		state.Note(c)
		return e.record.write()
	}
	return nil
}

// runAll runs commands in order. It stops at the first one that fails.
func (e *bsdEngine) runAll(ctx context.Context, commands []bsdplan.Command) error {
	for _, c := range commands {
		if err := e.run(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// waitGone waits until the interface does not exist: FreeBSD removes it after ifconfig
// has ended.
func (e *bsdEngine) waitGone(ctx context.Context) error {
	timer := time.NewTicker(e.interval)
	defer timer.Stop()
	for {
		device, err := e.kind.Find(ctx, e.runner, e.tunnel.Name)
		if err != nil || device == "" {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %s is gone: %w", device, context.Cause(ctx))
		case <-timer.C:
		}
	}
}

// hookSteps returns the steps that run the hooks of one key.
func (e *bsdEngine) hookSteps(event string, commands []string) (steps []Step) {
	h := e.hooks
	h.Device = e.device
	for _, command := range commands {
		steps = append(steps, Step{item: item{Kind: kindHook, Event: event, Hook: h.Expand(command)}, name: e.tunnel.Name})
	}
	return steps
}

// take takes steps that are not commands. It stops at the first one that fails.
func (e *bsdEngine) take(ctx context.Context, steps []Step) error {
	h := e.hooks
	h.Device = e.device
	for _, s := range steps {
		e.onStep(s)
		var err error
		if s.item.Kind == kindSave {
			err = e.saveFile(ctx)
		} else {
			err = h.Run(ctx, s.item.Hook)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// plannedTunnel returns the tunnel for commands. d is the device that the commands find.
// Endpoints with a zone are in a network of their own, so they need no route.
func (e *bsdEngine) plannedTunnel(s *wgconf.Settings, d *wgtypes.Device) *bsdplan.Tunnel {
	t := &bsdplan.Tunnel{
		System: e.kind, Name: e.tunnel.Name, Device: e.device,
		Interface: &s.Interface, AllowedIPs: deviceAllowedIPs(d),
	}
	for _, p := range d.Peers {
		if a := p.Endpoint.Addr(); a.IsValid() && a.Zone() == "" {
			t.Endpoints = append(t.Endpoints, a.Unmap())
		}
	}
	return t
}
