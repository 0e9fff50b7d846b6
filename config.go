package wgctrl

import (
	"context"
	"errors"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// ConfigureDevice changes the device with the given name, in the first backend
// that has it. It validates config before it sends anything. Settings that
// config leaves unset stay as they are.
//
// Besides the errors of Device, it returns fs.ErrInvalid wrapping a
// *wgtypes.FieldError if config is invalid, and a *PartialError if something was
// sent before it failed: no backend applies a change atomically.
func (c *Client) ConfigureDevice(ctx context.Context, name string, config wgtypes.Config) error {
	if err := config.Validate(); err != nil {
		return &OpError{Op: opConfigure, Device: name, Err: err}
	}
	d, err := c.open(ctx, opConfigure, name)
	if err != nil {
		return err
	}
	defer d.Close()
	return opError(opConfigure, d.Ref(), d.Configure(ctx, wginternal.Normalize(config)))
}

// Diff returns the smallest change that makes have into what want, a valid
// Config, describes. Applying it once more, or to a device that is so already,
// is no change: the zero Config. It never replaces a list.
//
// As a description want is read like a change, in order and the last one wins,
// but for this:
//
//   - ReplacePeers removes the peers that want does not name. Those that it
//     names keep what it does not say, their sessions and counters among it.
//   - Any port meets ListenPort 0.
//   - The device's own key as a peer is ignored, even where it exists.
//   - A peer that want removes and adds again keeps its endpoint, unless want
//     has another one: an endpoint cannot be cleared.
//
// docs/semantics.md says more. have may be nil, for a device with nothing; it
// and want stay as they are.
func Diff(have *wgtypes.Device, want wgtypes.Config) wgtypes.Config {
	return wginternal.Diff(have, want, nil)
}

// SyncOptions says how SyncDevice reads a description. The zero value is the
// default.
type SyncOptions struct {
	// KeepEndpoints leaves the endpoint of a peer that shook hands within the
	// last 180 seconds, so that one that roamed is not cut off. The endpoint
	// is written by a later SyncDevice, when the session is over.
	KeepEndpoints bool
	// DryRun changes nothing: SyncDevice returns what it would send.
	DryRun bool
}

// SyncDevice makes the device of that name into what want describes: it reads
// the device and applies the Diff. What needs no change is not touched, so
// that sessions, counters and learned endpoints survive; when nothing does,
// nothing is sent. Reading and writing are two steps, between which others may
// change the device.
//
// It returns what was applied, or with DryRun would be; the zero Config for
// nothing. The *OpError is what ConfigureDevice's may be, or an ErrInterrupted;
// with a *PartialError the result is what was acknowledged, and want may be
// tried again.
func (c *Client) SyncDevice(ctx context.Context, name string, want wgtypes.Config, o SyncOptions) (applied wgtypes.Config, err error) {
	if err := want.Validate(); err != nil {
		return wgtypes.Config{}, &OpError{Op: opSync, Device: name, Err: err}
	}
	d, err := c.open(ctx, opSync, name)
	if err != nil {
		return wgtypes.Config{}, err
	}
	defer d.Close()
	applied, err = syncDevice(ctx, d, want, o)
	return applied, opError(opSync, d.Ref(), err)
}

func syncDevice(ctx context.Context, d wginternal.Device, want wgtypes.Config, o SyncOptions) (applied wgtypes.Config, err error) {
	have, err := wginternal.ReadDevice(ctx, d)
	if err != nil {
		return wgtypes.Config{}, err
	}
	change := wginternal.Diff(have, want, o.keepEndpoint(time.Now()))
	if o.DryRun || wginternal.IsEmpty(change) {
		return change, nil
	}
	err = d.Configure(ctx, change)
	var partial *wginternal.PartialError
	switch {
	case err == nil:
		return change, nil
	case errors.As(err, &partial):
		return partial.Applied, err
	}
	return wgtypes.Config{}, err
}

// keepEndpoint returns a function that reports whether a peer keeps its endpoint
// at the time now, or nil if no peer does.
func (o SyncOptions) keepEndpoint(now time.Time) func(wgtypes.Peer) bool {
	if !o.KeepEndpoints {
		return nil
	}
	return func(p wgtypes.Peer) bool { return p.Connected(now) }
}
