package quick

import (
	"context"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
	"github.com/wgctrl/wgctrl/quick/internal/saved"
)

// save writes the state of the interface t to its file.
func (b *bsd) save(ctx context.Context, t *Tunnel) error {
	return b.locked(ctx, t, func(e *bsdEngine) error {
		steps, err := e.planSave()
		if err != nil {
			return err
		}
		return e.take(ctx, steps)
	})
}

// planSave returns the step that saves the interface.
func (e *bsdEngine) planSave() ([]Step, error) {
	switch {
	case e.tunnel.Path == "":
		return nil, &invalidError{"missing path of the file"}
	case e.device == "":
		return nil, &notWireGuardError{e.tunnel.Name}
	}
	return []Step{e.saveStep()}, nil
}

func (e *bsdEngine) saveStep() Step {
	s := saveStep(e.tunnel)
	s.command = "wg showconf " + e.device
	return s
}

// saveFile replaces the file. ifconfig shows the addresses with their lengths, which
// netstat does not.
func (e *bsdEngine) saveFile(ctx context.Context) error {
	d, err := e.devices.Device(ctx, e.device)
	if err != nil {
		return err
	}
	output, err := e.runner.Output(ctx, "ifconfig", e.device)
	if err != nil {
		return err
	}
	isSystem := func(a netip.Prefix) bool {
		return a.Addr().IsLinkLocalUnicast() && !slices.Contains(e.tunnel.Settings.Interface.Addresses, a)
	}
	return e.record.save(e.tunnel, saved.State{
		Device: d, MTU: bsdplan.ParseMTU(output), ChosenPort: e.record.Port,
		Addresses: slices.DeleteFunc(bsdplan.ParseAddresses(output), isSystem),
		Lookup:    func(name string) []netip.Addr { return e.lookup(ctx, name) },
	})
}
