package wguser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// errKeyFirst is returned instead of sending a request that would crash boringtun.
var errKeyFirst = keyFirst(nameBoringtun)

func keyFirst(daemon string) error {
	return fmt.Errorf("this daemon (%s) cannot have peers before it has a private key: set PrivateKey first", daemon)
}

// checkKeyIsKept returns an error if c removes the private key. Neither boringtun nor
// GotaTun can do that: they store the zero key as a key.
func checkKeyIsKept(c *wgtypes.Config, daemon string) error {
	if c.PrivateKey == nil || !c.PrivateKey.IsZero() {
		return nil
	}
	return fmt.Errorf("this daemon (%s) cannot remove its private key: %w", daemon, errors.ErrUnsupported)
}

// configureBoringtun sends each peer in a request of its own: within a request,
// boringtun applies remove, endpoint, persistent_keepalive_interval and
// preshared_key of a peer to the following peers, too.
func (s *session) configureBoringtun(c wgtypes.Config) error {
	if err := checkKeyIsKept(&c, nameBoringtun); err != nil {
		return err
	}
	if len(c.Peers) == 0 && c.PrivateKey == nil {
		return s.send(c)
	}
	if err := s.daemon.checkZones(c, nameBoringtun); err != nil {
		return err
	}
	have, err := s.read()
	if err != nil {
		return err
	}
	c, err = rebuild(have, c)
	if err != nil {
		return err
	}
	peers := c.Peers
	c.Peers = nil
	if err := s.send(c); err != nil {
		return err
	}
	for sent := 0; sent < len(peers); {
		n := 1
		if next := sent + 1; next < len(peers) && peers[next].PublicKey == peers[sent].PublicKey {
			n = 2 // a removal and an addition
		}
		if err := s.sendPeers(peers[sent : sent+n]); err != nil {
			return err
		}
		sent += n
		if s.progress != nil {
			s.progress(sent, len(peers))
		}
	}
	return nil
}

// replaceTimeout is how long sendPeers may take after the context has ended.
const replaceTimeout = 2 * time.Second

// sendPeers sends the elements of peers, which are about the same peer. If the
// context ends after the first one was sent, sendPeers still sends the others for
// some time: a peer that was removed and not added again would be lost.
func (s *session) sendPeers(peers []wgtypes.PeerConfig) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.ctx))
	defer cancel()
	defer context.AfterFunc(s.ctx, func() { time.AfterFunc(replaceTimeout, cancel) })()
	if len(peers) == 1 {
		ctx = s.ctx
	}
	for i := range peers {
		sent, err := s.daemon.set(ctx, wgtypes.Config{Peers: peers[i : i+1]}, nil)
		s.sent = s.sent || sent
		if err != nil {
			return contextError(s.ctx, err)
		}
	}
	return nil
}

// rebuild converts c to a change of a boringtun device with the state have. Each
// peer that c changes is removed and added again with all of its settings, because
// boringtun crashes when a peer that it has is configured, and lacks update_only,
// replace_allowed_ips and the removal of single prefixes. Such a peer loses its
// session. Other peers are not touched. The removal of a peer comes immediately
// before its addition.
//
// If the device would have peers but no private key, the error is errKeyFirst.
func rebuild(have *wgtypes.Device, c wgtypes.Config) (wgtypes.Config, error) {
	want := wginternal.Apply(have, c)
	if len(want.Peers) > 0 && want.PrivateKey.IsZero() && want.PublicKey.IsZero() {
		return wgtypes.Config{}, errKeyFirst
	}
	out := c
	out.Peers = nil
	remove := func(k wgtypes.PublicKey) {
		if !c.ReplacePeers {
			out.Peers = append(out.Peers, wgtypes.PeerConfig{PublicKey: k, Remove: true})
		}
	}
	had, will := wginternal.PeersByKey(wginternal.Apply(have, wgtypes.Config{})), wginternal.PeersByKey(want)
	unclear := contested(have, c)
	for i := range have.Peers {
		if k := have.Peers[i].PublicKey; will[k] == nil {
			remove(k)
		}
	}
	for i := range want.Peers {
		p := &want.Peers[i]
		old := had[p.PublicKey]
		if old != nil && !c.ReplacePeers && !unclear[p.PublicKey] && samePeer(p, old) {
			continue
		}
		if old != nil {
			remove(p.PublicKey)
		}
		out.Peers = append(out.Peers, whole(p))
	}
	return out, nil
}
