package testutil

import (
	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// AmneziaJudge returns a Judge without New for devices of a release of amneziawg-go. It
// removes from changes what the release does not support, and ignores the version that a
// device reports, which its replies do not always show.
func AmneziaJudge(r AmneziaRelease) Judge {
	return Judge{
		Amnezia: r.Version(),
		Adapt: func(have *wgtypes.Device, c wgtypes.Config) wgtypes.Config {
			if c.Amnezia != nil {
				c.Amnezia = new(r.adapt(wginternal.MergeAmnezia(have.Amnezia, wgtypes.AmneziaConfig{}), *c.Amnezia))
			}
			return c
		},
		Canonical: func(d *wgtypes.Device) {
			d.Amnezia = wginternal.MergeAmnezia(d.Amnezia, wgtypes.AmneziaConfig{})
			d.Amnezia.Version = wgtypes.AmneziaUnknown
		},
	}
}

// adapt returns c without the groups of parameters that the release does not set to the
// wanted values.
func (r AmneziaRelease) adapt(have *wgtypes.Amnezia, c wgtypes.AmneziaConfig) wgtypes.AmneziaConfig {
	want := wginternal.MergeAmnezia(have, c)
	if r < AmneziaGo16 && collide(want) {
		c.S1, c.S2, c.S3, c.S4 = nil, nil, nil, nil
	}
	if r < AmneziaGo15 && resetsHeader(have, want) {
		c.H1, c.H2, c.H3, c.H4 = nil, nil, nil, nil
	}
	if r < AmneziaGo16 && removesPackets(have, want) {
		c.I1, c.I2, c.I3, c.I4, c.I5 = nil, nil, nil, nil, nil
	}
	isJunkCleared := have.Jc > 0 && want.Jc == 0 || have.Jmin > 0 && want.Jmin == 0 || have.Jmax > 0 && want.Jmax == 0
	if (r == AmneziaGo16 || r == AmneziaGo19) && isJunkCleared {
		c.Jc, c.Jmin, c.Jmax = nil, nil, nil
	}
	return c
}

// collide reports whether messages of two types have the same length.
func collide(a *wgtypes.Amnezia) bool {
	sizes := map[int]bool{148 + int(a.S1): true, 92 + int(a.S2): true, 64 + int(a.S3): true, 32 + int(a.S4): true}
	return len(sizes) < 4
}

// resetsHeader reports whether one of H1 to H4 becomes the default.
func resetsHeader(have, want *wgtypes.Amnezia) bool {
	usual := wgtypes.DefaultAmnezia()
	return want.H1 != have.H1 && want.H1 == usual.H1 || want.H2 != have.H2 && want.H2 == usual.H2 ||
		want.H3 != have.H3 && want.H3 == usual.H3 || want.H4 != have.H4 && want.H4 == usual.H4
}

// removesPackets reports whether no packets are left, or one after an absent one.
func removesPackets(have, want *wgtypes.Amnezia) bool {
	before := [...]string{have.I1, have.I2, have.I3, have.I4, have.I5}
	after := [...]string{want.I1, want.I2, want.I3, want.I4, want.I5}
	for i, packet := range after[1:] {
		if packet != "" && after[i] == "" {
			return true
		}
	}
	return before != after && after == [5]string{}
}
