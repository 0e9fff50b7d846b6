package wguser

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Configure sends what has to be sent so that the device becomes what c says,
// whatever the daemon can do. Over this protocol nothing is atomic: after an
// error all of c is Unknown.
func (d *device) Configure(ctx context.Context, c wgtypes.Config, progress wginternal.Progress) error {
	if err := d.life.check(ctx); err != nil {
		return err
	}
	end, err := d.daemon.begin(ctx)
	if err != nil {
		return contextError(ctx, err)
	}
	defer end()
	s := &session{ctx: ctx, daemon: d.daemon, progress: progress}
	err = contextError(ctx, s.configure(c))
	if err != nil && s.sent {
		return &wginternal.PartialError{Unknown: c, Err: err}
	}
	return err
}

// session is one Configure.
type session struct {
	ctx      context.Context
	daemon   daemon
	progress wginternal.Progress // may be nil
	asked    bool                // the device answered something
	sent     bool                // something may have reached the device that changes it
	port     uint16              // that it has, once asked
}

func (s *session) configure(c wgtypes.Config) error {
	t := s.daemon.recall()
	if c.ListenPort != nil || len(c.Peers) > 0 && t.implementation == unknown {
		if err := s.ask(&t); err != nil {
			return err
		}
	}
	// wireguard-go opens its sockets anew for the port that it has, too. With
	// port 0 it has no sockets: it is down, or could not have the last port.
	if c.ListenPort != nil && *c.ListenPort == s.port && s.port != 0 {
		c.ListenPort = nil
	}
	if len(c.Peers) == 0 {
		return s.send(c)
	}
	if t.implementation == unknown {
		return s.configureUnknown(c)
	}
	if t.implementation == boringtun {
		return s.configureBoringtun(c)
	}
	return s.configureStandard(c, t)
}

// ask reads the beginning of the device's state: its port and what its daemon
// is. Only a device without a key and without peers does not tell that.
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

// configureUnknown is for a device that has neither key nor peers. With a key,
// what suits boringtun suits all.
func (s *session) configureUnknown(c wgtypes.Config) error {
	if c.PrivateKey != nil && !c.PrivateKey.IsZero() {
		return s.sendRebuilt(&wgtypes.Device{}, c)
	}
	isBoringtun, err := s.daemon.isBoringtun(s.ctx)
	if err != nil {
		return err
	}
	if isBoringtun {
		return s.sendRebuilt(&wgtypes.Device{}, c)
	}
	return s.configureStandard(c, traits{})
}

func (s *session) configureBoringtun(c wgtypes.Config) error {
	have, err := s.read()
	if err != nil {
		return err
	}
	return s.sendRebuilt(have, c)
}

func (s *session) sendRebuilt(have *wgtypes.Device, c wgtypes.Config) error {
	c, err := rebuild(have, c)
	if err != nil {
		return err
	}
	return s.send(c)
}

// configureStandard sends removals of single prefixes by themselves, since a
// daemon that does not know them stops where it meets one.
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
	fallback, err := wginternal.Remover{
		Unsupported: t.cannotRemove,
		Send:        s.set,
		CleanUp:     s.set,
		IsRefusal: func(err error) bool {
			var answer *uapi.DeviceError
			return errors.As(err, &answer) && answer.Errno == syscall.EINVAL
		},
		Read: func(context.Context) (*wgtypes.Device, error) { return s.read() },
	}.Remove(s.ctx, removals)
	if fallback && err == nil {
		t = s.daemon.recall()
		t.cannotRemove = true
		s.daemon.note(t)
	}
	return err
}

// read reads the whole device.
func (s *session) read() (*wgtypes.Device, error) {
	r, err := s.daemon.get(s.ctx, false)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return uapi.ParseDevice(r, time.Now())
}

// send sends c, be it empty: that shows whether the device is there. If it has
// been asked already, an empty c is not sent.
func (s *session) send(c wgtypes.Config) error {
	if s.asked && c.IsZero() {
		return nil
	}
	err := s.set(s.ctx, c)
	var answer *uapi.DeviceError
	if c.ListenPort != nil && s.port != 0 && errors.As(err, &answer) && answer.Errno == syscall.EADDRINUSE {
		// The daemon has closed its sockets and now has none: give it back the
		// port that it had. If it does not take that either, the first error
		// still says what went wrong.
		_, _ = s.daemon.set(s.ctx, wgtypes.Config{ListenPort: &s.port}, nil)
	}
	return err
}

// set sends c as it is.
func (s *session) set(ctx context.Context, c wgtypes.Config) error {
	sent, err := s.daemon.set(ctx, c, s.progress)
	s.sent = s.sent || sent
	return err
}
