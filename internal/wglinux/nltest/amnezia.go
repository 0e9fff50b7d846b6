package nltest

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/mdlayher/netlink"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Attributes that AmneziaWG adds (src/uapi/wireguard.h of its module).
const (
	devJc   = 9
	devJmin = 10
	devJmax = 11
	devS1   = 12
	devS2   = 13
	devH1   = 14
	devH4   = 17
	devS3   = 19
	devS4   = 20
	devI1   = 21
	devI5   = 25
	devKey  = 26
	devPad  = 27
	devLast = 32 // the last range
	devRT   = 33
	devDC   = 34

	peerAdvancedSecurity    = 11
	peerHasAdvancedSecurity = 8 // a flag
)

// amnezia is the state of a device of the module. Methods of a nil amnezia describe
// WireGuard.
type amnezia struct {
	wgtypes.Amnezia
	packets [5]bool // I1 to I5 were set, maybe to nothing
	hasKey  bool
	enabled bool // a parameter was set
	// advanced has the peers with "advanced security". Version 3 has none.
	advanced map[wgtypes.PublicKey]bool
}

// newAmnezia returns the state of a device with these parameters.
func newAmnezia(a *wgtypes.Amnezia) *amnezia {
	if a == nil {
		return nil
	}
	m := &amnezia{
		Amnezia: *a.Clone(), hasKey: !a.HeaderProtectionKey.IsZero(), advanced: make(map[wgtypes.PublicKey]bool),
	}
	for i, text := range m.texts() {
		m.packets[i] = *text != ""
	}
	return m
}

func (m *amnezia) texts() [5]*string          { return [5]*string{&m.I1, &m.I2, &m.I3, &m.I4, &m.I5} }
func (m *amnezia) headers() [4]*wgtypes.Range { return [4]*wgtypes.Range{&m.H1, &m.H2, &m.H3, &m.H4} }

// ranges returns the ranges of the attributes from devPad to devLast.
func (m *amnezia) ranges() [6]*wgtypes.Range {
	return [6]*wgtypes.Range{
		&m.ContentPaddingAddition, &m.RekeyAfterTime, &m.RekeyTimeout,
		&m.RejectAfterTime, &m.KeepaliveTimeout, &m.MaxHandshakeAttempts,
	}
}

// numbers returns the fields with 16 bits.
func (m *amnezia) numbers() map[uint16]*uint16 {
	return map[uint16]*uint16{
		devJc: &m.Jc, devJmin: &m.Jmin, devJmax: &m.Jmax,
		devS1: &m.S1, devS2: &m.S2, devS3: &m.S3, devS4: &m.S4,
	}
}

// genlVersion returns the version of the family.
func (m *amnezia) genlVersion() uint8 {
	switch {
	case m == nil || m.Version == wgtypes.AmneziaV10:
		return genlVersion
	case m.Version == wgtypes.AmneziaV20:
		return 2
	}
	return 3
}

// appendDevice appends the parameters in the order of the version.
func (m *amnezia) appendDevice(b []byte) []byte {
	if m == nil {
		return b
	}
	order := []uint16{devJc, devJmin, devJmax, devS1, devS2}
	switch m.Version {
	case wgtypes.AmneziaV10:
		order = append(order, devH1, 15, 16, devH4)
	case wgtypes.AmneziaV20:
		order = append(order, devH1, 15, 16, devH4, devS3, devS4, devI1, 22, 23, 24, devI5)
	default:
		order = append(order, devS3, devS4, devH1, 15, 16, devH4, devPad, 28, 29, 30, 31, devLast)
		if m.Version == wgtypes.AmneziaV31 {
			order = append(order, devRT, devDC)
		}
		order = append(order, devI1, 22, 23, 24, devI5, devKey)
	}
	for _, typ := range order {
		if payload, ok := m.attribute(typ); ok {
			b = appendAttr(b, typ, payload)
		}
	}
	return b
}

// attribute returns an attribute of the device in a reply, or false if it is absent.
func (m *amnezia) attribute(typ uint16) (payload []byte, ok bool) {
	if n := m.numbers()[typ]; n != nil {
		return host.AppendUint16(nil, *n), true
	}
	switch {
	case typ >= devH1 && typ <= devH4:
		return m.header(*m.headers()[typ-devH1]), true
	case typ >= devI1 && typ <= devI5:
		i := typ - devI1
		return append([]byte(*m.texts()[i]), 0), m.packets[i]
	case typ >= devPad && typ <= devLast:
		r := m.ranges()[typ-devPad]
		return host.AppendUint32(nil, r.Hi<<16|r.Lo), true
	case typ == devKey:
		k := m.HeaderProtectionKey.Bytes()
		return k[:], m.hasKey
	case typ == devRT:
		return []byte{toByte(m.RandomTrailers)}, true
	case typ == devDC:
		return []byte{toByte(m.DisableCookies)}, true
	}
	return nil, false
}

func toByte(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// header returns a message type in the form of the version.
func (m *amnezia) header(r wgtypes.Range) []byte {
	switch m.genlVersion() {
	case 1:
		return host.AppendUint32(nil, r.Lo)
	case 2:
		text := strconv.FormatUint(uint64(r.Lo), 10)
		if r.Lo != r.Hi {
			text += "-" + strconv.FormatUint(uint64(r.Hi), 10)
		}
		return append([]byte(text), 0)
	}
	return host.AppendUint64(nil, uint64(r.Hi)<<32|uint64(r.Lo))
}

// appendPeerFlags appends what every part of a peer begins with.
func (m *amnezia) appendPeerFlags(b []byte, k wgtypes.PublicKey) []byte {
	if m == nil {
		return b
	}
	b = appendU32(b, peerFlags, peerHasAdvancedSecurity)
	if m.advanced[k] {
		b = appendAttr(b, peerAdvancedSecurity, nil)
	}
	return b
}

func (m *amnezia) appendKeepalive(b []byte, p *wgtypes.Peer) []byte {
	lo := uint32(p.PersistentKeepalive / time.Second)
	if m.genlVersion() < 3 {
		return appendU16(b, peerKeepalive, uint16(lo))
	}
	hi := lo
	if p.PersistentKeepaliveMax != 0 {
		hi = uint32(p.PersistentKeepaliveMax / time.Second)
	}
	return appendU32(b, peerKeepalive, hi<<16|lo)
}

// decodeKeepalive decodes a keepalive interval in a request.
func decodeKeepalive(a *netlink.AttributeDecoder, p *wgtypes.PeerConfig, version wgtypes.AmneziaVersion) {
	if version < wgtypes.AmneziaV30 {
		p.PersistentKeepalive = new(time.Duration(a.Uint16()) * time.Second)
		return
	}
	n := a.Uint32()
	lo, hi := time.Duration(n&0xffff)*time.Second, time.Duration(n>>16)*time.Second
	if p.PersistentKeepalive = &lo; hi != lo {
		p.PersistentKeepaliveMax = hi
	}
}

// decodeAmnezia decodes a parameter in a request.
func decodeAmnezia(c *wgtypes.AmneziaConfig, a *netlink.AttributeDecoder, version wgtypes.AmneziaVersion) error {
	typ := a.Type()
	if typ > lastAttribute(version) {
		return malformed("attribute %d in a request", typ)
	}
	numbers := map[uint16]**uint16{
		devJc: &c.Jc, devJmin: &c.Jmin, devJmax: &c.Jmax, devS1: &c.S1, devS2: &c.S2, devS3: &c.S3, devS4: &c.S4,
	}
	switch n := numbers[typ]; {
	case n != nil:
		*n = new(a.Uint16())
	case typ >= devH1 && typ <= devH4:
		return decodeHeader([]**wgtypes.Range{&c.H1, &c.H2, &c.H3, &c.H4}[typ-devH1], a, version)
	case typ >= devI1 && typ <= devI5:
		*[]**string{&c.I1, &c.I2, &c.I3, &c.I4, &c.I5}[typ-devI1] = new(a.String())
	case typ == devKey:
		k, err := key(a)
		c.HeaderProtectionKey = new(wgtypes.NewHeaderProtectionKey(k))
		return err
	case typ >= devPad && typ <= devLast:
		n := a.Uint32()
		*[]**wgtypes.Range{
			&c.ContentPaddingAddition, &c.RekeyAfterTime, &c.RekeyTimeout,
			&c.RejectAfterTime, &c.KeepaliveTimeout, &c.MaxHandshakeAttempts,
		}[typ-devPad] = &wgtypes.Range{Lo: n & 0xffff, Hi: n >> 16}
	case typ == devRT:
		c.RandomTrailers = new(a.Uint8() != 0)
	case typ == devDC:
		c.DisableCookies = new(a.Uint8() != 0)
	default:
		return malformed("attribute %d in a request", typ)
	}
	return nil
}

// lastAttribute returns the largest attribute of a device that the version has.
func lastAttribute(version wgtypes.AmneziaVersion) uint16 {
	switch version {
	case 0:
		return devPeers
	case wgtypes.AmneziaV10:
		return 18
	case wgtypes.AmneziaV20:
		return devI5
	case wgtypes.AmneziaV30:
		return devLast
	}
	return devDC
}

func decodeHeader(to **wgtypes.Range, a *netlink.AttributeDecoder, version wgtypes.AmneziaVersion) error {
	var m amnezia
	m.Version = version
	r, errno := m.parseHeader(wgtypes.Range{}, a.Bytes())
	if errno != 0 {
		return malformed("message type %x", a.Bytes())
	}
	*to = &r
	return nil
}

// isText reports whether b is a text with the NUL byte that ends it.
func isText(b []byte) bool { return bytes.IndexByte(b, 0) >= 0 }

// text returns the text in b.
func text(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	return s
}
