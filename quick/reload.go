package quick

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgconf"
)

// reload changes the interface t to match its settings. resolved are the same with
// addresses.
func (s *system) reload(ctx context.Context, t *Tunnel, resolved *wgconf.Settings) error {
	return s.locked(ctx, t, func(e *engine) error {
		release, err := s.lockNetwork(ctx)
		if err != nil {
			return err
		}
		defer release()
		r, err := e.reloader(ctx, resolved)
		if err != nil {
			return err
		}
		if _, err := e.planReload(ctx, r); err != nil {
			return err
		}
		if e.record.empty() {
			if err := e.adopt(ctx, r); err != nil {
				return err
			}
		}
		if err := e.runReload(ctx, r); err != nil {
			return fmt.Errorf("%w; the interface is up, but does not match the file: reload again", err)
		}
		if e.record.Hooks != "" && e.record.Hooks != hookHash(t.Settings) {
			s.warn(errors.New("the PreUp or PostUp hooks changed: they run at the next up"))
		}
		e.record.Text, e.record.Complete = fileHash(t), true
		return e.record.write()
	})
}

// reloader returns what plans the changes to the interface. It checks the whole file.
func (e *engine) reloader(ctx context.Context, resolved *wgconf.Settings) (*reloader, error) {
	if resolved.Interface.PrivateKey == nil && len(resolved.Peers) == 0 {
		return nil, &invalidError{"the file has neither a PrivateKey nor a peer"}
	}
	link, err := findLink(ctx, e.net, e.name)
	if err != nil {
		return nil, err
	}
	if link == nil {
		return nil, &notWireGuardError{e.name}
	}
	if recorded := e.record.find(kindLink); recorded != nil && recorded.Index != link.Index {
		*e.record = record{path: e.record.path} // another program made the link
	}
	if !e.record.empty() && !e.record.Complete {
		return nil, errors.New("up was interrupted: bring the interface down first")
	}
	p, err := e.planner(ctx, e.tunnel, resolved)
	if err != nil {
		return nil, err
	}
	p.own, e.index = link.Index, link.Index
	r := &reloader{planner: p, link: link, record: e.record}
	if r.device, err = e.devices.Device(ctx, e.name); err != nil {
		if errors.Is(err, wgctrl.ErrNotWireGuard) {
			return nil, &notWireGuardError{e.name}
		}
		return nil, err
	}
	if e.record.empty() {
		r.have, err = guess(ctx, e.net, e.name, link, ruleMark(e.tunnel, r.device))
	} else {
		r.have, err = leftovers(ctx, e.net, e.record, link)
		forgetPending(r.have)
	}
	if err != nil {
		return nil, err
	}
	if n := slices.IndexFunc(r.have, func(i item) bool { return i.Kind == kindDNS }); n >= 0 {
		r.dns = r.have[n].DNS // its record is that of this program
	}
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	if err := r.chooseMark(ctx); err != nil {
		return nil, err
	}
	r.linkChanges, err = r.linkSteps(ctx)
	return r, err
}

// forgetPending removes the details of the items that may not exist, so that they do not
// match those of the file. The kernel tells whether the other kinds exist.
func forgetPending(items []item) {
	for n, i := range items {
		if i.Pending && (i.Kind == kindDNS || i.Kind == kindFirewall) {
			items[n] = item{Kind: i.Kind, IPv6: i.IPv6, DNS: i.DNS}
		}
	}
}

// adopt fills the record of an interface that another program made.
func (e *engine) adopt(ctx context.Context, r *reloader) error {
	addresses, err := e.net.Addresses(ctx, e.index)
	if err != nil {
		return err
	}
	routes, err := r.ownRoutes(ctx)
	if err != nil {
		return err
	}
	items := append(slices.Clone(r.have), routes...)
	for _, a := range addresses {
		if r.owns(a) {
			items = append(items, item{Kind: kindAddress, Prefix: a})
		}
	}
	e.record.add(items...)
	e.record.Complete = true
	return nil
}

// planReload returns the steps of reload.
func (e *engine) planReload(ctx context.Context, r *reloader) ([]Step, error) {
	steps, err := e.syncStep(ctx, r)
	if err != nil {
		return nil, err
	}
	addresses, err := e.net.Addresses(ctx, e.index)
	if err != nil {
		return nil, err
	}
	changes := r.addressSteps(addresses)
	steps = append(steps, changes...)
	steps = append(steps, r.linkChanges...)
	network, err := r.networkSteps(ctx, applied(addresses, changes))
	if err != nil {
		return nil, err
	}
	return slices.Concat(steps, network, r.lastSteps()), nil
}

// runReload takes the steps of reload. It plans those that depend on the addresses when
// these have changed.
func (e *engine) runReload(ctx context.Context, r *reloader) error {
	steps, err := e.syncStep(ctx, r)
	if err != nil {
		return err
	}
	if err := e.run(ctx, steps); err != nil {
		return err
	}
	addresses, err := e.runAddresses(ctx, r)
	if err != nil {
		return err
	}
	if err := e.run(ctx, r.linkChanges); err != nil {
		return err
	}
	if steps, err = r.networkSteps(ctx, addresses); err != nil {
		return err
	}
	return e.run(ctx, append(steps, r.lastSteps()...))
}

// runAddresses changes the addresses, and returns those that the interface has then.
func (e *engine) runAddresses(ctx context.Context, r *reloader) ([]netip.Prefix, error) {
	// With the first address of a subnet, the kernel may remove the others.
	for range 2 {
		addresses, err := e.net.Addresses(ctx, e.index)
		if err != nil {
			return nil, err
		}
		if err := e.run(ctx, r.addressSteps(addresses)); err != nil {
			return nil, err
		}
	}
	return e.net.Addresses(ctx, e.index)
}

// syncStep returns the step that changes WireGuard's configuration, if it differs.
func (e *engine) syncStep(ctx context.Context, r *reloader) ([]Step, error) {
	want, err := r.want()
	if err != nil {
		return nil, err
	}
	e.config = want
	change, err := e.devices.SyncDevice(ctx, e.name, want, wgctrl.SyncOptions{KeepEndpoints: true, DryRun: true})
	if err != nil || change.IsZero() {
		return nil, err
	}
	step := r.add(item{Kind: kindWireGuard, Peers: len(r.config.Peers)})
	step.action = actionChange
	return []Step{step}, nil
}

// lastSteps returns the step that removes a mark without default routes. While the rules
// exist, packets without the mark would go into the tunnel.
func (r *reloader) lastSteps() []Step {
	if !r.dropsMark() {
		return nil
	}
	return []Step{{action: actionRemove, item: item{Kind: kindMark, Mark: r.mark}, name: r.name}}
}

// applied returns the addresses after steps.
func applied(addresses []netip.Prefix, steps []Step) []netip.Prefix {
	addresses = slices.Clone(addresses)
	for _, s := range steps {
		if s.action == actionRemove {
			addresses = slices.DeleteFunc(addresses, func(a netip.Prefix) bool { return a == s.item.Prefix })
		} else {
			addresses = append(addresses, s.item.Prefix)
		}
	}
	return addresses
}
