package nlwire

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// AmneziaWG adds attributes to a device, and a range to the keepalive interval of a
// peer. Versions 1, 2 and 3 of the family encode some of them differently under the same
// number (src/uapi/wireguard.h and src/netlink.c of the module). The length of an
// attribute does not show the version: a text of 7 digits is as long as a range.

// amneziaNumbers are the numbers of the attributes, by the names of the parameters.
var amneziaNumbers = map[string]uint16{
	"jc": 9, "jmin": 10, "jmax": 11, "s1": 12, "s2": 13, "s3": 19, "s4": 20,
	"h1": 14, "h2": 15, "h3": 16, "h4": 17, "i1": 21, "i2": 22, "i3": 23, "i4": 24, "i5": 25,
	"header_protection_key": 26, "content_padding_addition": 27, "rekey_after_time": 28,
	"rekey_timeout": 29, "reject_after_time": 30, "keepalive_timeout": 31, "max_handshake_attempts": 32,
	"random_trailers": 33, "disable_cookies": 34,
}

// Numbers of the attributes of H1 and H4, between which H2 and H3 are.
const (
	devH1 = 14
	devH4 = 17
)

// amneziaAttr is the attribute of a parameter.
type amneziaAttr struct {
	typ       uint16
	parameter wgtypes.AmneziaParameter
}

// amneziaAttrs returns the attributes. The list is made when it is needed, because few
// programs do.
var amneziaAttrs = sync.OnceValue(func() (list []amneziaAttr) {
	for _, p := range wgtypes.AmneziaParameters() {
		list = append(list, amneziaAttr{amneziaNumbers[p.Name()], p})
	}
	return list
})

// isHeader reports whether the attribute is one of H1 to H4.
func (t *amneziaAttr) isHeader() bool { return t.typ >= devH1 && t.typ <= devH4 }

// amneziaSize returns the encoded size of the parameters that c sets and the version
// has. c may be nil.
func amneziaSize(c *wgtypes.AmneziaConfig, version wgtypes.AmneziaVersion) (n int) {
	if c == nil {
		return 0
	}
	for _, t := range amneziaAttrs() {
		if t.parameter.Since() <= version {
			n += t.size(c, version)
		}
	}
	return n
}

// size returns the encoded size of the attribute, or 0 if c does not set it.
func (t *amneziaAttr) size(c *wgtypes.AmneziaConfig, version wgtypes.AmneziaVersion) int {
	switch v := t.parameter.Change(c).(type) {
	case **uint16:
		return sizeIf(*v != nil, 2)
	case **bool:
		return sizeIf(*v != nil, 1)
	case **wgtypes.HeaderProtectionKey:
		return sizeIf(*v != nil, keySize)
	case **string:
		if *v == nil {
			return 0
		}
		return attrSize(len(**v) + 1)
	case **wgtypes.Range:
		switch {
		case *v == nil:
			return 0
		case !t.isHeader() || version < wgtypes.AmneziaV20:
			return attrSize(4)
		case version < wgtypes.AmneziaV30:
			return attrSize(len((*v).String()) + 1)
		}
		return attrSize(8)
	}
	return 0
}

func sizeIf(set bool, n int) int {
	if set {
		return attrSize(n)
	}
	return 0
}

// appendAmnezia appends the parameters that c sets and the version has. c may be nil.
func appendAmnezia(b []byte, c *wgtypes.AmneziaConfig, version wgtypes.AmneziaVersion) []byte {
	if c == nil {
		return b
	}
	for _, t := range amneziaAttrs() {
		if t.parameter.Since() <= version {
			b = t.append(b, c, version)
		}
	}
	return b
}

// append appends the attribute if c sets it.
func (t *amneziaAttr) append(b []byte, c *wgtypes.AmneziaConfig, version wgtypes.AmneziaVersion) []byte {
	switch v := t.parameter.Change(c).(type) {
	case **uint16:
		if *v != nil {
			b = appendU16(b, t.typ, **v)
		}
	case **bool:
		if *v != nil {
			b = appendU8(b, t.typ, boolByte(**v))
		}
	case **wgtypes.HeaderProtectionKey:
		if *v != nil {
			k := (*v).Bytes()
			b = appendBytes(b, t.typ, k[:])
		}
	case **string:
		if *v != nil {
			b = appendText(b, t.typ, **v)
		}
	case **wgtypes.Range:
		if *v != nil {
			b = t.appendRange(b, **v, version)
		}
	}
	return b
}

func boolByte(v bool) uint8 {
	if v {
		return 1
	}
	return 0
}

// appendRange appends a message type or another range. Version 1 has single numbers as
// message types.
func (t *amneziaAttr) appendRange(b []byte, r wgtypes.Range, version wgtypes.AmneziaVersion) []byte {
	switch {
	case !t.isHeader():
		return appendU32(b, t.typ, span(uint16(r.Lo), uint16(r.Hi)))
	case version < wgtypes.AmneziaV20:
		return appendU32(b, t.typ, r.Lo)
	case version < wgtypes.AmneziaV30:
		return appendText(b, t.typ, r.String())
	}
	return appendU64(b, t.typ, uint64(r.Hi)<<32|uint64(r.Lo))
}

// span encodes a range of 16-bit numbers, and unspan decodes it.
func span(lo, hi uint16) uint32 { return uint32(hi)<<16 | uint32(lo) }

func unspan(n uint32) (lo, hi uint16) { return uint16(n), uint16(n >> 16) }

// keepaliveSize returns the size of a keepalive interval.
func keepaliveSize(version wgtypes.AmneziaVersion) int {
	if version < wgtypes.AmneziaV30 {
		return 2
	}
	return 4
}

// maxUnknown is the largest number of unknown attributes that are reported.
const maxUnknown = 32

// amneziaField decodes an attribute that WireGuard does not have. A known one with
// another form than that of the version is an error: a change sends what was read back.
func (a *attrs) amneziaField(to *wgtypes.Amnezia) {
	attributes := amneziaAttrs()
	i := slices.IndexFunc(attributes, func(t amneziaAttr) bool { return t.typ == a.typ })
	if i < 0 || attributes[i].parameter.Since() > to.Version {
		name := fmt.Sprintf("attribute %d", a.typ)
		if len(to.UnknownKeys) < maxUnknown && !slices.Contains(to.UnknownKeys, name) {
			to.UnknownKeys = append(to.UnknownKeys, name)
		}
		return
	}
	t := &attributes[i]
	switch v := t.parameter.State(to).(type) {
	case *uint16:
		if a.hasSize(2) {
			*v = host.Uint16(a.payload())
		}
	case *bool:
		if a.hasSize(1) {
			*v = a.payload()[0] != 0
		}
	case *wgtypes.HeaderProtectionKey:
		if a.hasSize(keySize) {
			*v = wgtypes.NewHeaderProtectionKey([keySize]byte(a.payload()))
		}
	case *string:
		if a.isText() {
			*v = a.text()
		}
	case *wgtypes.Range:
		a.amneziaRange(t, v, to.Version)
	}
}

// amneziaRange decodes what appendRange encodes. The first number may be larger than the
// second one: some versions keep such a range.
func (a *attrs) amneziaRange(t *amneziaAttr, r *wgtypes.Range, version wgtypes.AmneziaVersion) {
	switch {
	case !t.isHeader():
		if a.hasSize(4) {
			lo, hi := unspan(host.Uint32(a.payload()))
			*r = wgtypes.Range{Lo: uint32(lo), Hi: uint32(hi)}
		}
	case version < wgtypes.AmneziaV20:
		if a.hasSize(4) {
			n := host.Uint32(a.payload())
			*r = wgtypes.Range{Lo: n, Hi: n}
		}
	case version < wgtypes.AmneziaV30:
		if a.isText() {
			a.headerText(r)
		}
	case a.hasSize(8):
		n := host.Uint64(a.payload())
		*r = wgtypes.Range{Lo: uint32(n & math.MaxUint32), Hi: uint32(n >> 32)}
	}
}

// headerText decodes a message type of version 2, such as "5" or "5-9".
func (a *attrs) headerText(r *wgtypes.Range) {
	lo, hi, isRange := strings.Cut(a.text(), "-")
	if !isRange {
		hi = lo
	}
	x, err1 := strconv.ParseUint(lo, 10, 32)
	y, err2 := strconv.ParseUint(hi, 10, 32)
	if err1 != nil || err2 != nil {
		a.fail("attribute %d is not a number or a range", a.typ)
		return
	}
	*r = wgtypes.Range{Lo: uint32(x), Hi: uint32(y)}
}

// hasSize reports whether the payload has n bytes. Otherwise it records an error.
func (a *attrs) hasSize(n int) bool {
	if got := len(a.payload()); got != n {
		a.fail("attribute %d has %d bytes, want %d", a.typ, got, n)
		return false
	}
	return true
}

// isText reports whether the payload ends with a NUL byte. Otherwise it records an error.
func (a *attrs) isText() bool {
	if b := a.payload(); len(b) == 0 || b[len(b)-1] != 0 {
		a.fail("attribute %d is not a text that ends with a NUL byte", a.typ)
		return false
	}
	return true
}
