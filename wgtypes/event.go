package wgtypes

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// Event is a change of a device or a peer, or an error that prevents Watch from
// reading one. Watch of a client yields Events.
//
// An Event that Watch yields contains no secrets: Changed names a private or
// preshared key that changed, and [FieldAmnezia] if the header protection key did, but
// the devices and peers of the Event lack the keys. The JSON and log forms omit secrets
// even if the devices and peers have them.
//
// Events share memory with each other. Do not modify their lists.
type Event struct {
	// Time is when Watch saw the change, in UTC. The change happened after the
	// previous reading of the device.
	Time time.Time
	// Kind is what happened.
	Kind EventKind
	// Device is the device that changed, with its current name or, if it was
	// removed, its last name. Device.Identity stays the same while the device
	// exists. In EventUnreadable and EventReadable, a Device with only a Kind means
	// all devices of that kind. In EventReady it is zero.
	Device DeviceRef
	// Changed names the fields that differ between the old and the new state and
	// belong to this kind of event. It is nil if the event lacks one of the states.
	Changed []Field
	// OldDevice and NewDevice are the device before and after the change, without
	// peers, PrivateKey and HeaderProtectionKey. OldDevice is nil if the device was
	// added, NewDevice if it was removed. Both are nil in events about peers.
	OldDevice, NewDevice *Device
	// OldPeer and NewPeer are the peer before and after the change, without
	// PresharedKey. OldPeer is nil if the peer was added, NewPeer if it was removed.
	// EventConnected, EventDisconnected and EventUnanswered have only NewPeer. Both
	// are nil in events about devices.
	OldPeer, NewPeer *Peer
	// Err is the reason of an EventUnreadable, and nil in other events.
	Err error
}

// Peer returns the peer that e is about: NewPeer or, if it was removed, OldPeer.
// It returns nil if e is about a device.
func (e Event) Peer() *Peer {
	if e.NewPeer != nil {
		return e.NewPeer
	}
	return e.OldPeer
}

// EventKind says what happened in an Event.
type EventKind uint8

const (
	// EventUnknown is the zero value. No event has it.
	EventUnknown EventKind = iota
	// EventDeviceAdded: a device was created, or existed when the watch started.
	// An EventPeerAdded follows for each of its peers.
	EventDeviceAdded
	// EventDeviceRemoved: a device was removed with its peers, which have no
	// events of their own.
	EventDeviceRemoved
	// EventDeviceRenamed: the name of a kernel device changed.
	EventDeviceRenamed
	// EventDeviceChanged: the key, the port, the mark or the AmneziaWG
	// parameters of a device changed.
	EventDeviceChanged
	// EventPeerAdded: a peer was created, or existed when the watch started.
	EventPeerAdded
	// EventPeerRemoved: a peer was removed from a device that still exists.
	EventPeerRemoved
	// EventPeerChanged: the preshared key, the keepalive, the allowed IPs or the
	// protocol version of a peer changed.
	EventPeerChanged
	// EventEndpoint: the endpoint of a peer changed, because the peer roamed or
	// because it was configured.
	EventEndpoint
	// EventHandshake: a peer completed a handshake.
	EventHandshake
	// EventConnected: a peer has a session now (see Peer.Connected) and had none
	// before. If a new peer has a session, the event follows its EventPeerAdded.
	EventConnected
	// EventDisconnected: the session of a peer ended, because its last handshake is
	// more than SessionLifetime (180 s) ago. A removed peer has no such event.
	EventDisconnected
	// EventUnanswered: a peer has not answered for at least 20 seconds. Keepalives need
	// no answer. The event is repeated only after received bytes or a new handshake,
	// which end the silence. docs/watch.md has the exact rule, and the devices that
	// have no such event because they do not count every message.
	EventUnanswered
	// EventTransfer: a peer sent or received bytes.
	EventTransfer
	// EventUnreadable: Device cannot be read, listed or watched; Err is the reason.
	// Its last known state remains valid until another event changes it.
	EventUnreadable
	// EventReadable ends an EventUnreadable of the same Device.
	EventReadable
	// EventReady comes once, after the events of everything that existed when the
	// watch started.
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
	EventUnanswered:    "unanswered",
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

// Field is the JSON name of a field of a Device or a Peer.
type Field string

// The fields that Event.Changed may contain. FieldPublicKey is the device's,
// because a peer with another public key is another peer.
const (
	FieldName                   Field = "name"
	FieldPrivateKey             Field = "private_key"
	FieldPublicKey              Field = "public_key"
	FieldListenPort             Field = "listen_port"
	FieldFirewallMark           Field = "firewall_mark"
	FieldAmnezia                Field = "amnezia"
	FieldPresharedKey           Field = "preshared_key"
	FieldEndpoint               Field = "endpoint"
	FieldPersistentKeepalive    Field = "persistent_keepalive"
	FieldPersistentKeepaliveMax Field = "persistent_keepalive_max"
	FieldLastHandshake          Field = "last_handshake"
	FieldReceiveBytes           Field = "receive_bytes"
	FieldTransmitBytes          Field = "transmit_bytes"
	FieldAllowedIPs             Field = "allowed_ips"
	FieldProtocolVersion        Field = "protocol_version"
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

// MarshalJSON returns e without secrets. "old" and "new" contain the fields that
// Changed names. If Changed is empty, they contain all fields except for the list of
// peers and what "device" and "peer" contain: the name, kind and index of the device
// and the key of the peer. Fields that are zero are omitted.
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

// stateJSON returns the JSON form of d or p, one of which may be non-nil. It
// returns nil if both are nil.
func (e *Event) stateJSON(d *Device, p *Peer) ([]byte, error) {
	if d == nil && p == nil {
		return nil, nil
	}
	enc, comma := jsonEncoder{}, byte('{')
	e.eachShown(d, p, func(name Field, value any) { comma = enc.member(comma, name, value) })
	enc.end(comma)
	return enc.b, enc.err
}

// eachShown calls do for the fields of d or p that the forms of e contain.
func (e *Event) eachShown(d *Device, p *Peer, do func(Field, any)) {
	switch {
	case p != nil:
		eachShown(peerFields, p, e.Changed, do)
	case d != nil:
		eachShown(deviceFields, d, e.Changed, func(name Field, value any) {
			// Device contains the name already.
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

// UnmarshalJSON sets e from the form that MarshalJSON returns. Err then contains
// only the text of the error. On error, and for null, e is unchanged.
func (e *Event) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	var j eventJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	at, reason := utc(j.Time)
	if reason != "" {
		return fmt.Errorf("wgtypes: time: %s", reason)
	}
	decoded := Event{Time: at, Kind: j.Kind, Device: j.Device, Changed: nilIfEmpty(j.Changed)}
	var err error
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

// state decodes "old" or "new": a peer if the event is about a peer, otherwise a
// device.
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
	if d.Amnezia != nil {
		d.Amnezia.HeaderProtectionKey = HeaderProtectionKey{}
	}
	d.Kind, d.Index, d.PrivateKey, d.Peers = j.Device.Kind, j.Device.Index, PrivateKey{}, nil
	return &d, nil, nil
}

// LogValue returns the fields of the JSON form, with the number of allowed IPs
// instead of the list.
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

// appendState appends the log form of d or p, unless both are nil.
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
