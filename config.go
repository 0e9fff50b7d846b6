package wgctrl

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// ConfigureDevice changes the device with the given name, in the first backend
// that has it. It validates config before it sends anything, and does not modify
// it. Settings that config leaves unset stay as they are.
//
// Besides the errors of [Client.Device], the error ([*OpError]) wraps a [*wgtypes.FieldError],
// which is an fs.ErrInvalid, if config is invalid, and a [*PartialError] if a part of
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

// Capabilities says what the devices of one kind can do on this system, as
// [Client.Capabilities] returns it. A call that
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
// error ([*OpError]) wraps errors.ErrUnsupported if the Client has no backend for
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
