package wguser

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// levels is a set of the groups of amneziawg-go versions that are configured in the
// same way. A device has one of them, which its replies do not always show.
type levels uint8

const (
	levelNone  levels = 1 << iota // WireGuard
	level10                       // 1.0: up to 0.2.12
	level15                       // 1.5: 0.2.13
	level20Old                    // 2.0: 0.2.15
	level20                       // 2.0: 0.2.16 to 0.2.19
	level30                       // 3.0
	level31                       // 3.1

	// levelsOld replace all parameters when one is set, and report H1 to H4 only if
	// they are above oldHeaders, the numbers that mean the default.
	levelsOld  = level10 | level15 | level20Old
	oldHeaders = 4
)

func (l levels) isOne() bool { return bits.OnesCount8(uint8(l)) == 1 }

// version returns the version of the first level in l. It is unknown if l is empty or
// has levelNone.
func (l levels) version() wgtypes.AmneziaVersion {
	switch l & -l {
	case level10:
		return wgtypes.AmneziaV10
	case level15:
		return wgtypes.AmneziaV15
	case level20Old, level20:
		return wgtypes.AmneziaV20
	case level30:
		return wgtypes.AmneziaV30
	case level31:
		return wgtypes.AmneziaV31
	}
	return wgtypes.AmneziaUnknown
}

// last returns the last level in l.
func (l levels) last() levels { return 1 << (bits.Len8(uint8(l)) - 1) }

// each calls f for each level in l, from the first one.
func (l levels) each(f func(levels)) {
	for rest := l; rest != 0; rest &= rest - 1 {
		f(rest & -rest)
	}
}

// levelsOf returns the levels whose replies can have these parameters. a is nil for a
// reply without any, which new devices before level20 send as well.
func levelsOf(a *wgtypes.Amnezia) levels {
	if a == nil {
		return levelNone | levelsOld
	}
	// The others report H1 to H4 even if they are the default.
	typesAbove, ranges := true, false
	for _, h := range []wgtypes.Range{a.H1, a.H2, a.H3, a.H4} {
		typesAbove = typesAbove && h.Lo > oldHeaders
		ranges = ranges || h.Lo != h.Hi
	}
	newer := levels(0)
	if typesAbove {
		newer = level20 | level30
	}
	switch a.Version {
	case wgtypes.AmneziaV31:
		return level31
	case wgtypes.AmneziaV30:
		return level30
	case wgtypes.AmneziaV20:
		if ranges {
			return level20Old | level20 | level30
		}
		return level20 | level30
	case wgtypes.AmneziaV15:
		return level15 | level20Old | newer
	}
	return levelsOld | newer
}

// A demand is what a change wants of a device.
type demand struct {
	have, want     *wgtypes.Amnezia // the parameters before and after the change
	keepaliveRange bool             // a peer gets a range of keepalive intervals
}

// refusals returns the levels in l that do not apply the demand, and the reason of the
// last one.
func (d *demand) refusals(l levels) (refusing levels, reason string) {
	l.each(func(level levels) {
		if why := d.refusal(level); why != "" {
			refusing, reason = refusing|level, why
		}
	})
	return refusing, reason
}

// refusal returns why devices of a level do not apply the demand, or "". Those devices
// would reject the change, ignore a part of it, or report other values afterwards.
func (d *demand) refusal(level levels) (reason string) {
	version := level.version()
	set := wginternal.DiffAmnezia(nil, wginternal.AmneziaConfigOf(d.want))
	if level == levelNone {
		return d.plainRefusal(set)
	}
	for _, p := range wgtypes.AmneziaParameters() {
		if set != nil && p.IsSet(set) && p.Since() > version {
			return needs(p.Key(), p.Since())
		}
	}
	switch {
	case d.keepaliveRange && version < wgtypes.AmneziaV30:
		return needs("a range of keepalive intervals", wgtypes.AmneziaV30)
	case level&levelsOld != 0:
		if reason := d.oldRefusal(level); reason != "" {
			return reason
		}
	case level == level20:
		if reason := d.junkRefusal(); reason != "" {
			return reason
		}
	}
	return d.packetRefusal(level)
}

func needs(what string, version wgtypes.AmneziaVersion) string {
	return fmt.Sprintf("%s needs AmneziaWG %v", what, version)
}

// plainRefusal is refusal for a WireGuard device. set has the parameters that are not
// the default; nil means none.
func (d *demand) plainRefusal(set *wgtypes.AmneziaConfig) (reason string) {
	if set != nil {
		for _, p := range wgtypes.AmneziaParameters() {
			if p.IsSet(set) {
				return needs(p.Key(), p.Since())
			}
		}
	}
	if d.keepaliveRange {
		return needs("a range of keepalive intervals", wgtypes.AmneziaV30)
	}
	return ""
}

// oldRefusal is refusal for levelsOld.
func (d *demand) oldRefusal(level levels) (reason string) {
	usual := wgtypes.DefaultAmnezia()
	for i, h := range wginternal.AmneziaHeaders(d.want) {
		initial := wginternal.AmneziaHeaders(&usual)[i]
		switch {
		case h.Lo != h.Hi && level != level20Old:
			return needs(fmt.Sprintf("the range %v as H%d", h, i+1), wgtypes.AmneziaV20)
		case h.Lo <= oldHeaders && h != initial:
			return fmt.Sprintf("amneziawg-go before 0.2.16 cannot set H%d to %v: must be above %d, or %v", i+1, h, oldHeaders, initial)
		case h == initial && wginternal.AmneziaHeaders(d.have)[i] != initial && level != level20Old:
			return fmt.Sprintf("amneziawg-go before 0.2.15 cannot set H%d back to %v", i+1, h)
		}
	}
	if d.want.Jc > 0 && d.want.Jmin == d.want.Jmax {
		return fmt.Sprintf("amneziawg-go before 0.2.16 needs a Jmax above Jmin, which is %d", d.want.Jmin)
	}
	return d.sizeRefusal()
}

// sizeRefusal is refusal for levels that tell messages by their length, so that two
// types must not have the same.
func (d *demand) sizeRefusal() (reason string) {
	sizes := wginternal.MessageSizes()
	for i, prefix := range wginternal.AmneziaPrefixes(d.want) {
		sizes[i] += prefix
	}
	for i, size := range sizes {
		for j := range i {
			if sizes[j] == size {
				return fmt.Sprintf("amneziawg-go before 0.2.16 needs messages of different lengths, but S%d and S%d make two of %d bytes", j+1, i+1, size)
			}
		}
	}
	return ""
}

// junkRefusal is refusal for level20, which rejects 0 as Jc, Jmin and Jmax.
func (d *demand) junkRefusal() (reason string) {
	for _, p := range wgtypes.AmneziaParameters() {
		if isJunk(p) && isZero(p, d.want) && !isZero(p, d.have) {
			return "amneziawg-go 0.2.16 to 0.2.19 cannot set " + p.Key() + " back to 0"
		}
	}
	return ""
}

// isJunk reports whether p is Jc, Jmin or Jmax.
func isJunk(p wgtypes.AmneziaParameter) bool { return strings.HasPrefix(p.Key(), "J") }

// isZero reports whether a has the zero value of p.
func isZero(p wgtypes.AmneziaParameter, a *wgtypes.Amnezia) bool {
	return p.Equal(a, new(wgtypes.Amnezia))
}
