package wgconf

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"time"

	"github.com/wgctrl/wgctrl/internal/wginternal"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// AppendTo appends the Settings as a file to b, keys included. Settings that are
// not set have no line. The layout is that of wg-quick's save and, without
// wg-quick's keys, that of wg(8)'s showconf.
//
// A file cannot express everything. Line breaks and NUL bytes in a text become
// '?', so that no text adds a line. The file differs from the Settings where a
// text has other white space or a '#', where a list is Incremental and empty, and
// where a list is not Incremental and ends with a removal.
func (s *Settings) AppendTo(b []byte) []byte {
	b = s.Interface.AppendTo(b)
	for i := range s.Peers {
		b = s.Peers[i].AppendTo(append(b, '\n'))
	}
	if len(s.Peers) == 0 {
		b = append(b, '\n')
	}
	return b
}

// AppendTo appends the [Interface] section to b, with the rules of
// [Settings.AppendTo].
func (i *Interface) AppendTo(b []byte) []byte {
	o := object{Interface: i}
	b = append(b, interfaceHeader+"\n"...)
	b = appendKeys(b, quickKeys, o)
	b = appendKeys(b, interfaceKeys, o)
	if i.Amnezia == nil {
		return b
	}
	return appendKeys(b, amneziaKeys(), o)
}

// AppendInterface appends the [Interface] section of a device to b, private key
// included. It appends the same text as [Interface.AppendTo] for the result of
// [FromDevice], but does not copy the device. To append the peers, append for each
// an empty line and the text of [AppendPeer].
func AppendInterface(b []byte, d *wgtypes.Device) []byte {
	var i Interface
	if !d.PrivateKey.IsZero() {
		i.PrivateKey = &d.PrivateKey
	}
	if d.ListenPort != 0 {
		i.ListenPort = &d.ListenPort
	}
	if d.FirewallMark != 0 {
		i.FwMark = &d.FirewallMark
	}
	i.Amnezia = amneziaOf(d)
	return i.AppendTo(b)
}

func appendKeys(b []byte, keys []key, o object) []byte {
	for i := range keys {
		b = keys[i].append(b, keys[i].name, o)
	}
	return b
}

// FromDevice returns the Settings of d, as wg(8)'s showconf writes them. Parameters of
// AmneziaWG that have the default are not set. The Settings share no memory with d.
func FromDevice(d *wgtypes.Device) *Settings {
	s := &Settings{Interface: Interface{
		PrivateKey: unlessZero(d.PrivateKey, d.PrivateKey.IsZero()),
		ListenPort: unlessZero(d.ListenPort, d.ListenPort == 0),
		FwMark:     unlessZero(d.FirewallMark, d.FirewallMark == 0),
		Amnezia:    amneziaOf(d),
	}}
	for i := range d.Peers {
		s.Peers = append(s.Peers, fromPeer(&d.Peers[i]))
	}
	return s
}

// amneziaOf returns the parameters of AmneziaWG that differ from the defaults, or nil.
func amneziaOf(d *wgtypes.Device) *wgtypes.AmneziaConfig {
	if d.Amnezia == nil {
		return nil
	}
	return wginternal.DiffAmnezia(nil, wginternal.AmneziaConfigOf(d.Amnezia))
}

func fromPeer(p *wgtypes.Peer) Peer {
	c := Peer{
		PublicKey:              p.PublicKey,
		PresharedKey:           unlessZero(p.PresharedKey, p.PresharedKey.IsZero()),
		PersistentKeepalive:    unlessZero(p.PersistentKeepalive, hasNoKeepalive(p)),
		PersistentKeepaliveMax: p.PersistentKeepaliveMax,
	}
	if p.Endpoint.IsValid() {
		c.Endpoint = Endpoint{Host: string(AppendAddr(nil, p.Endpoint.Addr())), Port: p.Endpoint.Port()}
	}
	if len(p.AllowedIPs) > 0 {
		c.AllowedIPs = make([]AllowedIP, len(p.AllowedIPs))
	}
	for i, prefix := range p.AllowedIPs {
		c.AllowedIPs[i].Prefix = prefix
	}
	return c
}

func hasNoKeepalive(p *wgtypes.Peer) bool {
	return p.PersistentKeepalive == 0 && p.PersistentKeepaliveMax == 0
}

func unlessZero[T any](v T, zero bool) *T {
	if zero {
		return nil
	}
	return &v
}

// peerText is what a [Peer] section is written from: a Peer, or a device's peer,
// which has prefixes and addr.
type peerText struct {
	publicKey    *wgtypes.PublicKey
	preshared    *wgtypes.PresharedKey
	allowed      []AllowedIP
	incremental  bool
	prefixes     []netip.Prefix
	endpoint     Endpoint
	addr         netip.AddrPort
	keepalive    *time.Duration
	keepaliveMax time.Duration
}

// AppendTo appends the [Peer] section to b, with the rules of [Settings.AppendTo].
func (p *Peer) AppendTo(b []byte) []byte {
	t := peerText{
		publicKey: &p.PublicKey, preshared: p.PresharedKey, allowed: p.AllowedIPs, incremental: p.Incremental,
		endpoint: p.Endpoint, keepalive: p.PersistentKeepalive, keepaliveMax: p.PersistentKeepaliveMax,
	}
	return t.appendTo(b)
}

// AppendPeer appends the [Peer] section of a device's peer to b, preshared key
// included. It appends the same text as [Peer.AppendTo] for the result of
// [FromDevice], but does not copy the peer.
func AppendPeer(b []byte, p *wgtypes.Peer) []byte {
	t := peerText{publicKey: &p.PublicKey, prefixes: p.AllowedIPs, addr: p.Endpoint, keepaliveMax: p.PersistentKeepaliveMax}
	if !p.PresharedKey.IsZero() {
		t.preshared = &p.PresharedKey
	}
	if !hasNoKeepalive(p) {
		t.keepalive = &p.PersistentKeepalive
	}
	return t.appendTo(b)
}

// appendTo writes the keys in the order of wg(8)'s showconf.
func (t *peerText) appendTo(b []byte) []byte {
	b = append(b, peerHeader+"\n"...)
	b = appendValue(b, "PublicKey", t.publicKey)
	b = appendValue(b, "PresharedKey", t.preshared)
	signed, rest := splitSigned(t.allowed, t.incremental)
	b = appendAllowedLine(b, signed, t.incremental)
	b = appendAllowedLine(b, rest, false)
	for i, p := range t.prefixes {
		if i == 0 {
			b = append(b, "AllowedIPs = "...)
		} else {
			b = append(b, ", "...)
		}
		b = AppendPrefix(b, p)
	}
	if len(t.prefixes) > 0 {
		b = append(b, '\n')
	}
	switch {
	case t.addr.IsValid():
		b = append(AppendAddrPort(append(b, "Endpoint = "...), t.addr), '\n')
	case t.endpoint != (Endpoint{}):
		b = appendLine(b, "Endpoint", t.endpoint.String())
	}
	return t.appendKeepalive(b)
}

// appendKeepalive appends a number or a range. awg(8) does not accept "off".
func (t *peerText) appendKeepalive(b []byte) []byte {
	if t.keepalive == nil {
		return b
	}
	b = append(b, "PersistentKeepalive = "...)
	b = strconv.AppendInt(b, int64(*t.keepalive/time.Second), 10)
	if t.keepaliveMax > *t.keepalive {
		b = strconv.AppendInt(append(b, '-'), int64(t.keepaliveMax/time.Second), 10)
	}
	return append(b, '\n')
}

// splitSigned divides a list into two lines. Whether the list is incremental is
// what the last one says, by having signs or none.
func splitSigned(list []AllowedIP, incremental bool) (signed, rest []AllowedIP) {
	if incremental {
		return list, nil
	}
	end := len(list)
	for end > 0 && list[end-1].Remove {
		end-- // a file cannot express it
	}
	start := end
	for start > 0 && !list[start-1].Remove {
		start--
	}
	return list[:start], list[start:end]
}

// appendAllowedLine appends a line, if list is not empty. incremental gives every
// element a sign.
func appendAllowedLine(b []byte, list []AllowedIP, incremental bool) []byte {
	for i, a := range list {
		if i == 0 {
			b = append(b, "AllowedIPs = "...)
		} else {
			b = append(b, ", "...)
		}
		switch {
		case a.Remove:
			b = append(b, '-')
		case incremental:
			b = append(b, '+')
		}
		b = AppendPrefix(b, a.Prefix)
	}
	if len(list) > 0 {
		b = append(b, '\n')
	}
	return b
}

// AppendPrefix appends p to b as wg(8) prints it: [AppendAddr]'s text and the
// length, which wg(8) never omits.
func AppendPrefix(b []byte, p netip.Prefix) []byte {
	if !p.IsValid() {
		return p.AppendTo(b)
	}
	return strconv.AppendInt(append(AppendAddr(b, p.Addr()), '/'), int64(p.Bits()), 10)
}

// AppendAddrPort appends e to b as wg(8) prints an endpoint: ADDRESS:PORT, with
// brackets around an IPv6 address.
func AppendAddrPort(b []byte, e netip.AddrPort) []byte {
	if e.Addr().Is4() {
		b = AppendAddr(b, e.Addr())
	} else {
		b = append(AppendAddr(append(b, '['), e.Addr()), ']')
	}
	return strconv.AppendUint(append(b, ':'), uint64(e.Port()), 10)
}

// AppendAddr appends a to b as wg(8) and inet_ntop(3) print it. It differs from
// netip in IPv4-compatible IPv6 addresses, which are ::1.2.3.4 unless the IPv4
// part is below 0.1.0.0.
func AppendAddr(b []byte, a netip.Addr) []byte {
	if !a.Is6() {
		return a.AppendTo(b)
	}
	raw := a.As16()
	compatible := binary.BigEndian.Uint64(raw[:]) == 0 && binary.BigEndian.Uint32(raw[8:]) == 0 &&
		binary.BigEndian.Uint16(raw[12:]) != 0
	if !compatible {
		return a.AppendTo(b)
	}
	b = netip.AddrFrom4([4]byte(raw[12:])).AppendTo(append(b, "::"...))
	if zone := a.Zone(); zone != "" {
		b = append(append(b, '%'), zone...)
	}
	return b
}
