package testutil

import (
	"strconv"
	"strings"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// amnezia returns valid parameters of AmneziaWG that a device of that version may have.
func (g *generator) amnezia(version wgtypes.AmneziaVersion) *wgtypes.Amnezia {
	a := wginternal.MergeAmnezia(nil, *g.amneziaConfig(version, 1))
	a.Version = version
	return a
}

// keepaliveMax returns the upper end of a range of keepalive intervals, or 0 for none.
func (g *generator) keepaliveMax(lo time.Duration) time.Duration {
	if rest := maxKeepalive - lo; g.o.Amnezia >= wgtypes.AmneziaV30 && rest > 0 && g.oneIn(2) {
		return lo + time.Duration(1+g.number(uint64(rest/time.Second)))*time.Second
	}
	return 0
}

const maxKeepalive = 65535 * time.Second

// amneziaConfig returns a change that leaves valid parameters valid. It sets each group
// of parameters that depend on each other with the probability 1/n.
func (g *generator) amneziaConfig(version wgtypes.AmneziaVersion, n int) *wgtypes.AmneziaConfig {
	c := new(wgtypes.AmneziaConfig)
	if g.oneIn(n) {
		c.Jc, c.Jmin, c.Jmax = new(uint16), new(uint16), new(uint16)
		if !g.oneIn(6) {
			*c.Jc, *c.Jmin = uint16(g.number(128)), uint16(g.number(1000))
			*c.Jmax = *c.Jmin + 1 + uint16(g.number(280))
		}
	}
	if g.oneIn(n) {
		g.prefixes4(c, version)
	}
	if g.oneIn(n) {
		g.headers(c, version)
	}
	if version >= wgtypes.AmneziaV15 && g.oneIn(n) {
		// AmneziaWG 1.5 allows no packet after an absent one.
		packets := g.IntN(6)
		for i, packet := range []**string{&c.I1, &c.I2, &c.I3, &c.I4, &c.I5} {
			if *packet = new(""); i < packets {
				*packet = new(g.packet())
			}
		}
	}
	if version >= wgtypes.AmneziaV30 {
		for _, r := range []**wgtypes.Range{
			&c.ContentPaddingAddition, &c.RekeyAfterTime, &c.RekeyTimeout, &c.RejectAfterTime, &c.KeepaliveTimeout, &c.MaxHandshakeAttempts,
		} {
			if !g.oneIn(n) {
				continue
			}
			if *r = new(wgtypes.Range); !g.oneIn(6) {
				(*r).Lo = uint32(g.number(1 << 16))
				(*r).Hi = (*r).Lo + uint32(g.number(uint64(1<<16-(*r).Lo)))
			}
		}
	}
	if version >= wgtypes.AmneziaV31 && g.oneIn(n) {
		c.RandomTrailers, c.DisableCookies = new(g.oneIn(2)), new(g.oneIn(2))
	}
	return c
}

// prefixes4 sets S1 to S4 and the key, which needs prefixes of some length, or clears
// them. The lengths of the messages differ, as AmneziaWG 1.0 demands.
func (g *generator) prefixes4(c *wgtypes.AmneziaConfig, version wgtypes.AmneziaVersion) {
	isSet := !g.oneIn(6)
	s := func(from, n uint16) *uint16 {
		if !isSet {
			return new(uint16)
		}
		return new(from + uint16(g.number(uint64(n))))
	}
	c.S1, c.S2 = s(12, 40), s(12, 40)
	if version >= wgtypes.AmneziaV15 {
		c.S3, c.S4 = s(44, 8), s(12, 40)
	}
	if version >= wgtypes.AmneziaV30 {
		c.HeaderProtectionKey = new(wgtypes.HeaderProtectionKey)
		if isSet {
			*c.HeaderProtectionKey = wgtypes.NewHeaderProtectionKey(g.bytes32())
		}
	}
}

// headers sets H1 to H4 to numbers or, if the version has them, to ranges. Sometimes it
// sets them to those of WireGuard.
func (g *generator) headers(c *wgtypes.AmneziaConfig, version wgtypes.AmneziaVersion) {
	if g.oneIn(6) {
		h := headers(1, 2, 3, 4)
		c.H1, c.H2, c.H3, c.H4 = h.H1, h.H2, h.H3, h.H4
		return
	}
	lo := uint32(5)
	for _, h := range []**wgtypes.Range{&c.H1, &c.H2, &c.H3, &c.H4} {
		lo += uint32(g.number(1 << 29))
		*h = &wgtypes.Range{Lo: lo, Hi: lo}
		if version >= wgtypes.AmneziaV20 && g.oneIn(2) {
			(*h).Hi += uint32(g.number(1 << 29))
		}
		lo = (*h).Hi + 1
	}
}

// packet returns the description of a packet that every version with packets has.
func (g *generator) packet() string {
	var b strings.Builder
	for range 1 + g.IntN(3) {
		if g.oneIn(2) {
			b.WriteString("<b 0x" + strings.Repeat("c0ff", 1+g.IntN(3)) + ">")
		} else {
			b.WriteString("<r " + strconv.Itoa(1+g.IntN(100)) + ">")
		}
	}
	return b.String()
}
