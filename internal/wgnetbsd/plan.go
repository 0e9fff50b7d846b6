package wgnetbsd

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// plan is what Configure sends.
//
// The elements of its parts are commands. An element either removes a peer or, if it has
// no Remove, adds a peer that does not exist, with all its settings.
type plan struct {
	parts []wgtypes.Config
	names map[wgtypes.PublicKey]string // of existing and of new peers
}

// unsupported returns an errors.ErrUnsupported.
func unsupported(format string, args ...any) error {
	return wginternal.Tag(errors.ErrUnsupported, fmt.Errorf(format, args...))
}

// checkSupported returns an errors.ErrUnsupported for settings that the kernel does not
// have.
func checkSupported(c wgtypes.Config) error {
	if c.FirewallMark != nil && *c.FirewallMark != 0 {
		return unsupported("firewall mark %d: NetBSD has no firewall marks", *c.FirewallMark)
	}
	for i := range c.Peers {
		if p := &c.Peers[i]; p.PersistentKeepalive != nil && *p.PersistentKeepalive != 0 {
			return unsupported("peer %s: keepalive interval %v: NetBSD has no keepalive intervals", p.PublicKey, *p.PersistentKeepalive)
		}
	}
	return nil
}

// newPlan returns the commands that lead from have to the state that c describes. c is
// normalized, and its zones are numbers.
func newPlan(have *state, c wgtypes.Config) (*plan, error) {
	// The kernel's reply is not a snapshot, so a prefix may have two owners in it. Apply
	// settles that for both states.
	b := planner{
		before: wginternal.Apply(&have.device, wgtypes.Config{}),
		after:  wginternal.Apply(&have.device, c),
		plan:   plan{names: make(map[wgtypes.PublicKey]string)},
		used:   make(map[string]bool),
	}
	for i, p := range have.device.Peers {
		b.plan.names[p.PublicKey] = have.names[i]
		b.used[have.names[i]] = true
	}
	b.old, b.new = wginternal.PeersByKey(b.before), wginternal.PeersByKey(b.after)
	b.settings()
	b.removals()
	b.additions()
	return &b.plan, b.err
}

type planner struct {
	before, after *wgtypes.Device
	old, new      map[wgtypes.PublicKey]*wgtypes.Peer
	plan          plan
	used          map[string]bool // names
	err           error           // the first one
}

func (b *planner) add(part wgtypes.Config) { b.plan.parts = append(b.plan.parts, part) }

func (b *planner) fail(format string, args ...any) {
	if b.err == nil {
		b.err = unsupported(format, args...)
	}
}

// settings plans the port, which may be in use, and the private key. Setting that also
// removes the peer with the same key, as on Linux. Port 0 stands for any port, also for
// the one that the device has.
func (b *planner) settings() {
	port, old := b.after.ListenPort, b.before.ListenPort
	if port != 0 && port != old {
		if old != 0 {
			b.fail("listen port %d: NetBSD cannot change the port of a device, which is %d; destroy the interface and create it again", port, old)
		}
		b.add(wgtypes.Config{ListenPort: &port})
	}
	key := b.after.PrivateKey
	if key.Clamped().Equal(b.before.PrivateKey.Clamped()) {
		return
	}
	if key.IsZero() {
		b.fail("NetBSD cannot remove the private key of a device")
	}
	part := wgtypes.Config{PrivateKey: &key}
	if own := b.after.PublicKey; b.old[own] != nil {
		part.Peers = append(part.Peers, b.removal(own))
	}
	b.add(part)
}

// removals plans the removal of peers that do not exist afterwards.
func (b *planner) removals() {
	for i := range b.before.Peers {
		if k := b.before.Peers[i].PublicKey; b.new[k] == nil && b.old[k] != nil {
			b.add(wgtypes.Config{Peers: []wgtypes.PeerConfig{b.removal(k)}})
		}
	}
}

// removal returns the element that removes an existing peer, and forgets the peer.
func (b *planner) removal(k wgtypes.PublicKey) wgtypes.PeerConfig {
	if b.plan.names[k] == "" {
		b.fail("peer %s has no name: NetBSD changes and removes only peers with a name", k)
	}
	delete(b.old, k)
	return wgtypes.PeerConfig{PublicKey: k, Remove: true}
}

// additions plans each peer that is new or changes. The owner of a prefix is removed
// before another peer gets it. If it was not changed yet, it is added again later. Otherwise
// each peer is missing only between two commands.
func (b *planner) additions() {
	changed, owner := b.changed()
	for _, p := range changed {
		var elements []wgtypes.PeerConfig
		for _, prefix := range p.AllowedIPs {
			if k, ok := owner[prefix]; ok && k != p.PublicKey && b.old[k] != nil {
				b.add(wgtypes.Config{Peers: []wgtypes.PeerConfig{b.removal(k)}})
			}
		}
		if b.old[p.PublicKey] != nil {
			elements = append(elements, b.removal(p.PublicKey))
		}
		b.add(wgtypes.Config{Peers: append(elements, b.addition(p))})
	}
}

// changed returns the peers to add, and the current owners of prefixes.
func (b *planner) changed() (list []*wgtypes.Peer, owner map[netip.Prefix]wgtypes.PublicKey) {
	owner = make(map[netip.Prefix]wgtypes.PublicKey)
	for i := range b.after.Peers {
		p := &b.after.Peers[i]
		old := b.old[p.PublicKey]
		if old != nil && isSame(old, p) {
			continue
		}
		list = append(list, p)
		if old != nil {
			for _, prefix := range old.AllowedIPs {
				owner[prefix] = p.PublicKey
			}
		}
	}
	return list, owner
}

// isSame reports whether a peer has the same settings before and after a change. The order
// of allowed IPs has no effect.
func isSame(a, b *wgtypes.Peer) bool {
	if a.Endpoint != b.Endpoint || !a.PresharedKey.Equal(b.PresharedKey) || len(a.AllowedIPs) != len(b.AllowedIPs) {
		return false
	}
	if slices.Equal(a.AllowedIPs, b.AllowedIPs) {
		return true
	}
	has := make(map[netip.Prefix]bool, len(a.AllowedIPs))
	for _, prefix := range a.AllowedIPs {
		has[prefix] = true
	}
	return !slices.ContainsFunc(b.AllowedIPs, func(prefix netip.Prefix) bool { return !has[prefix] })
}

// addition returns the element that adds p, and names p.
func (b *planner) addition(p *wgtypes.Peer) wgtypes.PeerConfig {
	if n := len(p.AllowedIPs); n > maxAllowedIPs {
		b.fail("peer %s would have %d allowed IPs: NetBSD has room for %d", p.PublicKey, n, maxAllowedIPs)
	}
	if b.plan.names[p.PublicKey] == "" {
		name := b.newName(p.PublicKey)
		b.plan.names[p.PublicKey], b.used[name] = name, true
	}
	c := wgtypes.PeerConfig{PublicKey: p.PublicKey, Endpoint: p.Endpoint, AllowedIPs: p.AllowedIPs}
	if !p.PresharedKey.IsZero() {
		c.PresharedKey = &p.PresharedKey
	}
	return c
}

// newName returns the name for a new peer: the first characters of its key or, if another
// peer has that name, later ones.
func (b *planner) newName(k wgtypes.PublicKey) (name string) {
	text := k.String()
	for i := 0; i+maxName < len(text); i++ {
		if name = text[i : i+maxName]; !b.used[name] {
			break
		}
	}
	return name
}
