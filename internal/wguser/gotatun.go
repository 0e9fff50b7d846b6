package wguser

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// errGotaTunKeyFirst is returned instead of sending a request that would crash
// GotaTun.
var errGotaTunKeyFirst = keyFirst(nameGotaTun)

// configureGotaTun sends only peers that change, each with all of its settings:
// GotaTun ends the session of every peer that a request names.
func (s *session) configureGotaTun(c wgtypes.Config) error {
	if err := checkKeyIsKept(&c, nameGotaTun); err != nil {
		return err
	}
	if len(c.Peers) == 0 && c.PrivateKey == nil {
		return s.sendGotaTun(c)
	}
	if err := s.daemon.checkZones(c, nameGotaTun); err != nil {
		return err
	}
	have, err := s.read()
	if err != nil {
		return err
	}
	s.asked = true
	change, err := gotatunChange(have, c)
	if err != nil {
		return err
	}
	return s.sendGotaTun(change)
}

// sendGotaTun sends c and explains the errors of GotaTun.
func (s *session) sendGotaTun(c wgtypes.Config) error {
	if s.asked && c.IsZero() {
		return nil
	}
	err := s.set(s.ctx, c)
	if noReply, ok := errors.AsType[*noReplyError](err); ok {
		return &noReplyError{noReply.path, noReply.err, "the daemon does not understand a line of the request, or has crashed"}
	}
	if isErrno(err, errno.EINVAL) {
		return s.explainSockets(c, err)
	}
	return err
}

// explainSockets explains EINVAL from GotaTun: it has stored c, but cannot open its
// UDP sockets with the new settings. GotaTun tries again only if a setting changes, so
// explainSockets restores the old port. It reads the device to find out whether it has
// sockets now.
func (s *session) explainSockets(c wgtypes.Config, refusal error) error {
	if c.ListenPort != nil && s.port != 0 {
		// If that fails too, the state shows it.
		_, _ = s.daemon.set(s.ctx, wgtypes.Config{ListenPort: &s.port}, nil)
	}
	const stored = "%w: GotaTun has stored the change, but could not open UDP sockets with it; "
	switch err := s.ask(&traits{implementation: gotatun}); {
	case err != nil:
		return fmt.Errorf(stored+"its state is unknown", refusal)
	case s.port == 0:
		return fmt.Errorf(stored+"it has no sockets until another ListenPort or FirewallMark is set", refusal)
	}
	return fmt.Errorf(stored+"it listens on port %d", refusal, s.port)
}

// gotatunChange converts c to a change of a GotaTun device with the state have. It
// omits peers that c leaves as they are. Peers that exist lose their session, and get
// all of their settings, because GotaTun before version 0.3.0 forgets the others.
//
// A prefix that moves to another peer stays in the list of its old peer, so that list
// is replaced first.
func gotatunChange(have *wgtypes.Device, c wgtypes.Config) (wgtypes.Config, error) {
	want := wginternal.Apply(have, c)
	b := gotatunBuilder{
		listed:  wginternal.PeersByKey(have),
		had:     wginternal.PeersByKey(wginternal.Apply(have, wgtypes.Config{})),
		owner:   make(map[netip.Prefix]wgtypes.PublicKey),
		created: make(map[wgtypes.PublicKey]bool),
	}
	if c.ReplacePeers {
		clear(b.had)
	}
	for i := range c.Peers {
		if p := &c.Peers[i]; !p.Remove && !p.UpdateOnly {
			b.created[p.PublicKey] = true
		}
	}
	for i := range want.Peers {
		for _, prefix := range want.Peers[i].AllowedIPs {
			b.owner[prefix] = want.Peers[i].PublicKey
		}
	}
	will, unclear := wginternal.PeersByKey(want), contested(have, c)
	for i := range have.Peers {
		if k := have.Peers[i].PublicKey; b.had[k] != nil && will[k] == nil {
			b.remove(k)
		}
	}
	for i := range want.Peers {
		p := &want.Peers[i]
		if old := b.had[p.PublicKey]; old == nil || unclear[p.PublicKey] || !samePeer(p, old) {
			b.add(p, old)
		}
	}
	if len(b.lists)+len(b.peers) > 0 && want.PrivateKey.IsZero() {
		return wgtypes.Config{}, errGotaTunKeyFirst
	}
	c.Peers = append(append(b.removals, b.lists...), b.peers...)
	return c, nil
}

// gotatunBuilder collects the elements of a change in the order in which they are
// sent: removals, then peers that give prefixes to others, then all others.
type gotatunBuilder struct {
	removals, lists, peers []wgtypes.PeerConfig

	listed, had map[wgtypes.PublicKey]*wgtypes.Peer // before; had lists each prefix once
	owner       map[netip.Prefix]wgtypes.PublicKey  // afterwards
	created     map[wgtypes.PublicKey]bool          // peers that the change creates if they are missing
}

func (b *gotatunBuilder) remove(k wgtypes.PublicKey) {
	b.removals = append(b.removals, wgtypes.PeerConfig{PublicKey: k, Remove: true})
}

// add adds the elements that make a peer p. old is nil if the peer does not exist.
//
// An endpoint cannot be cleared, and version 0.1 of GotaTun crashes when it gets a zero
// preshared key, so such a peer is removed and added again.
func (b *gotatunBuilder) add(p, old *wgtypes.Peer) {
	c := whole(p)
	if old == nil {
		b.peers = append(b.peers, c)
		return
	}
	if old.Endpoint.IsValid() && !p.Endpoint.IsValid() || !old.PresharedKey.IsZero() && p.PresharedKey.IsZero() {
		b.remove(p.PublicKey)
		b.peers = append(b.peers, c)
		return
	}
	c.UpdateOnly, c.ReplaceAllowedIPs, c.PersistentKeepalive = !b.created[p.PublicKey], true, &p.PersistentKeepalive
	if kept, gives := b.kept(p.PublicKey); gives {
		first := c
		first.AllowedIPs = kept
		b.lists = append(b.lists, first)
		if len(kept) == len(p.AllowedIPs) {
			return // it gets no prefix
		}
	}
	b.peers = append(b.peers, c)
}

// kept returns the prefixes that the peer k has before and after the change, and
// whether another peer gets one of those that it lists before.
func (b *gotatunBuilder) kept(k wgtypes.PublicKey) (kept []netip.Prefix, gives bool) {
	for _, prefix := range b.listed[k].AllowedIPs {
		switch owner, ok := b.owner[prefix]; {
		case !ok:
		case owner == k:
			kept = append(kept, prefix)
		default:
			gives = true
		}
	}
	return kept, gives
}

// isRefusalWithoutReply reports whether err is what GotaTun does with a request that
// has a line that it cannot parse: it applies nothing and closes the connection without
// a reply. The result is false if the daemon was restarted since.
func (s *session) isRefusalWithoutReply(err error) bool {
	_, noReply := errors.AsType[*noReplyError](err)
	return noReply && !s.daemon.restarted()
}

// replaceLists applies removals by replacing the lists of allowed IPs, for a daemon
// that hangs up like GotaTun but was not recognized. Moving the prefixes to another
// peer does not work: in GotaTun they stay in the list of their old peer. refusal is
// the error of an earlier attempt, or nil.
//
// It reads the device first, so it does no harm if the removals were applied.
func (s *session) replaceLists(removals wgtypes.Config, refusal error) error {
	have, err := s.read()
	if err != nil {
		return cmp.Or(refusal, err)
	}
	want := wginternal.PeersByKey(wginternal.Apply(have, removals))
	var change wgtypes.Config
	for i := range have.Peers {
		old := &have.Peers[i]
		if p := want[old.PublicKey]; len(p.AllowedIPs) < len(old.AllowedIPs) {
			// All settings: GotaTun before version 0.3.0 forgets the others.
			c := whole(p)
			c.UpdateOnly, c.ReplaceAllowedIPs = true, true
			change.Peers = append(change.Peers, c)
		}
	}
	if len(change.Peers) == 0 {
		return nil
	}
	return s.set(s.ctx, change)
}

// isErrno reports whether err is the errno of a daemon's reply.
func isErrno(err error, number uapi.Errno) bool {
	answer, ok := errors.AsType[*uapi.DeviceError](err)
	return ok && answer.Errno == number
}
