package wginternal

import (
	"context"
	"net/netip"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Remover removes single allowed IPs from a device that may not support it.
type Remover struct {
	// Unsupported says that the device is known not to support RemoveAllowedIPs.
	Unsupported bool
	// Send applies a change.
	Send func(ctx context.Context, c wgtypes.Config) error
	// IsRefusal reports whether an error of Send says that the device does not
	// support RemoveAllowedIPs.
	IsRefusal func(err error) bool
	// CleanUp is Send for a request that follows a failed one.
	CleanUp func(ctx context.Context, c wgtypes.Config) error
	// Read reads the whole device.
	Read func(ctx context.Context) (*wgtypes.Device, error)
}

// Remove applies removals, which SplitRemovals returned. It sends them unless
// Unsupported is set. If the device refuses them, it moves the prefixes to a new
// peer that has an unused key and removes that peer. fallback reports whether it
// tried that.
func (r Remover) Remove(ctx context.Context, removals wgtypes.Config) (fallback bool, err error) {
	if !r.Unsupported {
		if err := r.Send(ctx, removals); !r.IsRefusal(err) {
			return false, err
		}
	}
	return true, r.moveAway(ctx, removals)
}

// moveAway moves the prefixes that removals name to a peer that it removes. It
// reads the device first, so that it moves no prefix that another peer has now.
func (r Remover) moveAway(ctx context.Context, removals wgtypes.Config) error {
	have, err := r.Read(ctx)
	if err != nil {
		return err
	}
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		return err
	}
	dummy := key.PublicKey()
	for _, c := range moveRequests(owned(have, removals), dummy) {
		if err := r.Send(ctx, c); err != nil {
			r.removePeer(ctx, dummy)
			return err
		}
	}
	return nil
}

// removePeerTimeout is how long removePeer may take.
const removePeerTimeout = time.Second

// removePeer removes the peer k, which a failed request may have left with
// prefixes that no peer should have. ctx may have ended, which may be why the
// request failed, so removePeer has a timeout of its own instead. Its error is less
// important than that of the request.
func (r Remover) removePeer(ctx context.Context, k wgtypes.PublicKey) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removePeerTimeout)
	defer cancel()
	_ = r.CleanUp(ctx, wgtypes.Config{Peers: []wgtypes.PeerConfig{{PublicKey: k, Remove: true}}})
}

// owned returns the prefixes that removals name and that the named peers have in
// d.
func owned(d *wgtypes.Device, removals wgtypes.Config) []netip.Prefix {
	wanted := make(map[wgtypes.PublicKey]map[netip.Prefix]bool, len(removals.Peers))
	for _, p := range removals.Peers {
		if wanted[p.PublicKey] == nil {
			wanted[p.PublicKey] = make(map[netip.Prefix]bool, len(p.RemoveAllowedIPs))
		}
		for _, prefix := range p.RemoveAllowedIPs {
			wanted[p.PublicKey][prefix] = true
		}
	}
	var owned []netip.Prefix
	for _, p := range d.Peers {
		for _, prefix := range p.AllowedIPs {
			if wanted[p.PublicKey][prefix] {
				owned = append(owned, prefix)
			}
		}
	}
	return owned
}

// maxMoved is the largest number of prefixes in one request. A prefix takes at most
// 40 bytes in netlink, so that the request fits one message.
const maxMoved = 1000

// moveRequests returns requests that move prefixes to the new peer dummy and
// remove it. The peers keep their other prefixes all the time; replacing their
// lists would interrupt them.
func moveRequests(prefixes []netip.Prefix, dummy wgtypes.PublicKey) []wgtypes.Config {
	var requests []wgtypes.Config
	for len(prefixes) > 0 {
		n := min(len(prefixes), maxMoved)
		requests = append(requests, wgtypes.Config{Peers: []wgtypes.PeerConfig{
			{PublicKey: dummy, AllowedIPs: prefixes[:n]},
			{PublicKey: dummy, Remove: true},
		}})
		prefixes = prefixes[n:]
	}
	return requests
}
