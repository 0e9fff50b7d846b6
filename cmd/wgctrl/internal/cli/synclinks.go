package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// newKind returns the kind of a kernel device that can have the settings of want.
// Without those of AmneziaWG, it is the first kernel kind of --backend.
func (cf clientFlags) newKind(want wgtypes.Config) wgtypes.Kind {
	if hasAmnezia(want) {
		return wgtypes.KindAmneziaKernel
	}
	kinds, _ := cf.kinds() // on an error, no Client is opened
	if i := slices.IndexFunc(kinds, func(k wgtypes.Kind) bool { return !isUserspace(k) }); i >= 0 {
		return kinds[i]
	}
	return wgtypes.KindKernel
}

// hasAmnezia reports whether a description has settings that only AmneziaWG has.
func hasAmnezia(c wgtypes.Config) bool {
	isRange := func(p wgtypes.PeerConfig) bool { return p.PersistentKeepaliveMax > 0 }
	return c.Amnezia != nil && !c.Amnezia.IsZero() || slices.ContainsFunc(c.Peers, isRange)
}

// create creates the missing device of a job and makes it what the file says. A dry run
// only finds the change of a new device.
func (j *syncJob) create(ctx context.Context, c *wgctrl.Client, o wgctrl.SyncOptions) error {
	view := c.Only(wgtypes.DeviceRef{Kind: j.newKind})
	j.result.action = actionCreate
	if o.DryRun {
		return j.planCreate(ctx, view)
	}
	if err := view.CreateDevice(ctx, j.device, wgctrl.LinkOptions{}); err != nil {
		return err
	}
	if err := j.result.sync(ctx, view, j.device, j.want, o); err != nil {
		return fmt.Errorf("%w; %q was created before and still exists", err, j.device)
	}
	return nil
}

// planCreate sets the result of a dry run for a missing device, if its name is free.
func (j *syncJob) planCreate(ctx context.Context, view *wgctrl.Client) error {
	_, err := view.Link(ctx, j.device)
	switch {
	case err == nil: // created since the devices were listed
		return &wgctrl.OpError{Op: "create", Device: j.device, Kind: j.newKind, Err: fs.ErrExist}
	case !errors.Is(err, fs.ErrNotExist):
		if op, ok := errors.AsType[*wgctrl.OpError](err); ok {
			err = op.Err
		}
		return &wgctrl.OpError{Op: "create", Device: j.device, Kind: j.newKind, Err: err}
	}
	have := &wgtypes.Device{Name: j.device, Kind: j.newKind}
	if isAmneziaKind(j.newKind) {
		have.Amnezia = new(wgtypes.DefaultAmnezia())
	}
	j.result.have, j.result.change = have, wgctrl.Diff(have, j.want)
	return nil
}

// prune removes devices or, in a dry run, none, and returns the jobs. It reports the
// devices that it cannot remove on w.
func prune(ctx context.Context, w io.Writer, c *wgctrl.Client, refs []wgtypes.DeviceRef, dryRun bool) (jobs []*syncJob) {
	for _, ref := range refs {
		if can, err := c.Capabilities(ref.Kind); isUserspace(ref.Kind) || err != nil || !can.Links {
			fmt.Fprintf(w, "wgctrl: %s: no file names this %v device, but it cannot be removed\n", termtext.Clean(ref.Name), ref.Kind)
			continue
		}
		have := &wgtypes.Device{Name: ref.Name, Kind: ref.Kind, Index: ref.Index}
		job := &syncJob{device: ref.Name, result: syncResult{have: have, action: actionRemove, dryRun: dryRun}}
		if !dryRun {
			job.err = c.Only(ref).DeleteDevice(ctx, ref.Name)
		}
		if errors.Is(job.err, fs.ErrNotExist) {
			job.err = nil // it is gone already
		}
		jobs = append(jobs, job)
	}
	return jobs
}
