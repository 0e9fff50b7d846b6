package quick

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
)

// Up creates the interface t. If it fails, it removes what it has made.
//
// Errors wrap fs.ErrExist if an interface with this name exists, fs.ErrInvalid if the
// name or the settings are invalid, or the error of a step: that of a hook wraps an
// *exec.ExitError.
func Up(ctx context.Context, c *wgctrl.Client, t *Tunnel, o Options) error {
	return run(c, VerbUp, t, &o, func(s platform) error {
		resolved, err := resolveNames(ctx, t, &o)
		if err != nil {
			return err
		}
		return s.up(ctx, t, resolved)
	})
}

// Down removes the interface t, and what an interrupted Up or Down left of it. It also
// removes interfaces that wg-quick made.
//
// Errors wrap fs.ErrNotExist if nothing of the interface exists, or the error of a
// step. If a PreDown hook fails, the interface stays.
func Down(ctx context.Context, c *wgctrl.Client, t *Tunnel, o Options) error {
	return run(c, VerbDown, t, &o, func(s platform) error {
		return s.down(ctx, t)
	})
}

// Reload changes the running interface t to match its settings: WireGuard's
// configuration, addresses, MTU, DNS servers, routes, rules and firewall. It changes
// only what differs: peers keep their sessions, and peers with a session keep their
// endpoints. It does not run hooks. It also reloads interfaces that wg-quick made.
//
// Everything is checked before the first change. Errors wrap fs.ErrNotExist if the
// interface does not exist, fs.ErrInvalid if the settings are invalid or empty, or the
// error of a step.
func Reload(ctx context.Context, c *wgctrl.Client, t *Tunnel, o Options) error {
	return run(c, VerbReload, t, &o, func(s platform) error {
		resolved, err := resolveNames(ctx, t, &o)
		if err != nil {
			return err
		}
		return s.reload(ctx, t, resolved)
	})
}

// Save writes the state of the running interface t to the file at its path. The lines
// that still describe the interface stay as they are, with their comments; so do host
// names that resolve to the current endpoint, and what no interface shows, such as
// hooks. A port or mark that Up chose stays out of the file.
//
// Errors wrap fs.ErrNotExist if the interface does not exist, or fs.ErrInvalid if the
// path is missing. Save refuses to replace a file that changed since Up or Reload.
func Save(ctx context.Context, c *wgctrl.Client, t *Tunnel, o Options) error {
	return run(c, VerbSave, t, &o, func(s platform) error {
		return s.save(ctx, t)
	})
}

// Plan returns the steps that the function v would take now. It changes nothing. Errors
// are those of the function, or wrap fs.ErrInvalid if v is not a verb.
func Plan(ctx context.Context, c *wgctrl.Client, v Verb, t *Tunnel, o Options) (steps []Step, err error) {
	if v > VerbSave {
		return nil, &invalidError{fmt.Sprintf("plan: invalid verb %d", v)}
	}
	err = run(c, v, t, &o, func(s platform) error {
		var resolved *wgconf.Settings
		if v == VerbUp || v == VerbReload {
			if resolved, err = resolveNames(ctx, t, &o); err != nil {
				return err
			}
		}
		steps, err = s.plan(ctx, v, t, resolved)
		return err
	})
	return steps, err
}

// run calls f with the system of t, and adds the verb and the name to its error.
func run(c *wgctrl.Client, v Verb, t *Tunnel, o *Options, f func(platform) error) error {
	err := checkName(t.Name)
	if err == nil && t.Settings == nil && v != VerbDown {
		err = &invalidError{"missing settings"}
	}
	if err == nil && t.Path == "" && (v == VerbSave || v == VerbDown && t.Settings != nil && t.Settings.Interface.SaveConfig) {
		err = &invalidError{"missing path of the file to save"}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", v, err)
	}
	s, closePlatform, err := newPlatform(c, t, o)
	if err == nil {
		defer closePlatform()
		err = f(s)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", v, t.Name, err)
	}
	return nil
}

// maxName is the largest length of the name of an interface.
const maxName = 15

// checkName returns an error if wg-quick does not accept the name of an interface.
func checkName(name string) error {
	const other = "_=+.-"
	valid := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(other, r)
	}
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return !valid(r) }) {
		return &invalidError{fmt.Sprintf("invalid interface name %q: must be 1 to %d letters, digits and %s", name, maxName, other)}
	}
	return nil
}

// invalidError is an error that wraps fs.ErrInvalid.
type invalidError struct{ text string }

func (e *invalidError) Error() string        { return e.text }
func (e *invalidError) Is(target error) bool { return target == fs.ErrInvalid }

// resolveNames returns the Settings of t with addresses instead of host names.
func resolveNames(ctx context.Context, t *Tunnel, o *Options) (*wgconf.Settings, error) {
	s := *t.Settings
	s.Peers = slices.Clone(s.Peers)
	options := o.Resolve
	if o.ResolveLater {
		options.KeepGoing = true
		if options.Retries == 0 {
			options.Retries = resolve.RetryNever
		}
	}
	err := resolve.Settings(ctx, &s, options)
	var unresolved *resolve.UnresolvedError
	if o.ResolveLater && errors.As(err, &unresolved) && ctx.Err() == nil {
		o.warn(err)
		return &s, nil
	}
	return &s, err
}
