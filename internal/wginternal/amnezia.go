package wginternal

import (
	"fmt"
	"slices"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// MergeAmnezia returns the parameters of a device that has the parameters have after
// it applies c. nil means a device with the defaults. It does not modify have.
func MergeAmnezia(have *wgtypes.Amnezia, c wgtypes.AmneziaConfig) *wgtypes.Amnezia {
	merged := orDefault(have)
	for _, p := range wgtypes.AmneziaParameters() {
		switch change := p.Change(&c).(type) {
		case **uint16:
			assign(p.State(merged).(*uint16), *change)
		case **wgtypes.Range:
			assign(p.State(merged).(*wgtypes.Range), *change)
		case **string:
			assign(p.State(merged).(*string), *change)
		case **bool:
			assign(p.State(merged).(*bool), *change)
		case **wgtypes.HeaderProtectionKey:
			assign(p.State(merged).(*wgtypes.HeaderProtectionKey), *change)
		default:
			panic(fmt.Sprintf("wginternal: no parameter has the type %T", change))
		}
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

// assign sets *at to *value unless value is nil.
func assign[T any](at, value *T) {
	if value != nil {
		*at = *value
	}
}

// DiffAmnezia returns the parameters that want sets and that have, where nil means the
// defaults, does not have yet. It returns nil if there are none.
func DiffAmnezia(have *wgtypes.Amnezia, want wgtypes.AmneziaConfig) *wgtypes.AmneziaConfig {
	before, after := orDefault(have), MergeAmnezia(have, want)
	var change wgtypes.AmneziaConfig
	for _, p := range wgtypes.AmneziaParameters() {
		if !sameParameter(p, before, after) {
			SetAmnezia(p, &change, after)
		}
	}
	if change.IsZero() {
		return nil
	}
	return &change
}

// AmneziaConfigOf returns the change that sets every parameter to the value that a has.
func AmneziaConfigOf(a *wgtypes.Amnezia) (c wgtypes.AmneziaConfig) {
	for _, p := range wgtypes.AmneziaParameters() {
		SetAmnezia(p, &c, a)
	}
	return c
}

// SetAmnezia makes c set the parameter p to the value that a has.
func SetAmnezia(p wgtypes.AmneziaParameter, c *wgtypes.AmneziaConfig, a *wgtypes.Amnezia) {
	switch change := p.Change(c).(type) {
	case **uint16:
		*change = new(*p.State(a).(*uint16))
	case **wgtypes.Range:
		*change = new(*p.State(a).(*wgtypes.Range))
	case **string:
		*change = new(*p.State(a).(*string))
	case **bool:
		*change = new(*p.State(a).(*bool))
	case **wgtypes.HeaderProtectionKey:
		*change = new(*p.State(a).(*wgtypes.HeaderProtectionKey))
	default:
		panic(fmt.Sprintf("wginternal: no parameter has the type %T", change))
	}
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
		if !sameParameter(p, a, b) {
			return false
		}
	}
	return true
}

func sameParameter(p wgtypes.AmneziaParameter, a, b *wgtypes.Amnezia) bool {
	switch x := p.State(a).(type) {
	case *uint16:
		return *x == *p.State(b).(*uint16)
	case *wgtypes.Range:
		return *x == *p.State(b).(*wgtypes.Range)
	case *string:
		return *x == *p.State(b).(*string)
	case *bool:
		return *x == *p.State(b).(*bool)
	case *wgtypes.HeaderProtectionKey:
		return x.Equal(*p.State(b).(*wgtypes.HeaderProtectionKey))
	default:
		panic(fmt.Sprintf("wginternal: no parameter has the type %T", x))
	}
}
