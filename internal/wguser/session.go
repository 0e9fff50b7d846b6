package wguser

import (
	"context"
	"errors"
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
	if err := d.daemon.checkZones(c, false); err != nil {
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
	ctx      context.Context
	kind     wgtypes.Kind
	daemon   daemon
	progress wginternal.Progress // may be nil
	asked    bool                // the daemon answered a get request
	sent     bool                // a part of a set request may have reached the daemon
	port     uint16              // the listen port of the device, valid if asked
}

func (s *session) configure(c wgtypes.Config) error {
	t := s.daemon.recall()
	if c.ListenPort != nil || len(c.Peers) > 0 && t.implementation == unknown {
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
	if len(c.Peers) == 0 {
		return s.send(c)
	}
	if t.implementation == unknown {
		// The device has neither key nor peers.
		isBoringtun, err := s.daemon.isBoringtun(s.ctx)
		if err != nil {
			return err
		}
		if isBoringtun {
			t.implementation = boringtun
		}
	}
	if t.implementation == boringtun {
		return s.configureBoringtun(c)
	}
	return s.configureStandard(c, t)
}

// ask reads the beginning of the device's state: its port and, unless t has it, its
// implementation. The implementation stays unknown if the device has neither a key
// nor peers.
func (s *session) ask(t *traits) error {
	r, err := s.daemon.get(s.ctx, false)
	if err != nil {
		return err
	}
	defer r.Close()
	dec := uapi.NewDecoder(r, time.Now())
	defer dec.Close()
	dev, err := dec.Device()
	if err != nil {
		return err
	}
	s.asked, s.port = true, dev.ListenPort
	if t.implementation != unknown {
		return nil
	}
	if t.implementation, err = implementationOf(dec, dev); err == nil && t.implementation != unknown {
		s.daemon.note(*t)
	}
	return err
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
	if t.implementation == gotatun {
		return s.removeFromGotaTun(removals, nil)
	}
	fallback, err := wginternal.Remover{
		Unsupported: t.cannotRemove,
		Send:        s.set,
		CleanUp:     s.set,
		IsRefusal: func(err error) bool {
			var answer *uapi.DeviceError
			return errors.As(err, &answer) && answer.Errno == errno.EINVAL
		},
		Read: func(context.Context) (*wgtypes.Device, error) { return s.read() },
	}.Remove(s.ctx, removals)
	if !fallback && s.isGotaTunRefusal(err) {
		s.daemon.note(traits{implementation: gotatun})
		return s.removeFromGotaTun(removals, err)
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
	var answer *uapi.DeviceError
	if c.ListenPort != nil && s.port != 0 && errors.As(err, &answer) && answer.Errno == errno.EADDRINUSE {
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
