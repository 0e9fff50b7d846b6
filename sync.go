package wgctrl

import (
	"context"
	"errors"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Diff returns the smallest change after which a device with the state have
// matches the description want, which must be valid. It returns the zero Config if
// the device matches already. The change sets neither ReplacePeers nor
// ReplaceAllowedIPs. A nil have means a device without settings.
//
// A description is applied like a change, in order, so that the last setting wins,
// with these exceptions:
//
//   - ReplacePeers removes the peers that want does not name. The peers that it
//     names keep what it does not set, including sessions and counters. With
//     boringtun, GotaTun and on NetBSD, a peer that changes loses its session and
//     counters.
//   - ListenPort 0 matches any port.
//   - A peer with the device's own key is ignored, even if it exists.
//   - A peer that want removes and adds again keeps its endpoint, unless want sets
//     another one: an endpoint cannot be cleared.
//
// Diff modifies neither argument. Its result may refer to memory of want.
// docs/semantics.md has the details.
func Diff(have *wgtypes.Device, want wgtypes.Config) wgtypes.Config {
	return wginternal.Diff(have, want, nil)
}

// Apply returns the state of a device with the state have after change, which must be
// valid. A nil have means a device without settings. What only the device knows does not
// change: Apply chooses no port instead of 0, and no index. Apply modifies neither
// argument. Its result may refer to memory of have.
//
// Apply(have, Diff(have, want)) matches want.
func Apply(have *wgtypes.Device, change wgtypes.Config) *wgtypes.Device {
	if have == nil {
		have = new(wgtypes.Device)
	}
	return wginternal.Apply(have, change)
}

// SyncOptions configures [Client.SyncDevice]. The zero value is the default.
type SyncOptions struct {
	// KeepEndpoints does not change the endpoint of a peer that has a session
	// (see Peer.Connected), so that a peer that roamed is not cut off. A later
	// SyncDevice changes it, when the session is over.
	KeepEndpoints bool
	// DryRun makes SyncDevice return the change without sending it. If the system hides
	// a key from the caller (see Device.PrivateKey and Peer.PresharedKey of package
	// wgtypes), the change may set this key even though it matches. A device may refuse
	// a change of AmneziaWG parameters that DryRun returns: see docs/semantics.md.
	DryRun bool
	// Review, if not nil, is called with the state that SyncDevice read and the change,
	// before it sends the change, so that the caller can log or refuse it. With an error,
	// SyncDevice sends nothing and returns an error that wraps it.
	//
	// Review is called once, also with DryRun and if nothing differs (the change is then
	// the zero Config), but not after an error, such as that of a setting that the device
	// does not support. It may keep have, must not modify change, and may use the Client.
	// The context of SyncDevice goes on while it runs, and so do changes by others. have
	// and change contain secrets; wgtypes.AppendChange describes them without.
	Review func(have *wgtypes.Device, change wgtypes.Config) error
}

// SyncDevice makes the device with the given name match the description want: it
// reads the device and sends the [Diff]. Settings that match already are not sent,
// so that sessions, counters and learned endpoints survive; if all match, nothing
// is sent. The device may be changed by others between reading and writing.
//
// It returns the change that was applied or, with DryRun, would be. It is the zero
// Config if nothing differs, and may refer to memory of want. Errors are those of
// [Client.ConfigureDevice]. With a [*PartialError] the result is what was acknowledged, and
// SyncDevice may be tried again.
func (c *Client) SyncDevice(ctx context.Context, name string, want wgtypes.Config, o SyncOptions) (applied wgtypes.Config, err error) {
	if err := wginternal.Validate(want, c.zeroKeys); err != nil {
		return wgtypes.Config{}, &OpError{Op: opSync, Device: name, Err: err}
	}
	d, err := c.open(ctx, opSync, name)
	if err != nil {
		return wgtypes.Config{}, err
	}
	defer d.Close()
	applied, err = c.syncDevice(ctx, d, want, o)
	return applied, opError(opSync, d.Ref(), err)
}

func (c *Client) syncDevice(ctx context.Context, d wginternal.Device, want wgtypes.Config, o SyncOptions) (applied wgtypes.Config, err error) {
	progress := c.progressOf(opSync, d.Ref())
	have, err := wginternal.ReadDevice(ctx, d, progress)
	if err != nil {
		return wgtypes.Config{}, err
	}
	change := wginternal.Diff(have, want, o.keepEndpoint(time.Now()))
	can := c.capabilities(d.Ref().Kind)
	if !can.UpdateOnly {
		// Diff has resolved the UpdateOnly of want. Its own UpdateOnly only keeps
		// peers that were removed since the reading from being created again.
		for i := range change.Peers {
			change.Peers[i].UpdateOnly = false
		}
	}
	if err := can.check(d.Ref().Kind, change); err != nil {
		return wgtypes.Config{}, err
	}
	if change.Amnezia != nil {
		if err := wginternal.MergeAmnezia(have.Amnezia, *change.Amnezia).Validate(); err != nil {
			return wgtypes.Config{}, err
		}
	}
	if o.Review != nil {
		if err := o.Review(have, change); err != nil {
			return wgtypes.Config{}, err
		}
	}
	if o.DryRun || change.IsZero() {
		return change, nil
	}
	err = configure(ctx, d, change, progress)
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
