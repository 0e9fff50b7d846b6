package wgconf

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// amneziaKeys returns the keys that awg(8) adds to [Interface], in the order of its
// showconf. The list is made when it is needed, because few programs do.
var amneziaKeys = sync.OnceValue(func() (keys []key) {
	for _, p := range wgtypes.AmneziaParameters() {
		keys = append(keys, amneziaKey(p))
	}
	return keys
})

// ignoredKeys are keys that some version of awg(8) has and that set nothing here.
var ignoredKeys = []key{
	ignoredKey("J1", interfaceSection, only15),
	ignoredKey("J2", interfaceSection, only15),
	ignoredKey("J3", interfaceSection, only15),
	ignoredKey("Itime", interfaceSection, only15),
	ignoredKey("AdvancedSecurity", peerSection, "ignored, because it has no effect since AmneziaWG 3: remove the line"),
	ignoredKey("SpecialHandshake", peerSection, only15),
}

const only15 = "ignored, because only AmneziaWG 1.5 has it: remove the line"

func ignoredKey(name string, section section, why string) key {
	return key{
		name: name, section: section, form: packet, mayBeEmpty: true, ignored: why,
		parse: func(*object, string) error { return nil },
	}
}

// awgInterfaceKeys and awgPeerKeys return the keys that awg(8) knows in each section.
var (
	awgInterfaceKeys = sync.OnceValue(func() []key { return slices.Concat(interfaceKeys, amneziaKeys(), ignoredIn(interfaceSection)) })
	awgPeerKeys      = sync.OnceValue(func() []key { return slices.Concat(withRanges(peerKeys), ignoredIn(peerSection)) })
)

func ignoredIn(section section) []key {
	return slices.DeleteFunc(slices.Clone(ignoredKeys), func(k key) bool { return k.section != section })
}

// withRanges returns keys with a PersistentKeepalive that may be a range.
func withRanges(keys []key) []key {
	keys = slices.Clone(keys)
	find(keys, "PersistentKeepalive").parse = parseKeepaliveRange
	return keys
}

func amneziaKey(p wgtypes.AmneziaParameter) key {
	switch change := p.Change(new(wgtypes.AmneziaConfig)).(type) {
	case **uint16:
		return parameterKey(p, parseUint16, appendUint16)
	case **wgtypes.Range:
		return parameterKey(p, parseParameterRange, appendValue[wgtypes.Range])
	case **string:
		k := parameterKey(p, parsePacket, appendPacket)
		k.form, k.mayBeEmpty = packet, true
		return k
	case **bool:
		return parameterKey(p, parseSwitch, appendSwitch)
	case **wgtypes.HeaderProtectionKey:
		return parameterKey(p, parseHeaderKey, appendValue[wgtypes.HeaderProtectionKey])
	default:
		panic(fmt.Sprintf("wgconf: no key has the type %T", change))
	}
}

// parameterKey returns the key of a parameter. The apps of AmneziaWG write a parameter of
// version 3 that is not set as a key without a value.
func parameterKey[T any](
	p wgtypes.AmneziaParameter,
	parse func(p wgtypes.AmneziaParameter, value string) (T, error),
	appendTo func(b []byte, name string, v *T) []byte,
) key {
	field := func(c *wgtypes.AmneziaConfig) **T { return p.Change(c).(**T) }
	return key{
		name: p.Key(), section: interfaceSection, amnezia: true, mayBeEmpty: p.Since() >= wgtypes.AmneziaV30,
		parse: func(o *object, value string) error {
			var c wgtypes.AmneziaConfig
			if o.Amnezia != nil {
				c = *o.Amnezia
			}
			*field(&c) = nil
			if value != "" || p.Since() < wgtypes.AmneziaV30 {
				v, err := parse(p, value)
				if err != nil {
					return err
				}
				*field(&c) = &v
			}
			o.Amnezia = unlessZero(c, c.IsZero())
			return nil
		},
		append: func(b []byte, name string, o object) []byte {
			if o.Amnezia == nil || *field(o.Amnezia) == nil {
				return b
			}
			return appendTo(b, name, *field(o.Amnezia))
		},
	}
}

// cloneAmnezia returns a copy of c that shares no memory with it, or nil.
func cloneAmnezia(c *wgtypes.AmneziaConfig) *wgtypes.AmneziaConfig {
	if c == nil {
		return nil
	}
	return new(withoutParameter(*c, ""))
}

// withoutParameter returns a copy of c without the parameter that has the key name.
func withoutParameter(c wgtypes.AmneziaConfig, name string) (copied wgtypes.AmneziaConfig) {
	var values wgtypes.Amnezia
	for _, p := range wgtypes.AmneziaParameters() {
		if p.Key() != name && p.IsSet(&c) {
			p.Apply(&values, &c)
			p.Set(&copied, &values)
		}
	}
	return copied
}

func parseUint16(p wgtypes.AmneziaParameter, value string) (uint16, error) {
	value = squeeze(value)
	n, ok := parseUint(value, 10, math.MaxUint16)
	if !ok {
		return 0, invalidValue(p.Key(), value, "must be 0 to %d", math.MaxUint16)
	}
	return uint16(n), nil
}

func appendUint16(b []byte, name string, n *uint16) []byte {
	return appendLine(b, name, strconv.Itoa(int(*n)))
}

func parseParameterRange(p wgtypes.AmneziaParameter, value string) (wgtypes.Range, error) {
	value = squeeze(value)
	lo, limit := uint64(0), uint64(math.MaxUint16)
	if isHeader(p) {
		lo, limit = 1, math.MaxUint32
	}
	r, reason := parseRange(value, lo, limit)
	if reason != "" {
		return r, invalidValue(p.Key(), value, "%s", reason)
	}
	return r, nil
}

// isHeader reports whether p is one of H1 to H4: the ranges that are not zero by
// default.
func isHeader(p wgtypes.AmneziaParameter) bool {
	r, ok := p.State(new(wgtypes.DefaultAmnezia())).(*wgtypes.Range)
	return ok && !r.IsZero()
}

// parseRange parses a number, or two numbers with a "-" between them, from lo to limit.
// The reason is "" if text is valid.
func parseRange(text string, lo, limit uint64) (r wgtypes.Range, reason string) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	a, ok1 := parseUint(first, 10, limit)
	b, ok2 := parseUint(last, 10, limit)
	switch {
	case !ok1 || !ok2 || a < lo:
		return r, fmt.Sprintf("must be %d to %d, or a range such as 5-9", lo, limit)
	case a > b:
		return r, fmt.Sprintf("%d is larger than %d", a, b)
	}
	return wgtypes.Range{Lo: uint32(a), Hi: uint32(b)}, ""
}

// parseKeepaliveRange parses the PersistentKeepalive of awg(8).
func parseKeepaliveRange(o *object, value string) error {
	if !strings.Contains(value, "-") {
		if err := set(&o.PersistentKeepalive, ParsePersistentKeepalive, value); err != nil {
			return err
		}
		o.PersistentKeepaliveMax = 0
		return nil
	}
	value = squeeze(value)
	r, reason := parseRange(value, 0, math.MaxUint16)
	if strings.HasPrefix(reason, "must be ") {
		reason = "must be 0 to 65535 seconds, a range such as 22-30, or off"
	}
	if reason != "" {
		return invalidValue("PersistentKeepalive", value, "%s", reason)
	}
	o.PersistentKeepalive, o.PersistentKeepaliveMax = new(time.Duration(r.Lo)*time.Second), 0
	if r.Lo < r.Hi {
		o.PersistentKeepaliveMax = time.Duration(r.Hi) * time.Second
	}
	return nil
}

// parsePacket checks the description of a packet. White space in it is significant.
func parsePacket(p wgtypes.AmneziaParameter, value string) (string, error) {
	var c wgtypes.AmneziaConfig
	*p.Change(&c).(**string) = &value
	if fe, ok := errors.AsType[*wgtypes.FieldError](wgtypes.Config{Amnezia: &c}.Validate()); ok {
		return "", invalidValue(p.Key(), value, "%s", strings.TrimPrefix(strings.TrimPrefix(fe.Reason, "invalid packet: "), "invalid "))
	}
	return strings.Clone(value), nil // a substring would keep the file, and its keys
}

func appendPacket(b []byte, name string, text *string) []byte { return appendLine(b, name, *text) }

// parseSwitch parses on, off, or a number, of which 0 is off.
func parseSwitch(p wgtypes.AmneziaParameter, value string) (on bool, err error) {
	value = squeeze(value)
	if equalFold(value, "on") || isOff(value) {
		return !isOff(value), nil
	}
	n, ok := parseUint(value, 10, math.MaxUint32)
	if !ok {
		return false, invalidValue(p.Key(), value, "must be on or off")
	}
	return n != 0, nil
}

func appendSwitch(b []byte, name string, on *bool) []byte {
	if *on {
		return appendLine(b, name, "on")
	}
	return appendLine(b, name, "off")
}

func parseHeaderKey(p wgtypes.AmneziaParameter, value string) (wgtypes.HeaderProtectionKey, error) {
	k, err := wgtypes.ParseHeaderProtectionKey(squeeze(value))
	return k, keyError(p.Key(), err)
}
