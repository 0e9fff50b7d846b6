package quick

import (
	"context"
	"runtime"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/quick/internal/bsdplan"
	"github.com/wgctrl/wgctrl/wgconf"
)

// platform does what the functions of this package do: a *system by netlink on Linux,
// a *bsd by commands on FreeBSD, OpenBSD and macOS. resolved are the Settings of t with
// addresses instead of host names.
type platform interface {
	up(ctx context.Context, t *Tunnel, resolved *wgconf.Settings) error
	down(ctx context.Context, t *Tunnel) error
	reload(ctx context.Context, t *Tunnel, resolved *wgconf.Settings) error
	save(ctx context.Context, t *Tunnel) error
	// plan returns the steps of v. VerbDown and VerbSave need no resolved.
	plan(ctx context.Context, v Verb, t *Tunnel, resolved *wgconf.Settings) ([]Step, error)
}

// newPlatform returns the platform of this system for t. The caller closes it with the
// function.
func newPlatform(c *wgctrl.Client, t *Tunnel, o *Options) (platform, func(), error) {
	if kind, ok := bsdplan.SystemOf(runtime.GOOS); ok {
		b, err := newBSD(kind, c, t, o)
		return b, func() {}, err
	}
	return newSystem(c, t, o)
}

// plan returns the steps of v.
func (s *system) plan(ctx context.Context, v Verb, t *Tunnel, resolved *wgconf.Settings) ([]Step, error) {
	if v == VerbUp {
		return s.planUp(ctx, t, resolved)
	}
	e, err := s.engine(t)
	if err != nil {
		return nil, err
	}
	switch v {
	case VerbDown:
		plan, err := e.planDown(ctx, t)
		return plan.steps(), err
	case VerbSave:
		return e.planSave(ctx)
	}
	r, err := e.reloader(ctx, resolved)
	if err != nil {
		return nil, err
	}
	return e.planReload(ctx, r)
}
