package quick

import (
	"context"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/quick/internal/host"
	"github.com/wgctrl/wgctrl/quick/internal/saved"
	"github.com/wgctrl/wgctrl/wgconf"
)

// save writes the state of the interface t to its file.
func (s *system) save(ctx context.Context, t *Tunnel) error {
	return s.locked(ctx, t, func(e *engine) error {
		steps, err := e.planSave(ctx)
		if err != nil {
			return err
		}
		return e.run(ctx, steps)
	})
}

// planSave returns the step that saves the interface.
func (e *engine) planSave(ctx context.Context) ([]Step, error) {
	link, err := findLink(ctx, e.net, e.name)
	if err != nil {
		return nil, err
	}
	if link == nil {
		return nil, &notWireGuardError{e.name}
	}
	return []Step{saveStep(e.tunnel)}, nil
}

func saveStep(t *Tunnel) Step {
	return Step{item: item{Kind: kindSave, Word: t.Path}, name: t.Name, amnezia: t.amnezia()}
}

// saveFile replaces the file.
func (e *engine) saveFile(ctx context.Context) error {
	link, err := e.net.Link(ctx, e.name)
	if err != nil {
		return err
	}
	state, err := e.savedState(ctx, &link)
	if err != nil {
		return err
	}
	return e.record.save(e.tunnel, state)
}

// save writes the state to the file of t, and notes its new text.
func (r *record) save(t *Tunnel, state saved.State) error {
	f, sum := t.File, r.Text
	if f == nil {
		f = saved.New(t.Path, t.Settings, state)
	} else {
		if sum == "" {
			sum = fileHash(t)
		}
		var err error
		if f, err = saved.Edit(f, wgconf.DialectAWGQuick, state); err != nil {
			return err
		}
	}
	text := f.AppendTo(nil)
	if err := saved.Replace(t.Path, sum, text); err != nil {
		return err
	}
	if r.empty() && r.Commands == nil {
		return nil
	}
	r.Text = saved.Sum(text)
	return r.write()
}

// savedState returns the state to save, without the addresses that the kernel makes
// and the values that were chosen at up.
func (e *engine) savedState(ctx context.Context, link *host.Link) (saved.State, error) {
	state := saved.State{MTU: link.MTU, ChosenPort: e.record.Port, Lookup: func(name string) []netip.Addr { return e.lookup(ctx, name) }}
	if mark := e.record.find(kindMark); mark != nil {
		state.ChosenMark = mark.Mark
	}
	var err error
	if state.Device, err = e.devices.Device(ctx, e.name); err != nil {
		return state, err
	}
	addresses, err := e.net.Addresses(ctx, link.Index)
	for _, a := range addresses {
		if !a.Addr().IsLinkLocalUnicast() || slices.Contains(e.tunnel.Settings.Interface.Addresses, a) {
			state.Addresses = append(state.Addresses, a)
		}
	}
	return state, err
}
