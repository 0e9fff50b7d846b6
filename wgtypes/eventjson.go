package wgtypes

import (
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"
)

type eventJSON struct {
	Time    time.Time       `json:"time,omitzero"`
	Kind    EventKind       `json:"kind"`
	Device  DeviceRef       `json:"device,omitzero"`
	Peer    *PublicKey      `json:"peer,omitempty"`
	Changed []Field         `json:"changed,omitempty"`
	Old     json.RawMessage `json:"old,omitempty"`
	New     json.RawMessage `json:"new,omitempty"`
	Error   string          `json:"error,omitempty"`
}

// MarshalJSON returns e without secrets. "old" and "new" have the fields that
// Changed names, or all if it names none, except for those that are zero.
func (e Event) MarshalJSON() ([]byte, error) {
	j := eventJSON{Time: e.Time, Kind: e.Kind, Device: e.Device, Changed: e.Changed}
	if p := e.Peer(); p != nil {
		j.Peer = &p.PublicKey
	}
	if e.Err != nil {
		j.Error = e.Err.Error()
	}
	var err error
	if j.Old, err = e.stateJSON(e.OldDevice, e.OldPeer); err != nil {
		return nil, err
	}
	if j.New, err = e.stateJSON(e.NewDevice, e.NewPeer); err != nil {
		return nil, err
	}
	return json.Marshal(j)
}

// stateJSON returns what e shows of one of its devices or peers, and nil if it
// has neither.
func (e *Event) stateJSON(d *Device, p *Peer) ([]byte, error) {
	if d == nil && p == nil {
		return nil, nil
	}
	enc, comma := jsonEncoder{}, byte('{')
	e.eachShown(d, p, func(name Field, value any) { comma = enc.member(comma, name, value) })
	enc.end(comma)
	return enc.b, enc.err
}

// eachShown calls do for the fields that e shows of one of its devices or
// peers.
func (e *Event) eachShown(d *Device, p *Peer, do func(Field, any)) {
	switch {
	case p != nil:
		eachShown(peerFields, p, e.Changed, do)
	case d != nil:
		eachShown(deviceFields, d, e.Changed, func(name Field, value any) {
			// Device has the name already.
			if name != FieldName || len(e.Changed) > 0 || d.Name != e.Device.Name {
				do(name, value)
			}
		})
	}
}

func eachShown[T any](fields []field[T], v *T, changed []Field, do func(Field, any)) {
	for i := range fields {
		f := &fields[i]
		if f.traits&(secretState|fixed) != 0 || len(changed) > 0 && !slices.Contains(changed, f.name) {
			continue
		}
		if value := f.value(v); f.isSet(value) {
			do(f.name, value)
		}
	}
}

// UnmarshalJSON sets e from the form that MarshalJSON returns. Err then has only
// the text of the error. On error, and for null, e is unchanged.
func (e *Event) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	var j eventJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	at, err := utc("time", j.Time)
	if err != nil {
		return err
	}
	decoded := Event{Time: at, Kind: j.Kind, Device: j.Device, Changed: nilIfEmpty(j.Changed)}
	if decoded.OldDevice, decoded.OldPeer, err = j.state(j.Old); err != nil {
		return err
	}
	if decoded.NewDevice, decoded.NewPeer, err = j.state(j.New); err != nil {
		return err
	}
	if j.Error != "" {
		decoded.Err = errors.New(j.Error)
	}
	*e = decoded
	return nil
}

// state decodes "old" or "new": a peer if the event has one, else a device.
func (j *eventJSON) state(text json.RawMessage) (*Device, *Peer, error) {
	if len(text) == 0 || isNull(text) {
		return nil, nil, nil
	}
	var d Device
	var p Peer
	if err := errors.Join(json.Unmarshal(text, &d), json.Unmarshal(text, &p)); err != nil {
		return nil, nil, err
	}
	if j.Peer != nil {
		p.PublicKey, p.PresharedKey = *j.Peer, PresharedKey{}
		return nil, &p, nil
	}
	if d.Name == "" {
		d.Name = j.Device.Name
	}
	d.Kind, d.Index, d.PrivateKey, d.Peers = j.Device.Kind, j.Device.Index, PrivateKey{}, nil
	return &d, nil, nil
}

// LogValue returns what the JSON form has, with prefixes counted.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("kind", e.Kind.String())}
	if !e.Time.IsZero() {
		attrs = append(attrs, slog.Time("time", e.Time))
	}
	if e.Device != (DeviceRef{}) {
		attrs = append(attrs, slog.Attr{Key: "device", Value: e.Device.logValue()})
	}
	if p := e.Peer(); p != nil {
		attrs = append(attrs, slog.String("peer", p.PublicKey.String()))
	}
	if len(e.Changed) > 0 {
		attrs = append(attrs, slog.Any("changed", e.Changed))
	}
	attrs = e.appendState(attrs, "old", e.OldDevice, e.OldPeer)
	attrs = e.appendState(attrs, "new", e.NewDevice, e.NewPeer)
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	return slog.GroupValue(attrs...)
}

// appendState adds what e shows of one of its devices or peers, if it has one.
func (e *Event) appendState(attrs []slog.Attr, key string, d *Device, p *Peer) []slog.Attr {
	if d == nil && p == nil {
		return attrs
	}
	var state []slog.Attr
	e.eachShown(d, p, func(name Field, value any) {
		state = append(state, slog.Attr{Key: string(name), Value: logValue(value)})
	})
	return append(attrs, slog.Attr{Key: key, Value: slog.GroupValue(state...)})
}
