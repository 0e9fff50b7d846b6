package wgconf

import "github.com/wgctrl/wgctrl/wgtypes"

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
// Settings.AppendTo.
func (i *Interface) AppendTo(b []byte) []byte {
	o := object{Interface: i}
	b = append(b, interfaceHeader+"\n"...)
	b = appendKeys(b, quickKeys, o)
	return appendKeys(b, interfaceKeys, o)
}

// AppendInterface appends the [Interface] section of a device to b, private key
// included. It is the same text as that of FromDevice, without a copy of the
// device. [AppendPeer] appends the peers, which an empty line precedes.
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
	return i.AppendTo(b)
}

func appendKeys(b []byte, keys []key, o object) []byte {
	for i := range keys {
		b = keys[i].append(b, keys[i].name, o)
	}
	return b
}

// FromDevice returns the Settings of d, as wg(8)'s showconf writes them. They share
// no memory with d.
func FromDevice(d *wgtypes.Device) *Settings {
	s := &Settings{Interface: Interface{
		PrivateKey: unlessZero(d.PrivateKey, d.PrivateKey.IsZero()),
		ListenPort: unlessZero(d.ListenPort, d.ListenPort == 0),
		FwMark:     unlessZero(d.FirewallMark, d.FirewallMark == 0),
	}}
	for i := range d.Peers {
		s.Peers = append(s.Peers, fromPeer(&d.Peers[i]))
	}
	return s
}

func fromPeer(p *wgtypes.Peer) Peer {
	c := Peer{
		PublicKey:           p.PublicKey,
		PresharedKey:        unlessZero(p.PresharedKey, p.PresharedKey.IsZero()),
		PersistentKeepalive: unlessZero(p.PersistentKeepalive, p.PersistentKeepalive == 0),
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

func unlessZero[T any](v T, zero bool) *T {
	if zero {
		return nil
	}
	return &v
}
