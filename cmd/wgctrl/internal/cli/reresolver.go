package cli

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/cmd/wgctrl/internal/termtext"
	"github.com/wgctrl/wgctrl/wgconf/resolve"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// tryTime is how long a peer has an address before the next one is tried.
const tryTime = 15 * time.Second

// reresolver gives silent peers the current addresses of their host names.
type reresolver struct {
	client   *wgctrl.Client
	resolver resolve.Resolver
	now      func() time.Time
	path     func(wgtypes.DeviceRef) string // of a device's file
	force    bool                           // include peers that are not silent
	dryRun   bool                           // change nothing
	watch    bool                           // there are several rounds
	tried    map[peerID]attempt             // of the previous round
	sent     map[peerID]uint64              // bytes sent until the previous round
}

// peerID identifies a peer of all devices.
type peerID struct {
	device wgtypes.DeviceRef
	key    wgtypes.PublicKey
}

// attempt is the endpoint that was chosen for a peer, and since when.
type attempt struct {
	to    netip.AddrPort
	since time.Time
}

// endpointChange is a new endpoint of a peer.
type endpointChange struct {
	hostPeer
	to netip.AddrPort
}

func (c endpointChange) String() string {
	from := "(none)"
	if c.from.IsValid() {
		from = c.from.String()
	}
	return fmt.Sprintf("%s: %s -> %s (%s)", c.hostPeer, from, c.to, termtext.Clean(c.host.Host))
}

// round looks up the host names of silent peers once and changes their endpoints. It
// handles the named devices or, without names, all devices that have a file. An error
// about one device or name does not stop the others.
func (r *reresolver) round(ctx context.Context, names []string) ([]endpointChange, []error) {
	all, errs := r.hostPeers(ctx, names)
	peers := r.selectPeers(all)
	found := r.lookupAll(ctx, peers)
	tried := make(map[peerID]attempt)
	var changes []endpointChange
	for _, p := range peers {
		result := found[p.host.Host]
		if result.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p, &lookupError{result.err}))
			continue
		}
		to, last := r.choose(p, result.addrs)
		tried[p.peerID] = last
		if to != p.from {
			changes = append(changes, endpointChange{p, to})
		}
	}
	r.tried = tried
	if r.dryRun || ctx.Err() != nil {
		return changes, errs
	}
	done, failed := r.apply(ctx, changes)
	return done, append(errs, failed...)
}

// selectPeers returns the peers to look up: those that are silent or, with --force, all
// of them. It remembers what each has sent.
func (r *reresolver) selectPeers(all []hostPeer) (peers []hostPeer) {
	r.sent = make(map[peerID]uint64, len(all))
	for _, p := range all {
		r.sent[p.peerID] = p.sent
		if p.silent || r.force {
			peers = append(peers, p)
		}
	}
	return peers
}

// choose returns the endpoint for a peer whose host name has these addresses, and the
// attempt to remember. A peer with a session keeps an address that the name still has.
// An idle one does, too, unless the resolver prefers the other family: it sorts
// addresses without a route to the end.
func (r *reresolver) choose(p hostPeer, addrs []netip.Addr) (netip.AddrPort, attempt) {
	all := make([]netip.AddrPort, len(addrs))
	for i, a := range addrs {
		all[i] = netip.AddrPortFrom(a, p.host.Port)
	}
	if !p.silent || p.idle {
		to := all[0]
		if slices.Contains(all, p.from) && (!p.silent || p.from.Addr().Is4() == to.Addr().Is4()) {
			to = p.from
		}
		return to, attempt{to, r.now()}
	}
	last := p.from
	if before, ok := r.tried[p.peerID]; ok {
		if r.now().Sub(before.since) < tryTime && slices.Contains(all, before.to) {
			return p.from, before
		}
		last = before.to
	}
	to := nextEndpoint(all, last)
	return to, attempt{to, r.now()}
}

// nextEndpoint returns the endpoint to try after last: the first one if last is not
// among them, and the next higher one otherwise. The order of an answer can change
// with each lookup, and some of its addresses would never be tried in that order.
func nextEndpoint(all []netip.AddrPort, last netip.AddrPort) netip.AddrPort {
	if !slices.Contains(all, last) {
		return all[0]
	}
	sorted := slices.Compact(slices.SortedFunc(slices.Values(all), netip.AddrPort.Compare))
	return sorted[(slices.Index(sorted, last)+1)%len(sorted)]
}

// apply changes the endpoints, device by device, and returns the changes that it made.
func (r *reresolver) apply(ctx context.Context, changes []endpointChange) (done []endpointChange, errs []error) {
	for len(changes) > 0 {
		device := changes[0].device
		n := slices.IndexFunc(changes, func(c endpointChange) bool { return c.device != device })
		if n < 0 {
			n = len(changes)
		}
		var config wgtypes.Config
		for _, c := range changes[:n] {
			config.Peers = append(config.Peers, wgtypes.PeerConfig{PublicKey: c.key, UpdateOnly: true, Endpoint: c.to})
		}
		if err := r.client.Only(device).ConfigureDevice(ctx, device.Name, config); err != nil {
			errs = append(errs, err)
			for _, c := range changes[:n] {
				delete(r.tried, c.peerID)
			}
		} else {
			done = append(done, changes[:n]...)
		}
		changes = changes[n:]
	}
	return done, errs
}
