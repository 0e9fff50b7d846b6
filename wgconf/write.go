package wgconf

import "github.com/wgctrl/wgctrl/wgtypes"

// Append appends the Settings as a file to b; what they do not say has no line.
// It is laid out as by wg-quick's save and, without wg-quick's keys, as by wg(8)'s
// showconf. It holds the keys.
//
// NB: there are things that a file cannot say. Line breaks and NULs in a text
// become '?', so that no text is a line of its own. Where else texts have white
// space or a '#', which begin and end values, or a list is Incremental and
// empty, or is not and ends with a removal, the file says something else.
func (s *Settings) Append(b []byte) []byte {
	o := object{Interface: &s.Interface}
	b = append(b, "[Interface]\n"...)
	b = appendKeys(b, quickKeys, &o)
	b = appendKeys(b, interfaceKeys, &o)
	for i := range s.Peers {
		o.Peer = &s.Peers[i]
		b = append(b, "\n[Peer]\n"...)
		b = appendKeys(b, peerKeys, &o)
	}
	if len(s.Peers) == 0 {
		b = append(b, '\n')
	}
	return b
}

func appendKeys(b []byte, keys []key, o *object) []byte {
	for i := range keys {
		b = keys[i].append(b, keys[i].name, o)
	}
	return b
}

// FromDevice returns the Settings that make a device into d, as wg(8)'s showconf
// does. They share no memory with d.
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
		c.Endpoint = Endpoint{Host: p.Endpoint.Addr().String(), Port: p.Endpoint.Port()}
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
