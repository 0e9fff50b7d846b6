package uapi

import (
	"bytes"
	"math"
	"slices"
	"strconv"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// The keys of AmneziaWG belong to the device. They are those of
// wgtypes.AmneziaParameters, in this order. Replies of WireGuard devices never reach
// the code of this file.

const (
	wantRange  = "a decimal number up to 4294967295, or two as in 5-9"
	wantBool   = "0 or 1"
	wantPacket = "a text without control bytes"
)

// appendAmnezia appends the lines of a, which may be nil. Zero values are not sent,
// except those that show the version: each version sends other keys.
func appendAmnezia(b []byte, a *wgtypes.Amnezia) []byte {
	if a == nil {
		return b
	}
	usual := wgtypes.DefaultAmnezia()
	for _, p := range wgtypes.AmneziaParameters() {
		if showsVersion(p, a.Version) || !p.Equal(a, &usual) {
			b = appendParameter(b, p.Name(), p.State(a))
		}
	}
	return b
}

// showsVersion reports whether a reply has the parameter even with the default, as
// long as a device has that version. An unknown version is the first one.
func showsVersion(p wgtypes.AmneziaParameter, version wgtypes.AmneziaVersion) bool {
	version = max(version, wgtypes.AmneziaV10)
	switch p.Name() {
	case "jc":
		return version == wgtypes.AmneziaV10
	case "s3":
		return version == wgtypes.AmneziaV15
	case "h1", "h2", "h3", "h4":
		return version >= wgtypes.AmneziaV20
	case "content_padding_addition":
		return version == wgtypes.AmneziaV30
	}
	return version == wgtypes.AmneziaV31 && p.Since() == version
}

// shownVersion returns the first version that sends the parameter with that value in
// a reply. Versions before 2.0 do not send H1 to H4 from 0 to 4.
func shownVersion(p wgtypes.AmneziaParameter, a *wgtypes.Amnezia) wgtypes.AmneziaVersion {
	if r, ok := p.State(a).(*wgtypes.Range); ok && (r.Lo <= 4 || r.Lo != r.Hi) {
		return max(p.Since(), wgtypes.AmneziaV20)
	}
	return p.Since()
}

// appendAmneziaConfig appends the lines of c, which may be nil.
func appendAmneziaConfig(b []byte, c *wgtypes.AmneziaConfig) []byte {
	if c == nil {
		return b
	}
	var a wgtypes.Amnezia
	for _, p := range wgtypes.AmneziaParameters() {
		if p.IsSet(c) {
			p.Apply(&a, c)
			b = appendParameter(b, p.Name(), p.State(&a))
		}
	}
	return b
}

// amneziaConfigSize returns an upper bound of the length of the lines of c.
func amneziaConfigSize(c *wgtypes.AmneziaConfig) int {
	if c == nil {
		return 0
	}
	const most = 100 // the line of the key
	size := most * len(wgtypes.AmneziaParameters())
	for _, packet := range []*string{c.I1, c.I2, c.I3, c.I4, c.I5} {
		if packet != nil {
			size += len(*packet)
		}
	}
	return size
}

// appendParameter appends a line with the value behind a pointer. No text can add a
// line: control bytes become '?'.
func appendParameter(b []byte, key string, value any) []byte {
	switch v := value.(type) {
	case *uint16:
		return appendUint(b, key, uint64(*v))
	case *bool:
		n := uint64(0)
		if *v {
			n = 1
		}
		return appendUint(b, key, n)
	case *wgtypes.HeaderProtectionKey:
		k := v.Bytes()
		defer clear(k[:])
		return appendKey(b, key, k)
	case *wgtypes.Range:
		b = append(append(b, key...), '=')
		b, _ = v.AppendText(b) // never fails
	case *string:
		b = append(append(b, key...), '=')
		b = appendPrintable(b, *v)
	}
	return append(b, '\n')
}

// appendPrintable appends s with '?' for each control byte.
func appendPrintable(b []byte, s string) []byte {
	for i := range len(s) {
		if isControl(s[i]) {
			b = append(b, '?')
		} else {
			b = append(b, s[i])
		}
	}
	return b
}

// parseParameter parses a value of a request into the variable behind a pointer.
func parseParameter(at any, v []byte) (want string) {
	switch at := at.(type) {
	case *uint16:
		return expect(setUint(at, v), wantU16)
	case *wgtypes.Range:
		return expect(at.UnmarshalText(v) == nil, wantRange)
	case *bool:
		on, err := strconv.ParseBool(string(v))
		*at = on
		return expect(err == nil, wantBool)
	case *string:
		*at = string(v)
		return expect(!hasControl(v), wantPacket)
	case *wgtypes.HeaderProtectionKey:
		k, ok := parseKey(v)
		defer clear(k[:])
		if ok {
			*at = wgtypes.NewHeaderProtectionKey(k)
		}
		return expect(ok, wantKey)
	}
	return ""
}

// parseReplyParameter parses a value of a reply. Numbers that are too large become
// the largest value, and unknown forms, such as the negative numbers that some
// versions accept, become 0. Control bytes of a text become '?'. Only a malformed key
// fails.
func parseReplyParameter(at any, v []byte) (want string) {
	switch at := at.(type) {
	case *uint16:
		n, _ := parseSaturated(v, math.MaxUint16)
		*at = uint16(n)
	case *wgtypes.Range:
		*at = parseReplyRange(v, math.MaxUint32)
	case *string:
		*at = string(appendPrintable(nil, string(v)))
	case *bool:
		*at, _ = strconv.ParseBool(string(v))
	default:
		return parseParameter(at, v)
	}
	return ""
}

// parseReplyRange parses a number or a range of a reply, up to limit, which has at
// most 32 bits.
func parseReplyRange(v []byte, limit uint64) wgtypes.Range {
	first, second, isRange := bytes.Cut(v, []byte{'-'})
	lo, _ := parseSaturated(first, limit)
	hi := lo
	if isRange {
		hi, _ = parseSaturated(second, limit)
	}
	return wgtypes.Range{Lo: uint32(lo), Hi: uint32(max(lo, hi))}
}

// findParameter returns the parameter with the key. It begins at the one after that
// which was found last, because keys come in order.
func findParameter(key []byte, last *int) (p wgtypes.AmneziaParameter, ok bool) {
	list := wgtypes.AmneziaParameters()
	for range list {
		p := list[*last%len(list)]
		if *last = (*last + 1) % len(list); p.Name() == string(key) {
			return p, true
		}
	}
	return p, false
}

// readAmnezia reads a key of the device that deviceTable does not have.
func (d *Decoder) readAmnezia(key, value []byte) {
	p, ok := findParameter(key, &d.row)
	if !ok {
		d.noteUnknown(key)
		return
	}
	if d.dev.Amnezia == nil {
		d.dev.Amnezia = new(wgtypes.DefaultAmnezia())
	}
	a := d.dev.Amnezia
	if want := parseReplyParameter(p.State(a), value); want != "" {
		d.fail(p.Name(), "%s", want)
	}
	a.Version = max(a.Version, shownVersion(p, a))
}

// The limits of Amnezia.UnknownKeys bound what an invalid reply can cost.
const (
	maxUnknown    = 32 // keys
	maxUnknownLen = 64 // bytes of a key
)

// noteUnknown notes a key for Amnezia.UnknownKeys. It ignores keys of peers, and keys
// that have other bytes than letters, digits and underscores.
func (d *Decoder) noteUnknown(key []byte) {
	if len(d.unknown) == maxUnknown || len(key) > maxUnknownLen || slices.Contains(d.unknown, string(key)) ||
		peerTable.find(key, new(int)) != nil || bytes.ContainsFunc(key, notInKey) {
		return
	}
	d.unknown = append(d.unknown, string(key))
}

func notInKey(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
}

// readAmneziaConfig reads a key of the device that configTable does not have.
func (s *setParser) readAmneziaConfig(key, value []byte) {
	p, ok := findParameter(key, &s.row)
	if !ok {
		s.failKey()
		return
	}
	if s.config.Amnezia == nil {
		s.config.Amnezia = new(wgtypes.AmneziaConfig)
	}
	var a wgtypes.Amnezia
	if want := parseParameter(p.State(&a), value); want != "" {
		s.fail(p.Name(), "%s", want)
	}
	p.Set(s.config.Amnezia, &a)
}
