package wgtypes

import (
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"
)

// Event is one thing that changed about a device or a peer, or that stands in
// the way of seeing it. A client's Watch gives them.
//
// It holds no secret: a private or preshared key that changed is named in
// Changed, and what the event has of devices and peers is without them. Nor do
// its JSON and log forms hold one, whatever was put in.
//
// Events share memory with each other: do not write to the lists in them.
type Event struct {
	// Time is when the change was seen, in UTC. It happened since the device was
	// looked at before.
	Time time.Time
	// Kind is what happened.
	Kind EventKind
	// Device is the device that the event is about, as it is called now or, if it
	// was removed, was called last. A kernel device is the same as long as its
	// Index is, another one as long as its Name is. In EventUnreadable and
	// EventReadable a Kind alone is all the devices of that kind; in EventReady
	// there is none.
	Device DeviceRef
	// Changed names the fields in which the old and the new differ and that the
	// event is about. It is nil where there is no old or no new.
	Changed []Field
	// OldDevice and NewDevice are the device before and after, in the events of
	// devices: nil where there was or is none. They have no peers and no
	// PrivateKey.
	OldDevice, NewDevice *Device
	// OldPeer and NewPeer are the peer before and after, in the events of peers:
	// nil where there was or is none. They are whole but for the PresharedKey.
	// EventConnected and EventDisconnected have only NewPeer.
	OldPeer, NewPeer *Peer
	// Err says what stands in the way, in EventUnreadable.
	Err error
}

// Peer returns the peer that e is about: NewPeer or, if it was removed, OldPeer.
// It is nil in the events of devices.
func (e Event) Peer() *Peer {
	if e.NewPeer != nil {
		return e.NewPeer
	}
	return e.OldPeer
}

// EventKind is what an Event tells.
type EventKind uint8

const (
	// EventUnknown is the zero value: no event.
	EventUnknown EventKind = iota
	// EventDeviceAdded is a device that appeared, or was there from the start.
	// Its peers follow, each with an event.
	EventDeviceAdded
	// EventDeviceRemoved is a device that vanished, and its peers with it: they
	// have no events of their own.
	EventDeviceRemoved
	// EventDeviceRenamed is a kernel device that got another name.
	EventDeviceRenamed
	// EventDeviceChanged is a device whose key, port or mark is another.
	EventDeviceChanged
	// EventPeerAdded is a new peer, or one that was there from the start.
	EventPeerAdded
	// EventPeerRemoved is a peer that vanished from a device that still exists.
	EventPeerRemoved
	// EventPeerChanged is a peer whose preshared key, keepalive, prefixes or
	// protocol version are others.
	EventPeerChanged
	// EventEndpoint is a peer whose endpoint is another: it has roamed, or was
	// configured.
	EventEndpoint
	// EventHandshake is a peer that has shaken hands.
	EventHandshake
	// EventConnected is a peer that has a session and had none: see
	// Peer.Connected. If a peer has a session when it is added, the event follows
	// its EventPeerAdded.
	EventConnected
	// EventDisconnected is a peer whose session ended: its last handshake is more
	// than SessionLifetime (180 s) ago. A peer that is removed has no such event.
	EventDisconnected
	// EventTransfer is a peer that has sent or received bytes.
	EventTransfer
	// EventUnreadable is something that cannot be read or listed or watched, for
	// the reason in Err. What is known of it stays, unless events say otherwise.
	EventUnreadable
	// EventReadable ends an EventUnreadable of the same Device.
	EventReadable
	// EventReady comes once, when all that was there from the start has been
	// told.
	EventReady
)

var eventKinds = enum{typ: "EventKind", noun: "event", names: []string{
	EventUnknown:       "unknown",
	EventDeviceAdded:   "device-added",
	EventDeviceRemoved: "device-removed",
	EventDeviceRenamed: "device-renamed",
	EventDeviceChanged: "device-changed",
	EventPeerAdded:     "peer-added",
	EventPeerRemoved:   "peer-removed",
	EventPeerChanged:   "peer-changed",
	EventEndpoint:      "endpoint",
	EventHandshake:     "handshake",
	EventConnected:     "connected",
	EventDisconnected:  "disconnected",
	EventTransfer:      "transfer",
	EventUnreadable:    "unreadable",
	EventReadable:      "readable",
	EventReady:         "ready",
}}

// String returns the constant's name without "Event", as in "device-added".
func (k EventKind) String() string { return eventKinds.name(uint8(k)) }

// MarshalText returns what String returns. It fails if k is not one of the
// constants.
func (k EventKind) MarshalText() ([]byte, error) { return eventKinds.marshal(uint8(k)) }

// UnmarshalText sets k from its name. On error k is unchanged.
func (k *EventKind) UnmarshalText(text []byte) error {
	n, err := eventKinds.unmarshal(text)
	if err == nil {
		*k = EventKind(n)
	}
	return err
}

// Field names a field of a Device or a Peer, as in JSON.
type Field string

// The fields that an Event can name. FieldPublicKey is a device's: a peer with
// another key is another peer.
const (
	FieldName                Field = "name"
	FieldPrivateKey          Field = "private_key"
	FieldPublicKey           Field = "public_key"
	FieldListenPort          Field = "listen_port"
	FieldFirewallMark        Field = "firewall_mark"
	FieldPresharedKey        Field = "preshared_key"
	FieldEndpoint            Field = "endpoint"
	FieldPersistentKeepalive Field = "persistent_keepalive"
	FieldLastHandshake       Field = "last_handshake"
	FieldReceiveBytes        Field = "receive_bytes"
	FieldTransmitBytes       Field = "transmit_bytes"
	FieldAllowedIPs          Field = "allowed_ips"
	FieldProtocolVersion     Field = "protocol_version"
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
