package wguser

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wgctrl/wgctrl/internal/errno"
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Versions of amneziawg-go differ in what a set request does. Up to 0.2.15 it replaces
// all parameters: those that are not listed become the default. Later versions change
// only those that are listed. So every request lists all that are not the default.
//
// Several versions accept values with which they crash later, or which make them
// reject every later request. So the parameters that the device would have are checked
// before anything is sent.

// configureAmnezia applies c. A change of AmneziaWG parameters is sent in one request
// with the rest of c, after it was merged with the parameters of the device.
func (s *session) configureAmnezia(c wgtypes.Config) error {
	s.noteStandard()
	ranges := wginternal.AnyPeer(c.Peers, func(p *wgtypes.PeerConfig) bool { return p.PersistentKeepaliveMax != 0 })
	if c.Amnezia == nil && !ranges {
		return s.configure(c)
	}
	t, have, err := s.askAmnezia()
	if err != nil {
		return err
	}
	want := wginternal.MergeAmnezia(have, orNothing(c.Amnezia))
	d := &demand{have: wginternal.MergeAmnezia(have, wgtypes.AmneziaConfig{}), want: want, keepaliveRange: ranges}
	changes := wginternal.DiffAmnezia(have, orNothing(c.Amnezia)) != nil
	if changes {
		if err := want.Validate(); err != nil {
			return err
		}
	}
	if changes || ranges {
		if err := s.require(&t, d); err != nil {
			return err
		}
	}
	c.Amnezia = nil
	if changes {
		c.Amnezia = request(d.have, want, t.levels)
	}
	err = s.configure(c)
	if answer, ok := errors.AsType[*uapi.DeviceError](err); ok && changes && answer.Errno == errno.EINVAL {
		return s.restore(d, t.levels, err)
	}
	return err
}

// noteStandard notes that a daemon of AmneziaWG is neither boringtun nor GotaTun.
func (s *session) noteStandard() {
	if s.kind != wgtypes.KindAmneziaUserspace {
		return
	}
	if t := s.daemon.recall(); t.implementation == unknown {
		t.implementation = standard
		s.daemon.note(t)
	}
}

func orNothing(c *wgtypes.AmneziaConfig) wgtypes.AmneziaConfig {
	if c == nil {
		return wgtypes.AmneziaConfig{}
	}
	return *c
}

// askAmnezia reads the parameters of the device, nil for WireGuard, and narrows the
// levels that it can have.
func (s *session) askAmnezia() (traits, *wgtypes.Amnezia, error) {
	t := s.daemon.recall()
	dev, err := s.readDevice()
	if err != nil {
		return t, nil, err
	}
	s.asked, s.port = true, dev.ListenPort
	shown := levelsOf(dev.Amnezia)
	if s.kind == wgtypes.KindAmneziaUserspace {
		shown &^= levelNone
	}
	if s.kind == wgtypes.KindUserspace && dev.Amnezia == nil {
		shown = levelNone // amneziawg-go listens elsewhere since 0.2
	}
	if t.levels&shown == 0 {
		t.levels = shown
	}
	t.levels &= shown
	return t, dev.Amnezia, nil
}

// readDevice reads the device without its peers.
func (s *session) readDevice() (*wgtypes.Device, error) {
	r, err := s.daemon.get(s.ctx, false)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	dec := uapi.NewDecoder(r, time.Now())
	defer dec.Close()
	return dec.Device()
}

// require returns an error that wraps errors.ErrUnsupported if the device does not
// apply the demand. If it depends on the level, it asks the device with requests that
// change nothing. It accepts a demand that some of the remaining levels apply: these
// requests do not tell 1.5 from 0.2.15, nor level20 from earlier ones if no junk
// parameter is 0.
func (s *session) require(t *traits, d *demand) error {
	refusing, reason := d.refusals(t.levels)
	for _, probe := range probes {
		if refusing == 0 || refusing == t.levels {
			break
		}
		if t.levels&probe.accepting == 0 || t.levels&^probe.accepting == 0 {
			continue
		}
		change := probe.change(d.have)
		if change == nil {
			continue
		}
		accepts, err := s.accepts(change)
		if err != nil {
			return err
		}
		if accepts {
			t.levels &= probe.accepting
		} else {
			t.levels &^= probe.accepting
		}
		refusing, reason = d.refusals(t.levels)
	}
	s.daemon.note(*t)
	if refusing != t.levels || refusing == 0 {
		return nil
	}
	return wginternal.Tag(errors.ErrUnsupported, fmt.Errorf("%s; the device has %s", reason, t.levels.text()))
}

// text says what a device of these levels has.
func (l levels) text() string {
	switch {
	case l.last() == levelNone:
		return "WireGuard"
	case l.isOne():
		return l.version().String()
	}
	return fmt.Sprintf("at most %v", l.last().version())
}

// A probe is a change to the values that the device has already. So the devices that
// accept it do not change, and the others reject it without a change.
type probe struct {
	accepting levels
	// change returns nil if the probe needs another value than the device has.
	change func(have *wgtypes.Amnezia) *wgtypes.AmneziaConfig
}

var probes = []probe{
	{^levelNone, func(*wgtypes.Amnezia) *wgtypes.AmneziaConfig { return &wgtypes.AmneziaConfig{Jc: new(uint16)} }},
	{level30 | level31, func(have *wgtypes.Amnezia) *wgtypes.AmneziaConfig {
		return &wgtypes.AmneziaConfig{ContentPaddingAddition: &have.ContentPaddingAddition}
	}},
	{^(levelNone | level10), func(have *wgtypes.Amnezia) *wgtypes.AmneziaConfig {
		c := request(have, have, 0)
		c.S3 = &have.S3
		return c
	}},
	{^level20, func(have *wgtypes.Amnezia) *wgtypes.AmneziaConfig {
		for _, p := range wgtypes.AmneziaParameters() {
			if isJunk(p) && isZero(p, have) {
				c := request(have, have, 0)
				p.Set(c, have)
				return c
			}
		}
		return nil
	}},
}

// accepts reports whether the device accepts a probe.
func (s *session) accepts(change *wgtypes.AmneziaConfig) (bool, error) {
	_, err := s.daemon.set(s.ctx, wgtypes.Config{Amnezia: change}, nil)
	if answer, ok := errors.AsType[*uapi.DeviceError](err); ok && answer.Errno == errno.EINVAL {
		return false, nil
	}
	return err == nil, err
}

// request returns what sets the parameters of a device that has have to want: all that
// are not the default, and all that change. It omits what level20 rejects if the device
// is known to have that level.
func request(have, want *wgtypes.Amnezia, l levels) *wgtypes.AmneziaConfig {
	usual := wgtypes.DefaultAmnezia()
	c := new(wgtypes.AmneziaConfig)
	for _, p := range wgtypes.AmneziaParameters() {
		rejected := l == level20 && isJunk(p) && isZero(p, want)
		if !rejected && (!p.Equal(want, &usual) || !p.Equal(want, have)) {
			p.Set(c, want)
		}
	}
	return c
}

// restore sets the parameters of the device to those before a change that it has
// rejected, if they are neither those nor the wanted ones. Some versions store a part
// of such a change and then reject every later one. cause is the error of the change.
func (s *session) restore(d *demand, l levels, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), replaceTimeout)
	defer cancel()
	after := &session{ctx: ctx, daemon: s.daemon}
	dev, err := after.readDevice()
	if err != nil {
		return cause
	}
	got := wginternal.MergeAmnezia(dev.Amnezia, wgtypes.AmneziaConfig{})
	if sameParameters(got, d.have) || sameParameters(got, d.want) {
		return cause
	}
	if err := after.set(ctx, wgtypes.Config{Amnezia: request(got, d.have, l)}); err != nil {
		return fmt.Errorf("%w; restoring the AmneziaWG parameters: %v", cause, err)
	}
	return cause
}

// sameParameters compares parameters without the version and unknown keys.
func sameParameters(a, b *wgtypes.Amnezia) bool {
	return wginternal.DiffAmnezia(a, wginternal.AmneziaConfigOf(b)) == nil
}

// completeAmnezia adds to dev what its reply does not show, but the directory of its
// socket or earlier requests: that it is a device of AmneziaWG, and a later version.
func (d *device) completeAmnezia(dev *wgtypes.Device) {
	known := d.daemon.recall().levels
	if dev.Amnezia == nil {
		if d.ref.Kind != wgtypes.KindAmneziaUserspace && (known == 0 || known&levelNone != 0) {
			return
		}
		dev.Amnezia = new(wgtypes.DefaultAmnezia())
	}
	dev.Amnezia.Version = max(dev.Amnezia.Version, known.version())
}
