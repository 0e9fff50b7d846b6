package wgctrl

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// ConfigureDevice changes the device with the given name, in the first backend
// that has it. It validates config before it sends anything. Settings that
// config leaves unset stay as they are.
//
// Besides the errors of Device, the error (*OpError) wraps a *wgtypes.FieldError,
// which is an fs.ErrInvalid, if config is invalid, and a *PartialError if a part of
// it may have been applied: no backend applies a change atomically.
func (c *Client) ConfigureDevice(ctx context.Context, name string, config wgtypes.Config) error {
	if err := wginternal.Validate(config, c.zeroKeys); err != nil {
		return &OpError{Op: opConfigure, Device: name, Err: err}
	}
	d, err := c.open(ctx, opConfigure, name)
	if err != nil {
		return err
	}
	defer d.Close()
	can := c.capabilities(d.Ref().Kind)
	config = wginternal.Normalize(config)
	if err = can.check(d.Ref().Kind, config); err == nil {
		if !can.Amnezia {
			config.Amnezia = nil // it sets only what the device has
		}
		err = configure(ctx, d, config, c.progressOf(opConfigure, d.Ref()))
	}
	return opError(opConfigure, d.Ref(), err)
}

// configure applies config, which is valid and normal, to an open device.
func configure(ctx context.Context, d wginternal.Device, config wgtypes.Config, progress wginternal.Progress) error {
	err := d.Configure(ctx, config, progress)
	if config.ListenPort == nil {
		return err
	}
	return withPort(*config.ListenPort, err)
}

// Capabilities says what the devices of one kind can do on this system. A call that
// needs more fails with an error that wraps errors.ErrUnsupported before it changes
// anything. Some limits have no field: on NetBSD, the port of a device cannot be changed,
// and its private key cannot be removed.
type Capabilities struct {
	// Links reports whether Link, CreateDevice, SetLink and DeleteDevice work.
	Links bool
	// NetNS reports whether WithNetNS and LinkOptions.NetNS work.
	NetNS bool
	// FirewallMark reports whether Config.FirewallMark may be other than 0.
	FirewallMark bool
	// PersistentKeepalive reports whether PeerConfig.PersistentKeepalive may be other
	// than 0.
	PersistentKeepalive bool
	// UpdateOnly reports whether PeerConfig.UpdateOnly may be set.
	UpdateOnly bool
	// Amnezia reports whether Config.Amnezia may set other values than the defaults (see
	// wgtypes.DefaultAmnezia), and PeerConfig.PersistentKeepaliveMax a range. It is true for
	// all userspace devices and devices of this process, because only the device shows
	// whether it is one of AmneziaWG; if not, the call fails with errors.ErrUnsupported.
	Amnezia bool
	// MaxAllowedIPs is the largest number of allowed IPs of a peer. Zero means no
	// limit.
	MaxAllowedIPs int
}

// Capabilities returns what devices of this kind can do, without asking one. The
// error (*OpError) wraps errors.ErrUnsupported if the Client has no backend for
// the kind.
func (c *Client) Capabilities(kind wgtypes.Kind) (Capabilities, error) {
	if !slices.ContainsFunc(c.backends, func(b wginternal.Backend) bool { return b.Kind() == kind }) {
		err := wginternal.Tag(errors.ErrUnsupported, fmt.Errorf("this client has no backend for %v devices", kind))
		return Capabilities{}, &OpError{Op: opCapabilities, Kind: kind, Err: err}
	}
	return c.capabilities(kind), nil
}

func (c *Client) capabilities(kind wgtypes.Kind) Capabilities {
	for _, b := range c.backends {
		if b.Kind() == kind {
			return Capabilities(b.Capabilities())
		}
	}
	return Capabilities{}
}

// firstAmnezia returns the name of the first parameter that c sets to another value than
// the default, which is what a WireGuard device has, or "". c may be nil.
func firstAmnezia(c *wgtypes.AmneziaConfig) string {
	if c == nil {
		return ""
	}
	if c = wginternal.DiffAmnezia(nil, *c); c == nil {
		return ""
	}
	for _, p := range wgtypes.AmneziaParameters() {
		if p.IsSet(c) {
			return p.Key()
		}
	}
	return ""
}

// check returns an errors.ErrUnsupported that names the first setting of config, which is
// normal, that devices of this kind do not have.
func (can Capabilities) check(kind wgtypes.Kind, config wgtypes.Config) error {
	unsupported := func(format string, args ...any) error {
		setting := fmt.Sprintf(format, args...)
		return wginternal.Tag(errors.ErrUnsupported, fmt.Errorf("%s: not supported by %v devices on %s", setting, kind, runtime.GOOS))
	}
	if mark := config.FirewallMark; mark != nil && *mark != 0 && !can.FirewallMark {
		return unsupported("FirewallMark")
	}
	if key := firstAmnezia(config.Amnezia); key != "" && !can.Amnezia {
		return unsupported("Amnezia.%s", key)
	}
	for i := range config.Peers {
		p := &config.Peers[i]
		switch n := len(p.AllowedIPs); {
		case p.Remove:
		case p.UpdateOnly && !can.UpdateOnly:
			return unsupported("peer %d (%s): UpdateOnly", i, p.PublicKey)
		case p.PersistentKeepalive != nil && *p.PersistentKeepalive != 0 && !can.PersistentKeepalive:
			return unsupported("peer %d (%s): PersistentKeepalive", i, p.PublicKey)
		case p.PersistentKeepaliveMax != 0 && !can.Amnezia:
			return unsupported("peer %d (%s): PersistentKeepaliveMax", i, p.PublicKey)
		case can.MaxAllowedIPs != 0 && n > can.MaxAllowedIPs:
			return unsupported("peer %d (%s): %d allowed IPs, more than %d", i, p.PublicKey, n, can.MaxAllowedIPs)
		}
	}
	return nil
}

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
// docs/semantics.md has the details.
func Diff(have *wgtypes.Device, want wgtypes.Config) wgtypes.Config {
	return wginternal.Diff(have, want, nil)
}

// SyncOptions configures SyncDevice. The zero value is the default.
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
}

// SyncDevice makes the device with the given name match the description want: it
// reads the device and sends the Diff. Settings that match already are not sent,
// so that sessions, counters and learned endpoints survive; if all match, nothing
// is sent. The device may be changed by others between reading and writing.
//
// It returns the change that was applied or, with DryRun, would be. It is the zero
// Config if nothing differs. Errors are those of ConfigureDevice. With a
// *PartialError the result is what was acknowledged, and SyncDevice may be tried
// again.
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
