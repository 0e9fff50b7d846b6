package wguser

import (
	"cmp"
	"errors"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// isGotaTunRefusal reports whether err is what GotaTun does with a request that has
// a line that it cannot parse: it applies nothing and closes the connection without
// a reply. The result is false if the daemon was restarted since.
func (s *session) isGotaTunRefusal(err error) bool {
	_, noReply := errors.AsType[*noReplyError](err)
	return noReply && !s.daemon.restarted()
}

// removeFromGotaTun applies removals by replacing the lists of allowed IPs. Moving
// the prefixes to another peer does not work: in GotaTun they stay in the list of
// their old peer. refusal is the error of an earlier attempt, or nil if the daemon
// was known to be GotaTun.
//
// It reads the device first, so it does no harm if the removals were applied.
func (s *session) removeFromGotaTun(removals wgtypes.Config, refusal error) error {
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
