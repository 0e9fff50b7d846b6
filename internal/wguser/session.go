package wguser

import (
	"context"
	"time"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Configure applies c with the requests that the daemon supports. The protocol has
// no transactions: if a request that may have reached the daemon fails, the error
// is a *wginternal.PartialError with all of c as Unknown.
func (d *device) Configure(ctx context.Context, c wgtypes.Config, progress wginternal.Progress) error {
	if err := d.life.check(ctx); err != nil {
		return err
	}
	if err := d.daemon.checkZones(c, ""); err != nil {
		return err
	}
	end, err := d.daemon.begin(ctx)
	if err != nil {
		return contextError(ctx, err)
	}
	defer end()
	s := &session{ctx: ctx, kind: d.ref.Kind, daemon: d.daemon, progress: progress}
	err = contextError(ctx, s.configureAmnezia(c))
	if err != nil && s.sent {
		return &wginternal.PartialError{Unknown: c, Err: err}
	}
	return err
}

// session is the state of one call of Configure.
type session struct {
	ctx        context.Context
	kind       wgtypes.Kind
	daemon     daemon
	progress   wginternal.Progress // may be nil
	asked      bool                // the daemon answered a get request
	sent       bool                // a part of a set request may have reached the daemon
	port       uint16              // the listen port of the device, valid if asked
	candidates candidates          // valid if asked and the implementation is unknown
}

func (s *session) configure(c wgtypes.Config) error {
	t := s.daemon.recall()
	if c.ListenPort != nil || t.implementation == unknown && dependsOnDaemon(&c) {
		if err := s.ask(&t); err != nil {
			return err
		}
	}
	// wireguard-go reopens its sockets even if the port stays the same. Port 0 in
	// its state means that it has no sockets: it is down, or the last port that it
	// was given was in use.
	if c.ListenPort != nil && *c.ListenPort == s.port && s.port != 0 {
		c.ListenPort = nil
	}
	if t.implementation == unknown && dependsOnDaemon(&c) {
		if err := s.identify(&t); err != nil {
			return err
		}
	}
	switch {
	case t.implementation == boringtun:
		return s.configureBoringtun(c)
	case t.implementation == gotatun:
		return s.configureGotaTun(c)
	case len(c.Peers) > 0:
		return s.configureStandard(c, t)
	}
	err := s.send(c)
	if t.implementation == unknown && isErrno(err, errno.EINVAL) && s.isGotaTun() {
		return s.explainSockets(c, err)
	}
	return err
}

// dependsOnDaemon reports whether c must not be sent before the implementation is
// known. boringtun and GotaTun store a zero key instead of removing the key.
func dependsOnDaemon(c *wgtypes.Config) bool {
	return len(c.Peers) > 0 || c.PrivateKey != nil && c.PrivateKey.IsZero()
}

// ask reads the beginning of the device's state: its port and, unless t has it, its
// implementation. If the state does not show the implementation, it sets s.candidates.
func (s *session) ask(t *traits) error {
	in, err := s.daemon.get(s.ctx, false)
	if err != nil {
		return err
	}
	defer in.Close()
	b, err := readBeginning(in)
	if err != nil {
		return err
	}
	s.asked, s.port = true, b.port
	if t.implementation != unknown {
		return nil
	}
	if t.implementation, s.candidates = b.implementation(); t.implementation != unknown {
		s.daemon.note(*t)
	}
	return nil
}

// identify asks the daemon which of s.candidates it is. The implementation stays
// unknown if the daemon does not answer. A daemon that is not recognized as boringtun
// is asked again the next time: it may have been slow.
func (s *session) identify(t *traits) error {
	if s.candidates.boringtun {
		is, err := s.daemon.isBoringtun(s.ctx)
		if err != nil {
			return err
		}
		if is {
			t.implementation = boringtun
		}
	}
	if s.candidates.gotatun && t.implementation == unknown {
		is, certain, err := s.daemon.isGotaTun(s.ctx)
		switch {
		case err != nil:
			return err
		case is:
			t.implementation = gotatun
		case certain && !s.candidates.boringtun:
			t.implementation = standard
		}
	}
	if t.implementation != unknown {
		s.daemon.note(*t)
	}
	return nil
}

// isGotaTun reports whether a daemon that has refused a change is GotaTun.
func (s *session) isGotaTun() bool {
	t := s.daemon.recall()
	port := s.port // before the change
	err := s.ask(&t)
	s.port = port
	return err == nil && s.identify(&t) == nil && t.implementation == gotatun
}

// configureStandard sends removals of single prefixes in a request of their own,
// because a daemon that does not support them stops at the first one.
func (s *session) configureStandard(c wgtypes.Config, t traits) error {
	rest, removals := wginternal.SplitRemovals(c)
	if len(removals.Peers) == 0 {
		return s.send(rest)
	}
	if !rest.IsZero() {
		if err := s.send(rest); err != nil {
			return err
		}
	}
	if t.hangsUp {
		return s.replaceLists(removals, nil)
	}
	fallback, err := wginternal.Remover{
		Unsupported: t.cannotRemove,
		Send:        s.set,
		CleanUp:     s.set,
		IsRefusal:   func(err error) bool { return isErrno(err, errno.EINVAL) },
		Read:        func(context.Context) (*wgtypes.Device, error) { return s.read() },
	}.Remove(s.ctx, removals)
	if !fallback && s.isRefusalWithoutReply(err) {
		t.hangsUp = true
		s.daemon.note(t)
		return s.replaceLists(removals, err)
	}
	if fallback && err == nil {
		t = s.daemon.recall()
		t.cannotRemove = true
		s.daemon.note(t)
	}
	return err
}

// read reads the device with its peers.
func (s *session) read() (*wgtypes.Device, error) {
	r, err := s.daemon.get(s.ctx, false)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return uapi.ParseDevice(r, time.Now())
}

// send sends c. An empty c is sent only if the daemon was not asked yet, to find
// out whether it answers.
func (s *session) send(c wgtypes.Config) error {
	if s.asked && c.IsZero() {
		return nil
	}
	err := s.set(s.ctx, c)
	if c.ListenPort != nil && s.port != 0 && isErrno(err, errno.EADDRINUSE) {
		// The daemon has closed its sockets, so restore the old port. If that
		// fails too, the first error says more.
		_, _ = s.daemon.set(s.ctx, wgtypes.Config{ListenPort: &s.port}, nil)
	}
	return err
}

// set sends c without any check.
func (s *session) set(ctx context.Context, c wgtypes.Config) error {
	sent, err := s.daemon.set(ctx, c, s.progress)
	s.sent = s.sent || sent
	return err
}
