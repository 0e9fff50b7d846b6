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

// MarshalJSON returns d without its secrets: the private key, the header protection
// key and the preshared keys of the peers. [WithSecrets] includes them.
func (d Device) MarshalJSON() ([]byte, error) { return marshalDevice(&d, false) }

func marshalDevice(d *Device, secrets bool) ([]byte, error) {
	e := jsonEncoder{secrets: secrets}
	for i := range d.Peers {
		e.size += jsonSize(len(d.Peers[i].AllowedIPs))
	}
	return marshal(&e, deviceFields, d)
}

// MarshalJSON returns p without its preshared key. [WithSecrets] includes it.
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

// MarshalJSON returns a without its header protection key. [WithSecrets] of the Device
// includes it.
func (a Amnezia) MarshalJSON() ([]byte, error) {
	return marshal(new(jsonEncoder), amneziaStateFields(), &a)
}

// MarshalJSON returns c with its header protection key, because a Config is stored as
// JSON.
func (c AmneziaConfig) MarshalJSON() ([]byte, error) {
	return marshal(new(jsonEncoder), amneziaConfigFields(), &c)
}

// jsonSize estimates the length of a peer in JSON.
func jsonSize(prefixes int) int { return 300 + 20*prefixes }

func marshal[T any](e *jsonEncoder, fields []field[T], v *T) ([]byte, error) {
	e.b = make([]byte, 0, e.size+300)
	appendObject(e, fields, v)
	return e.b, e.err
}

// WithSecrets returns a value whose JSON form is that of v with its secrets: the
// private and header protection keys of devices and the preshared keys of peers. A nil
// v is null. The value prints and logs like v, without secrets.
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
// secrets. Absent fields become zero, and unknown names are ignored. On error, and
// for null, d is unchanged. The error is a [*FieldError] if a value is invalid, or a name
// occurs twice or is one of wgctrl-go, such as "PublicKey" instead of "public_key".
func (d *Device) UnmarshalJSON(b []byte) error { return decode(b, d, decodeDevice) }

// UnmarshalJSON sets p from the form that MarshalJSON returns, with or without
// secrets. It treats absent and unknown names and errors like [Device.UnmarshalJSON].
func (p *Peer) UnmarshalJSON(b []byte) error { return decode(b, p, decodePeer) }

// UnmarshalJSON sets c from the form that MarshalJSON returns. On error, and for
// null, c is unchanged.
//
// It returns a [*FieldError] for a peer without a public key, an invalid value, a name
// that occurs twice, and an unknown name, such as those of wgctrl-go ("PublicKey"
// instead of "public_key"). The error has the index and the key of the peer and the
// name in JSON, and no secret. The result may be invalid: see Validate.
func (c *Config) UnmarshalJSON(b []byte) error { return decode(b, c, decodeConfig) }

// UnmarshalJSON sets p from the form that MarshalJSON returns. It returns the
// errors of [Config.UnmarshalJSON]. On error, and for null, p is unchanged.
func (p *PeerConfig) UnmarshalJSON(b []byte) error { return decode(b, p, decodePeerConfig) }

// UnmarshalJSON sets a from the form that MarshalJSON returns, with or without the
// header protection key. It treats absent and unknown names and errors like
// [Device.UnmarshalJSON].
func (a *Amnezia) UnmarshalJSON(b []byte) error { return decode(b, a, decodeAmnezia) }

// UnmarshalJSON sets c from the form that MarshalJSON returns. It returns the errors of
// [Config.UnmarshalJSON]. On error, and for null, c is unchanged.
func (c *AmneziaConfig) UnmarshalJSON(b []byte) error { return decode(b, c, decodeAmneziaConfig) }

// seconds is a keepalive interval. In JSON it is a whole number of seconds, 0 to
// 65535.
type seconds time.Duration

// utc returns t in UTC, so that equal instants are equal values. It returns a
// reason if the year in UTC does not have four digits, because MarshalJSON could not
// encode it.
func utc(t time.Time) (_ time.Time, reason string) {
	if t.IsZero() {
		return time.Time{}, ""
	}
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return time.Time{}, fmt.Sprintf("invalid year %d: must be 0 to 9999", y)
	}
	return t, ""
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
