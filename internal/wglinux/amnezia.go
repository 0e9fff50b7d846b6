//go:build linux

package wglinux

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/internal/wglinux/nlwire"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// The modules of AmneziaWG need care (src/netlink.c and src/device.c of the module):
//
//   - A set for a missing link crashes version 3, and its family is gone until the
//     system restarts. So each change reads the device first.
//   - Version 1 sets to 0 what a set leaves out. So one set has all parameters.
//   - Version 2 keeps parameters that it refuses, and then refuses every later change,
//     also one of peers. So after a failure the old parameters are sent again.
//   - Version 3 accepts parameters with which it crashes later. So the parameters that
//     the device would have are validated first.

// amneziaChange is a change of the parameters of a device.
type amneziaChange struct {
	have *wgtypes.Amnezia
	// asked is the caller's change, and sent is what is sent for it.
	asked, sent *wgtypes.AmneziaConfig
}

// prepare reads the device, and returns the change to send for c. It fails if the device
// cannot have the parameters that it would have, or is missing.
func (w *writer) prepare(c wgtypes.Config) (wgtypes.Config, error) {
	have, err := w.parameters()
	if err != nil {
		return c, err
	}
	w.amnezia.have = have
	if err := checkKeepalive(w.family.amnezia, c.Peers); err != nil {
		return c, err
	}
	if c.Amnezia == nil || wginternal.DiffAmnezia(have, *c.Amnezia) == nil {
		c.Amnezia = nil
		return c, nil
	}
	want := wginternal.MergeAmnezia(have, *c.Amnezia)
	if err := want.Validate(); err != nil {
		return c, err
	}
	if err := checkSupported(w.family.amnezia, have, want); err != nil {
		return c, err
	}
	w.amnezia.asked, w.amnezia.sent = c.Amnezia, parametersToSend(have, want)
	c.Amnezia = w.amnezia.sent
	return c, nil
}

// parametersToSend returns the change that sets the parameters to those of want. It
// leaves out what only version 3 has and have has already: version 3 keeps parameters
// that are absent, some of its modules are said to refuse the key and the switches, and
// all of them take a key of zeros for a key.
func parametersToSend(have, want *wgtypes.Amnezia) *wgtypes.AmneziaConfig {
	c := new(wgtypes.AmneziaConfig)
	for _, p := range wgtypes.AmneziaParameters() {
		if p.Since() < wgtypes.AmneziaV30 || !p.Equal(have, want) {
			p.Set(c, want)
		}
	}
	return c
}

// parameters reads the parameters of the device. It reads the whole dump, because the
// connection can have only one.
func (w *writer) parameters() (*wgtypes.Amnezia, error) {
	dec := nlwire.Decoder{Amnezia: w.family.amnezia}
	err := w.x.get(w.family.number, w.d.link.Index)
	for err == nil {
		var payload []byte
		if payload, err = w.x.message(w.family.number); err == nil {
			err = dec.Feed(payload)
		}
	}
	// All parameters are in the first message, so they are consistent.
	if err == io.EOF || err == wginternal.ErrInterrupted {
		err = w.d.check(&dec)
	}
	if err != nil {
		return nil, w.explain(err)
	}
	return dec.Device().Amnezia, nil
}

// checkLink returns an error if the link may be missing. The first set follows a
// successful read; before later ones, checkLink asks for the link.
func (w *writer) checkLink() error {
	if !w.sent || w.family.amnezia < wgtypes.AmneziaV30 {
		return nil
	}
	link, err := w.d.b.getLink(w.x.ctx, w.d.link.Index, "")
	if err == nil && link.Kind != w.d.b.family {
		err = fmt.Errorf("link %q is of kind %q: %w", link.Name, link.Kind, wginternal.ErrNotWireGuard)
	}
	return err
}

// asked returns a part of the change as the caller asked for it.
func (w *writer) asked(part wgtypes.Config) wgtypes.Config {
	if part.Amnezia != nil {
		part.Amnezia = w.amnezia.asked
	}
	return part
}

// afterRefusal returns the error for a set of part that failed with err. On version 2 it
// first restores the parameters of the device, unless they were invalid.
func (w *writer) afterRefusal(part wgtypes.Config, err error) error {
	explained := w.explain(err)
	var answer *kernelError
	if w.family.amnezia != wgtypes.AmneziaV20 || !errors.As(err, &answer) {
		return explained
	}
	if invalid := w.amnezia.have.Validate(); invalid != nil {
		return fmt.Errorf("%w (the device refuses every change while its parameters are invalid: %v)", explained, invalid)
	}
	if part.Amnezia == nil {
		return explained
	}
	if err := w.restore(); err != nil {
		return fmt.Errorf("%w (restoring the parameters of AmneziaWG: %w)", explained, err)
	}
	w.unknown.Amnezia = nil
	w.notSent = append(w.notSent, wgtypes.Config{Amnezia: part.Amnezia})
	return explained
}

// restore sends the parameters that the device had before the change. It does so even if
// the context has ended.
func (w *writer) restore() error {
	x, err := w.d.b.genl.begin(context.WithoutCancel(w.x.ctx))
	if err != nil {
		return err
	}
	defer x.end()
	c := wgtypes.Config{Amnezia: parametersToSend(w.amnezia.have, w.amnezia.have)}
	err = x.request(nlwire.MinSet(&c, w.family.amnezia), func(b []byte, h nlwire.Header) []byte {
		h.Type = w.family.number
		return nlwire.AppendSet(b, h, w.d.link.Index, &c, w.family.amnezia)
	})
	if err == nil {
		err = x.acknowledged()
	}
	return x.explain(err)
}
