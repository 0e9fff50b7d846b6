package wgtypes

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// In JSON, names are in snake case, keepalives in whole seconds, and times in
// RFC 3339. Lists are never null. Fields that are not set are absent, except for
// those that the tables in fields.go mark with inJSON.

// MarshalJSON returns d without its secrets: the private key and the preshared
// keys of the peers. WithSecrets includes them.
func (d Device) MarshalJSON() ([]byte, error) { return marshalDevice(&d, false) }

func marshalDevice(d *Device, secrets bool) ([]byte, error) {
	e := jsonEncoder{secrets: secrets}
	for i := range d.Peers {
		e.size += jsonSize(len(d.Peers[i].AllowedIPs))
	}
	return marshal(&e, deviceFields, d)
}

// MarshalJSON returns p without its preshared key. WithSecrets includes it.
func (p Peer) MarshalJSON() ([]byte, error) { return marshalPeer(&p, false) }

func marshalPeer(p *Peer, secrets bool) ([]byte, error) {
	return marshal(&jsonEncoder{secrets: secrets, size: jsonSize(len(p.AllowedIPs))}, peerFields, p)
}

// MarshalJSON returns c with its secrets, because a Config is stored as JSON.
func (c Config) MarshalJSON() ([]byte, error) {
	var e jsonEncoder
	for i := range c.Peers {
		e.size += jsonSize(len(c.Peers[i].AllowedIPs))
	}
	return marshal(&e, configFields, &c)
}

// MarshalJSON returns p with its preshared key, because a Config is stored as
// JSON.
func (p PeerConfig) MarshalJSON() ([]byte, error) {
	return marshal(&jsonEncoder{size: jsonSize(len(p.AllowedIPs))}, peerConfigFields, &p)
}

// jsonSize estimates the length of a peer in JSON.
func jsonSize(prefixes int) int { return 300 + 20*prefixes }

func marshal[T any](e *jsonEncoder, fields []field[T], v *T) ([]byte, error) {
	e.b = make([]byte, 0, e.size+300)
	appendObject(e, fields, v)
	return e.b, e.err
}

// WithSecrets returns a value whose JSON form is that of v with its secrets:
// the private keys of devices and the preshared keys of peers. A nil v is null.
// The value prints and logs like v, without secrets.
//
// UnmarshalJSON of Device and Peer accept both forms, with and without secrets.
func WithSecrets[T Device | *Device | Peer | *Peer | []Device | []*Device | []Peer](v T) json.Marshaler {
	return withSecrets{v}
}

// withSecrets holds one of the types of WithSecrets.
type withSecrets struct{ v any }

// MarshalJSON returns the JSON form of the value with its secrets.
func (s withSecrets) MarshalJSON() ([]byte, error) {
	switch v := s.v.(type) {
	case Device:
		return marshalDevice(&v, true)
	case *Device:
		if v == nil {
			return []byte("null"), nil
		}
		return marshalDevice(v, true)
	case Peer:
		return marshalPeer(&v, true)
	case *Peer:
		if v == nil {
			return []byte("null"), nil
		}
		return marshalPeer(v, true)
	case []Device:
		return marshalList(v, func(d *Device) json.Marshaler { return WithSecrets(d) })
	case []*Device:
		return marshalList(v, func(d **Device) json.Marshaler { return WithSecrets(*d) })
	case []Peer:
		return marshalList(v, func(p *Peer) json.Marshaler { return WithSecrets(p) })
	}
	panic(fmt.Sprintf("wgtypes: WithSecrets does not accept a %T", s.v))
}

// Format prints the value itself.
func (s withSecrets) Format(f fmt.State, verb rune) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), s.v)
}

// LogValue returns the log form of the value itself.
func (s withSecrets) LogValue() slog.Value { return slog.AnyValue(s.v) }

func marshalList[E any](list []E, with func(*E) json.Marshaler) ([]byte, error) {
	if list == nil {
		return []byte("null"), nil
	}
	b := []byte{'['}
	for i := range list {
		text, err := with(&list[i]).MarshalJSON()
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, text...)
	}
	return append(b, ']'), nil
}

// UnmarshalJSON sets d from the form that MarshalJSON returns, with or without
// secrets. Absent fields become zero. On error, and for null, d is unchanged.
func (d *Device) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	type fields Device // without methods
	var j fields
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*d = Device(j)
	d.Peers = nilIfEmpty(d.Peers)
	return nil
}

// UnmarshalJSON sets p from the form that MarshalJSON returns, with or without
// secrets. Absent fields become zero. On error, and for null, p is unchanged.
func (p *Peer) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	type fields Peer // without methods
	var j struct {
		fields
		// It hides the field of the same name.
		PersistentKeepalive seconds `json:"persistent_keepalive"`
	}
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
	*p = Peer(j.fields)
	p.PersistentKeepalive, p.LastHandshake = time.Duration(j.PersistentKeepalive), handshake
	p.AllowedIPs = nilIfEmpty(p.AllowedIPs)
	return nil
}

// UnmarshalJSON sets c from the form that MarshalJSON returns. On error, and
// for null, c is unchanged.
//
// It returns a *FieldError for a peer without a public key, and for the names
// that wgctrl-go gives fields in JSON ("PublicKey" instead of "public_key").
// Other unknown names are ignored. The result may be invalid: see Validate.
func (c *Config) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	type fields Config // without methods
	var j struct {
		fields
		goNamesOfConfig
		// It hides the field of the same name, so that errors can name the index.
		Peers []json.RawMessage `json:"peers"`
	}
	err := json.Unmarshal(b, &j)
	if wrong := j.goNamesOfConfig.err(); wrong != nil {
		return wrong
	}
	if err != nil {
		return err
	}
	decoded := Config(j.fields)
	if len(j.Peers) > 0 {
		decoded.Peers = make([]PeerConfig, len(j.Peers))
	}
	for i := range decoded.Peers {
		if err := decoded.Peers[i].unmarshal(j.Peers[i], i); err != nil {
			return err
		}
	}
	*c = decoded
	return nil
}

// UnmarshalJSON sets p from the form that MarshalJSON returns. It returns the
// errors of Config.UnmarshalJSON. On error, and for null, p is unchanged.
func (p *PeerConfig) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	return p.unmarshal(b, -1)
}

// unmarshal decodes the peer with the given index in a Config. The index is -1 for
// a peer outside of a Config.
func (p *PeerConfig) unmarshal(b []byte, index int) error {
	type fields PeerConfig // without methods
	var j struct {
		fields
		goNamesOfPeer
		// These hide the fields of the same names.
		PublicKey           presentKey `json:"public_key"`
		PersistentKeepalive *seconds   `json:"persistent_keepalive"`
	}
	err := json.Unmarshal(b, &j)
	if wrong := j.goNamesOfPeer.err(index, j.PublicKey.key); wrong != nil {
		return wrong
	}
	switch {
	case err != nil && index >= 0:
		return fmt.Errorf("wgtypes: peer %d: %w", index, err)
	case err != nil:
		return err
	case !j.PublicKey.present || j.PublicKey.key.IsZero() && !j.Remove:
		return &FieldError{Index: index, Field: "PublicKey", Reason: missingKey}
	}
	*p = PeerConfig(j.fields)
	p.PublicKey = j.PublicKey.key
	p.PersistentKeepalive = (*time.Duration)(j.PersistentKeepalive)
	p.AllowedIPs, p.RemoveAllowedIPs = nilIfEmpty(p.AllowedIPs), nilIfEmpty(p.RemoveAllowedIPs)
	return nil
}

// presentKey is a public key that may be absent from the JSON text.
type presentKey struct {
	key     PublicKey
	present bool
}

// UnmarshalJSON sets k from a key.
func (k *presentKey) UnmarshalJSON(b []byte) error {
	k.present = !isNull(b)
	return k.key.UnmarshalJSON(b)
}

// goNamesOfConfig are the JSON names of wgctrl-go's Config that encoding/json does
// not match with our names. They are errors, because ignoring them would change
// less than the text says.
type goNamesOfConfig struct {
	PrivateKey, ListenPort, FirewallMark, ReplacePeers json.RawMessage
}

func (n *goNamesOfConfig) err() error {
	return refuse(-1, PublicKey{}, []goName{
		{"PrivateKey", "private_key", n.PrivateKey}, {"ListenPort", "listen_port", n.ListenPort},
		{"FirewallMark", "firewall_mark", n.FirewallMark}, {"ReplacePeers", "replace_peers", n.ReplacePeers},
	})
}

// goNamesOfPeer are the JSON names of wgctrl-go's PeerConfig.
type goNamesOfPeer struct {
	PublicKey, UpdateOnly, PresharedKey, PersistentKeepaliveInterval, ReplaceAllowedIPs, AllowedIPs json.RawMessage
}

func (n *goNamesOfPeer) err(index int, key PublicKey) error {
	return refuse(index, key, []goName{
		{"PublicKey", "public_key", n.PublicKey}, {"UpdateOnly", "update_only", n.UpdateOnly},
		{"PresharedKey", "preshared_key", n.PresharedKey},
		{"PersistentKeepaliveInterval", "persistent_keepalive", n.PersistentKeepaliveInterval},
		{"ReplaceAllowedIPs", "replace_allowed_ips", n.ReplaceAllowedIPs}, {"AllowedIPs", "allowed_ips", n.AllowedIPs},
	})
}

// goName is a name of wgctrl-go, the name to use instead, and the value, which is
// nil if the text does not use the name.
type goName struct {
	name, want string
	value      json.RawMessage
}

// refuse returns a *FieldError for the first name that the text uses.
func refuse(index int, key PublicKey, names []goName) error {
	for _, n := range names {
		if n.value != nil {
			return &FieldError{Index: index, Peer: key, Field: n.name, Reason: fmt.Sprintf("unknown name in JSON: must be %q", n.want)}
		}
	}
	return nil
}

// seconds is a keepalive interval. In JSON it is a whole number of seconds, 0 to
// 65535.
type seconds time.Duration

// UnmarshalJSON sets s from a number.
func (s *seconds) UnmarshalJSON(b []byte) error {
	var n uint16
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("wgtypes: persistent_keepalive: want whole seconds, 0 to 65535: %w", err)
	}
	*s = seconds(time.Duration(n) * time.Second)
	return nil
}

// utc returns t in UTC, so that equal instants are equal values. It returns an
// error if the year in UTC does not have four digits, because MarshalJSON could
// not encode it.
func utc(field Field, t time.Time) (time.Time, error) {
	if t.IsZero() {
		return time.Time{}, nil
	}
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return time.Time{}, fmt.Errorf("wgtypes: %s: invalid year %d: must be 0 to 9999", field, y)
	}
	return t, nil
}

// isNull reports whether b is null, which changes nothing by the convention of
// encoding/json.
func isNull(b []byte) bool { return string(b) == "null" }

// nilIfEmpty returns nil for an empty list, and otherwise the list without the
// spare capacity that decoding leaves.
func nilIfEmpty[E any](s []E) []E {
	if len(s) == 0 {
		return nil
	}
	return slices.Clip(s)
}
