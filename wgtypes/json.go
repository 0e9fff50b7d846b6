package wgtypes

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"time"
)

// The JSON forms: snake_case, keepalive in whole seconds, times in RFC 3339
// and absent when never, lists never null, what is unset absent. Each type has
// a mirror that differs in tags and units only.

type deviceJSON struct {
	Name         string     `json:"name"`
	Kind         Kind       `json:"kind"`
	Index        int        `json:"index,omitempty"`
	PrivateKey   PrivateKey `json:"private_key,omitzero"`
	PublicKey    PublicKey  `json:"public_key,omitzero"`
	ListenPort   uint16     `json:"listen_port"`
	FirewallMark uint32     `json:"firewall_mark"`
	Peers        []Peer     `json:"peers"`
}

// MarshalJSON returns d with its secrets: see the package comment.
func (d Device) MarshalJSON() ([]byte, error) {
	return json.Marshal(deviceJSON{
		d.Name, d.Kind, d.Index, d.PrivateKey, d.PublicKey, d.ListenPort, d.FirewallMark, notNil(d.Peers),
	})
}

// UnmarshalJSON sets d from the form that MarshalJSON returns. On error, and
// for null, d is unchanged.
func (d *Device) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	var j deviceJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*d = Device{
		Name: j.Name, Kind: j.Kind, Index: j.Index, PrivateKey: j.PrivateKey, PublicKey: j.PublicKey,
		ListenPort: j.ListenPort, FirewallMark: j.FirewallMark, Peers: nilIfEmpty(j.Peers),
	}
	return nil
}

type peerJSON struct {
	PublicKey           PublicKey      `json:"public_key"`
	PresharedKey        PresharedKey   `json:"preshared_key,omitzero"`
	Endpoint            netip.AddrPort `json:"endpoint,omitzero"`
	PersistentKeepalive seconds        `json:"persistent_keepalive"`
	LastHandshake       time.Time      `json:"last_handshake,omitzero"`
	ReceiveBytes        uint64         `json:"receive_bytes"`
	TransmitBytes       uint64         `json:"transmit_bytes"`
	AllowedIPs          []netip.Prefix `json:"allowed_ips"`
	ProtocolVersion     int            `json:"protocol_version,omitempty"`
}

// MarshalJSON returns p with its preshared key: see the package comment.
func (p Peer) MarshalJSON() ([]byte, error) {
	return json.Marshal(peerJSON{
		p.PublicKey, p.PresharedKey, p.Endpoint, seconds(p.PersistentKeepalive), p.LastHandshake,
		p.ReceiveBytes, p.TransmitBytes, notNil(p.AllowedIPs), p.ProtocolVersion,
	})
}

// UnmarshalJSON sets p from the form that MarshalJSON returns. On error, and
// for null, p is unchanged.
func (p *Peer) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	var j peerJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	if field, reason := invalidPrefix("allowed_ips", j.AllowedIPs); reason != "" {
		return fmt.Errorf("wgtypes: %s: %s", field, reason)
	}
	handshake, err := utc(FieldLastHandshake, j.LastHandshake)
	if err != nil {
		return err
	}
	*p = Peer{
		PublicKey: j.PublicKey, PresharedKey: j.PresharedKey, Endpoint: j.Endpoint,
		PersistentKeepalive: time.Duration(j.PersistentKeepalive), LastHandshake: handshake,
		ReceiveBytes: j.ReceiveBytes, TransmitBytes: j.TransmitBytes,
		AllowedIPs: nilIfEmpty(j.AllowedIPs), ProtocolVersion: j.ProtocolVersion,
	}
	return nil
}

type configJSON struct {
	PrivateKey   *PrivateKey  `json:"private_key,omitempty"`
	ListenPort   *uint16      `json:"listen_port,omitempty"`
	FirewallMark *uint32      `json:"firewall_mark,omitempty"`
	ReplacePeers bool         `json:"replace_peers,omitempty"`
	Peers        []PeerConfig `json:"peers"`
}

// MarshalJSON returns c with its secrets: see the package comment.
func (c Config) MarshalJSON() ([]byte, error) {
	return json.Marshal(configJSON{c.PrivateKey, c.ListenPort, c.FirewallMark, c.ReplacePeers, notNil(c.Peers)})
}

// UnmarshalJSON sets c from the form that MarshalJSON returns. On error, and
// for null, c is unchanged. It does not validate: Validate does.
func (c *Config) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	var j configJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*c = Config{j.PrivateKey, j.ListenPort, j.FirewallMark, j.ReplacePeers, nilIfEmpty(j.Peers)}
	return nil
}

type peerConfigJSON struct {
	PublicKey           PublicKey      `json:"public_key"`
	Remove              bool           `json:"remove,omitempty"`
	UpdateOnly          bool           `json:"update_only,omitempty"`
	PresharedKey        *PresharedKey  `json:"preshared_key,omitempty"`
	Endpoint            netip.AddrPort `json:"endpoint,omitzero"`
	PersistentKeepalive *seconds       `json:"persistent_keepalive,omitempty"`
	ReplaceAllowedIPs   bool           `json:"replace_allowed_ips,omitempty"`
	AllowedIPs          []netip.Prefix `json:"allowed_ips,omitempty"`
	RemoveAllowedIPs    []netip.Prefix `json:"remove_allowed_ips,omitempty"`
}

// MarshalJSON returns p with its preshared key: see the package comment.
func (p PeerConfig) MarshalJSON() ([]byte, error) {
	return json.Marshal(peerConfigJSON{
		p.PublicKey, p.Remove, p.UpdateOnly, p.PresharedKey, p.Endpoint, (*seconds)(p.PersistentKeepalive),
		p.ReplaceAllowedIPs, p.AllowedIPs, p.RemoveAllowedIPs,
	})
}

// UnmarshalJSON sets p from the form that MarshalJSON returns. On error, and
// for null, p is unchanged.
func (p *PeerConfig) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	var j peerConfigJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*p = PeerConfig{
		j.PublicKey, j.Remove, j.UpdateOnly, j.PresharedKey, j.Endpoint, (*time.Duration)(j.PersistentKeepalive),
		j.ReplaceAllowedIPs, nilIfEmpty(j.AllowedIPs), nilIfEmpty(j.RemoveAllowedIPs),
	}
	return nil
}

// seconds is a keepalive interval: a time.Duration that JSON sees as a whole
// number of seconds within 16 bits.
type seconds time.Duration

func (s seconds) MarshalJSON() ([]byte, error) {
	if reason := invalidKeepalive(time.Duration(s)); reason != "" {
		return nil, fmt.Errorf("wgtypes: persistent_keepalive: %s", reason)
	}
	return json.Marshal(int64(time.Duration(s) / time.Second))
}

func (s *seconds) UnmarshalJSON(b []byte) error {
	var n uint16
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("wgtypes: persistent_keepalive: want whole seconds, 0 to 65535: %w", err)
	}
	*s = seconds(time.Duration(n) * time.Second)
	return nil
}

// utc is t, of that field, without the zone that its text had, so that equal instants are
// equal values. It fails for a year that only the zone brought into RFC 3339's
// four digits, since it could not be encoded again.
func utc(field Field, t time.Time) (time.Time, error) {
	if t.IsZero() {
		return time.Time{}, nil
	}
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return time.Time{}, fmt.Errorf("wgtypes: %s: year %d is not from 0 to 9999", field, y)
	}
	return t, nil
}

// isNull reports JSON's null, which by the convention of encoding/json changes
// nothing.
func isNull(b []byte) bool { return string(b) == "null" }

func notNil[E any](s []E) []E {
	if s == nil {
		return []E{}
	}
	return s
}

// nilIfEmpty makes "absent" and "empty" one value, and takes the spare
// capacity that decoding leaves.
func nilIfEmpty[E any](s []E) []E {
	if len(s) == 0 {
		return nil
	}
	return s[:len(s):len(s)]
}
