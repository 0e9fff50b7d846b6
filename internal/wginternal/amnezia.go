package wginternal

import (
	"cmp"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// MergeAmnezia returns a copy of have with the values that c sets. A nil have means the
// defaults.
func MergeAmnezia(have *wgtypes.Amnezia, c wgtypes.AmneziaConfig) *wgtypes.Amnezia {
	merged := orDefault(have)
	for _, p := range wgtypes.AmneziaParameters() {
		p.Apply(merged, &c)
	}
	return merged
}

// orDefault returns a copy of a, or the defaults if a is nil.
func orDefault(a *wgtypes.Amnezia) *wgtypes.Amnezia {
	if a == nil {
		return new(wgtypes.DefaultAmnezia())
	}
	return a.Clone()
}

// DiffAmnezia returns the part of want that differs from have, or nil if nothing does.
// A nil have means the defaults.
func DiffAmnezia(have *wgtypes.Amnezia, want wgtypes.AmneziaConfig) *wgtypes.AmneziaConfig {
	before, after := orDefault(have), MergeAmnezia(have, want)
	var change wgtypes.AmneziaConfig
	for _, p := range wgtypes.AmneziaParameters() {
		if !p.Equal(before, after) {
			p.Set(&change, after)
		}
	}
	if change.IsZero() {
		return nil
	}
	return &change
}

// joinAmnezia returns the change that has the effect of first and then second. Either
// may be nil.
func joinAmnezia(first, second *wgtypes.AmneziaConfig) *wgtypes.AmneziaConfig {
	if first == nil || second == nil {
		return cmp.Or(first, second)
	}
	joined, values := *first, new(wgtypes.Amnezia)
	for _, p := range wgtypes.AmneziaParameters() {
		if p.IsSet(second) {
			p.Apply(values, second)
			p.Set(&joined, values)
		}
	}
	return &joined
}

// AmneziaConfigOf returns the change that sets every parameter to the value that a has.
func AmneziaConfigOf(a *wgtypes.Amnezia) (c wgtypes.AmneziaConfig) {
	for _, p := range wgtypes.AmneziaParameters() {
		p.Set(&c, a)
	}
	return c
}

// SameAmnezia reports whether a and b are equal. nil is a plain WireGuard device, which
// differs from an AmneziaWG device with the defaults.
func SameAmnezia(a, b *wgtypes.Amnezia) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Version != b.Version || !slices.Equal(a.UnknownKeys, b.UnknownKeys) {
		return false
	}
	for _, p := range wgtypes.AmneziaParameters() {
		if !p.Equal(a, b) {
			return false
		}
	}
	return true
}
