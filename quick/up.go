package quick

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick/internal/dns"
	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/quick/internal/saved"
	"github.com/wgctrl/wgctrl/wgconf"
)

// undoTime is how long the removal of a failed interface may take.
const undoTime = 30 * time.Second

// up creates the interface t. resolved are its Settings with addresses.
func (s *system) up(ctx context.Context, t *Tunnel, resolved *wgconf.Settings) error {
	return s.locked(ctx, t, func(e *engine) error {
		p, err := s.planner(ctx, t, resolved)
		if err != nil {
			return err
		}
		e.config = p.config
		if err := e.repair(ctx); err != nil {
			return err
		}
		plan, err := p.up(ctx)
		if err != nil {
			return err
		}
		e.record.Text, e.record.Hooks = fileHash(t), hookHash(t.Settings)
		if err := e.runUp(ctx, p, plan); err != nil {
			return e.undo(ctx, err, plan)
		}
		e.record.Complete = true
		return e.record.write()
	})
}

// planUp returns the steps of up.
func (s *system) planUp(ctx context.Context, t *Tunnel, resolved *wgconf.Settings) ([]Step, error) {
	p, err := s.planner(ctx, t, resolved)
	if err != nil {
		return nil, err
	}
	e, err := s.engine(t)
	if err != nil {
		return nil, err
	}
	repair, own, err := e.repairs(ctx)
	if err != nil {
		return nil, err
	}
	p.own = own
	plan, err := p.up(ctx)
	return append(repair, plan.steps()...), err
}

// planner returns the planner of t. It checks that the programs exist which set the DNS
// servers and run the hooks.
func (s *system) planner(ctx context.Context, t *Tunnel, resolved *wgconf.Settings) (*planner, error) {
	p, err := newPlanner(t, resolved, s.net, s.outer, s.warn)
	if err != nil {
		return nil, err
	}
	in := &resolved.Interface
	if p.splitDNS = s.splitDNS; p.splitDNS && (len(in.DNS) == 0 || len(in.Search) == 0) {
		return nil, &invalidError{"split DNS needs a DNS server and a search domain in the key DNS"}
	}
	if len(in.PreUp)+len(in.PostUp) > 0 {
		if err := s.hooks.Ready(); err != nil {
			return nil, err
		}
	}
	switch {
	case len(in.DNS) > 0 && s.net != s.outer:
		s.warn(errors.New("the DNS servers of the file are not set: the interface is in another network namespace than the resolver"))
	case len(in.DNS) > 0:
		p.dns, err = s.resolver.Find(ctx, t.Name, dns.Config{Servers: in.DNS, Search: in.Search})
	}
	return p, err
}

// locked calls do with the engine of t, while no other process changes the interface.
func (s *system) locked(ctx context.Context, t *Tunnel, do func(*engine) error) error {
	unlock, err := s.lock(ctx, t.Name)
	if err != nil {
		return err
	}
	defer unlock()
	e, err := s.engine(t)
	if err != nil {
		return err
	}
	return do(e)
}

// engine returns an engine with the record of t.
func (s *system) engine(t *Tunnel) (*engine, error) {
	record, err := recordOf(s.dir, t.Name, s.warn)
	if err != nil {
		return nil, err
	}
	if link := record.find(kindLink); link != nil && link.Userspace {
		s.devices = s.userspace
	}
	return &engine{system: s, tunnel: t, name: t.Name, record: record}, nil
}

// runUp takes the steps of plan. It plans the network again after the hooks, while no
// other interface gets rules.
func (e *engine) runUp(ctx context.Context, p *planner, plan upPlan) error {
	if err := e.run(ctx, plan.prepare); err != nil {
		return err
	}
	if err := e.runNetwork(ctx, p); err != nil {
		return err
	}
	return e.run(ctx, plan.finish)
}

// runNetwork adds the routes of the allowed IPs that the device has, with rules and
// firewall for default routes.
func (e *engine) runNetwork(ctx context.Context, p *planner) error {
	unlock, err := e.lockNetwork(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	d, err := e.devices.Device(ctx, e.name)
	if err != nil {
		return err
	}
	if p.config.ListenPort == nil {
		e.record.Port = d.ListenPort
	}
	state, err := p.running(ctx, d, e.index)
	if err != nil {
		return err
	}
	steps, err := p.network(ctx, state)
	if err != nil {
		return err
	}
	return e.run(ctx, steps)
}

// undo removes what a failed up made, and returns cause with what became of it.
func (e *engine) undo(ctx context.Context, cause error, plan upPlan) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	if e.record.find(kindLink) == nil {
		return errors.Join(cause, e.record.remove()) // nothing was made
	}
	steps, err := e.leftoverSteps(ctx)
	if err == nil {
		slices.Reverse(steps)
		err = e.removeAll(ctx, steps)
	}
	if err == nil {
		err = e.record.remove()
	}
	return undoError(cause, err, plan.steps())
}

// undoError returns the error of up for a cause. err is that of the removal, and steps
// are those of up.
func undoError(cause, err error, steps []Step) error {
	if err != nil {
		return fmt.Errorf("%w; not everything could be removed: %w", cause, err)
	}
	cause = fmt.Errorf("%w; the interface was removed again", cause)
	if slices.ContainsFunc(steps, func(s Step) bool { return s.item.Kind == kindHook }) {
		cause = fmt.Errorf("%w, but not what its hooks did: PreDown and PostDown did not run", cause)
	}
	return cause
}

// leftoverSteps returns the steps that remove the items of the record which exist.
func (e *engine) leftoverSteps(ctx context.Context) ([]Step, error) {
	current, err := findLink(ctx, e.net, e.name)
	if err != nil {
		return nil, err
	}
	items, err := leftovers(ctx, e.net, e.record, current)
	return removal(e.name, items), err
}

// findLink returns a link, or nil if it does not exist.
func findLink(ctx context.Context, net queries, name string) (*host.Link, error) {
	link, err := net.Link(ctx, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &link, nil
}

// repair removes what an interrupted up or down left, and the rest of an interface
// whose link another program removed.
func (e *engine) repair(ctx context.Context) error {
	steps, _, err := e.repairs(ctx)
	if err != nil || e.record.empty() {
		return err
	}
	if len(steps) > 0 {
		e.warn(fmt.Errorf("removing what an earlier interface %s left", e.name))
		if err := e.removeAll(ctx, steps); err != nil {
			return err
		}
	}
	*e.record = record{path: e.record.path}
	return nil
}

// repairs returns the steps of repair, and the index of the link if they remove it.
// It returns an error that wraps fs.ErrExist if the interface is complete or belongs
// to another program.
func (e *engine) repairs(ctx context.Context) (steps []Step, index int, err error) {
	current, err := findLink(ctx, e.net, e.name)
	if err != nil {
		return nil, 0, err
	}
	if current == nil {
		if e.record.empty() {
			return nil, 0, nil
		}
		steps, err = e.leftoverSteps(ctx)
		return steps, 0, err
	}
	ours, err := e.unfinished(ctx, current)
	if err != nil {
		return nil, 0, err
	}
	if !ours {
		return nil, 0, &existsError{name: e.name}
	}
	steps, err = e.leftoverSteps(ctx)
	return steps, current.Index, err
}

// unfinished reports whether the link is what an interrupted up made. Before its index
// was recorded, it is only if it has no configuration.
func (e *engine) unfinished(ctx context.Context, current *host.Link) (bool, error) {
	recorded := e.record.find(kindLink)
	if recorded == nil || e.record.Complete {
		return false, nil
	}
	if recorded.Index != 0 {
		return recorded.Index == current.Index, nil
	}
	d, err := e.devices.Device(ctx, e.name)
	switch {
	case errors.Is(err, wgctrl.ErrNotWireGuard) || errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	}
	return d.PublicKey.IsZero() && len(d.Peers) == 0, nil
}

// fileHash returns a hash of the text of the file, or "" without one.
func fileHash(t *Tunnel) string {
	if t.File == nil {
		return ""
	}
	return saved.Sum(t.File.AppendTo(nil))
}

// hookHash returns a hash of the hooks of up.
func hookHash(s *wgconf.Settings) string {
	text := strings.Join(s.Interface.PreUp, "\n") + "\n\n" + strings.Join(s.Interface.PostUp, "\n")
	return saved.Sum([]byte(text))
}
