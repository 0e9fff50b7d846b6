package wgtypes

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"
)

type eventJSON struct {
	Time    time.Time   `json:"time,omitzero"`
	Kind    EventKind   `json:"kind"`
	Device  DeviceRef   `json:"device,omitzero"`
	Peer    *PublicKey  `json:"peer,omitempty"`
	Changed []Field     `json:"changed,omitempty"`
	Old     *eventState `json:"old,omitempty"`
	New     *eventState `json:"new,omitempty"`
	Error   string      `json:"error,omitempty"`
}

// eventState is what an event tells of a device or of a peer. It has no field
// for a secret.
type eventState struct {
	Name                string         `json:"name,omitzero"`
	PublicKey           PublicKey      `json:"public_key,omitzero"`
	ListenPort          uint16         `json:"listen_port,omitzero"`
	FirewallMark        uint32         `json:"firewall_mark,omitzero"`
	Endpoint            netip.AddrPort `json:"endpoint,omitzero"`
	PersistentKeepalive seconds        `json:"persistent_keepalive,omitzero"`
	LastHandshake       time.Time      `json:"last_handshake,omitzero"`
	ReceiveBytes        uint64         `json:"receive_bytes,omitzero"`
	TransmitBytes       uint64         `json:"transmit_bytes,omitzero"`
	AllowedIPs          []netip.Prefix `json:"allowed_ips,omitempty"`
	ProtocolVersion     int            `json:"protocol_version,omitzero"`
}

// MarshalJSON returns e with what it is about: of the old and the new it has
// the fields that Changed names, or all where it names none. What is zero is
// absent.
func (e Event) MarshalJSON() ([]byte, error) { return json.Marshal(e.json()) }

func (e *Event) json() eventJSON {
	j := eventJSON{
		Time: e.Time, Kind: e.Kind, Device: e.Device, Changed: e.Changed,
		Old: e.state(e.OldDevice, e.OldPeer), New: e.state(e.NewDevice, e.NewPeer),
	}
	if p := e.Peer(); p != nil {
		j.Peer = &p.PublicKey
	}
	if e.Err != nil {
		j.Error = e.Err.Error()
	}
	return j
}

// UnmarshalJSON sets e from the form that MarshalJSON returns: Err has the text
// alone. On error, and for null, e is unchanged.
func (e *Event) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	var j eventJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	at, err := utc("time", j.Time)
	if err == nil {
		err = errors.Join(j.Old.check(), j.New.check())
	}
	if err != nil {
		return err
	}
	*e = Event{Time: at, Kind: j.Kind, Device: j.Device, Changed: nilIfEmpty(j.Changed)}
	if j.Peer != nil {
		e.OldPeer, e.NewPeer = j.Old.peer(*j.Peer), j.New.peer(*j.Peer)
	} else {
		e.OldDevice, e.NewDevice = j.Old.device(j.Device), j.New.device(j.Device)
	}
	if j.Error != "" {
		e.Err = errors.New(j.Error)
	}
	return nil
}

// state returns what e tells of one of its devices or peers; nil where it has
// neither.
func (e *Event) state(d *Device, p *Peer) *eventState {
	var s eventState
	switch {
	case p != nil:
		s = eventState{
			Endpoint: p.Endpoint, PersistentKeepalive: seconds(p.PersistentKeepalive), LastHandshake: p.LastHandshake,
			ReceiveBytes: p.ReceiveBytes, TransmitBytes: p.TransmitBytes, AllowedIPs: p.AllowedIPs, ProtocolVersion: p.ProtocolVersion,
		}
	case d != nil:
		s = eventState{Name: d.Name, PublicKey: d.PublicKey, ListenPort: d.ListenPort, FirewallMark: d.FirewallMark}
	default:
		return nil
	}
	if len(e.Changed) > 0 {
		return s.only(e.Changed)
	}
	if s.Name == e.Device.Name {
		s.Name = "" // it is said once
	}
	return &s
}

// only returns the fields of s that changed names.
func (s *eventState) only(changed []Field) *eventState {
	var kept eventState
	for _, f := range changed {
		switch f {
		case FieldName:
			kept.Name = s.Name
		case FieldPublicKey:
			kept.PublicKey = s.PublicKey
		case FieldListenPort:
			kept.ListenPort = s.ListenPort
		case FieldFirewallMark:
			kept.FirewallMark = s.FirewallMark
		case FieldEndpoint:
			kept.Endpoint = s.Endpoint
		case FieldPersistentKeepalive:
			kept.PersistentKeepalive = s.PersistentKeepalive
		case FieldLastHandshake:
			kept.LastHandshake = s.LastHandshake
		case FieldReceiveBytes:
			kept.ReceiveBytes = s.ReceiveBytes
		case FieldTransmitBytes:
			kept.TransmitBytes = s.TransmitBytes
		case FieldAllowedIPs:
			kept.AllowedIPs = s.AllowedIPs
		case FieldProtocolVersion:
			kept.ProtocolVersion = s.ProtocolVersion
		}
	}
	return &kept
}

// check brings a decoded state to its one form, or says what is wrong with it.
func (s *eventState) check() (err error) {
	if s == nil {
		return nil
	}
	if field, reason := invalidPrefix("allowed_ips", s.AllowedIPs); reason != "" {
		return fmt.Errorf("wgtypes: %s: %s", field, reason)
	}
	s.AllowedIPs = nilIfEmpty(s.AllowedIPs)
	s.LastHandshake, err = utc(FieldLastHandshake, s.LastHandshake)
	return err
}

func (s *eventState) peer(key PublicKey) *Peer {
	if s == nil {
		return nil
	}
	return &Peer{
		PublicKey: key, Endpoint: s.Endpoint, PersistentKeepalive: time.Duration(s.PersistentKeepalive),
		LastHandshake: s.LastHandshake, ReceiveBytes: s.ReceiveBytes, TransmitBytes: s.TransmitBytes,
		AllowedIPs: s.AllowedIPs, ProtocolVersion: s.ProtocolVersion,
	}
}

func (s *eventState) device(ref DeviceRef) *Device {
	if s == nil {
		return nil
	}
	d := &Device{
		Name: ref.Name, Kind: ref.Kind, Index: ref.Index,
		PublicKey: s.PublicKey, ListenPort: s.ListenPort, FirewallMark: s.FirewallMark,
	}
	if s.Name != "" {
		d.Name = s.Name
	}
	return d
}

// LogValue returns what JSON has of e, with its prefixes counted.
func (e Event) LogValue() slog.Value {
	j := e.json()
	attrs := []slog.Attr{slog.String("kind", j.Kind.String())}
	if !j.Time.IsZero() {
		attrs = append(attrs, slog.Time("time", j.Time))
	}
	if j.Device != (DeviceRef{}) {
		attrs = append(attrs, slog.Attr{Key: "device", Value: j.Device.logValue()})
	}
	if j.Peer != nil {
		attrs = append(attrs, slog.String("peer", j.Peer.String()))
	}
	if len(j.Changed) > 0 {
		attrs = append(attrs, slog.Any("changed", j.Changed))
	}
	if j.Old != nil {
		attrs = append(attrs, slog.Attr{Key: "old", Value: j.Old.logValue()})
	}
	if j.New != nil {
		attrs = append(attrs, slog.Attr{Key: "new", Value: j.New.logValue()})
	}
	if j.Error != "" {
		attrs = append(attrs, slog.String("error", j.Error))
	}
	return slog.GroupValue(attrs...)
}

func (r DeviceRef) logValue() slog.Value {
	attrs := []slog.Attr{slog.String("name", r.Name), slog.String("kind", r.Kind.String())}
	if r.Index != 0 {
		attrs = append(attrs, slog.Int("index", r.Index))
	}
	return slog.GroupValue(attrs...)
}

func (s *eventState) logValue() slog.Value {
	var attrs []slog.Attr
	add := func(f Field, set bool, value slog.Value) {
		if set {
			attrs = append(attrs, slog.Attr{Key: string(f), Value: value})
		}
	}
	add(FieldName, s.Name != "", slog.StringValue(s.Name))
	add(FieldPublicKey, !s.PublicKey.IsZero(), slog.StringValue(s.PublicKey.String()))
	add(FieldListenPort, s.ListenPort != 0, slog.IntValue(int(s.ListenPort)))
	add(FieldFirewallMark, s.FirewallMark != 0, slog.Uint64Value(uint64(s.FirewallMark)))
	add(FieldEndpoint, s.Endpoint.IsValid(), slog.StringValue(s.Endpoint.String()))
	add(FieldPersistentKeepalive, s.PersistentKeepalive != 0, slog.DurationValue(time.Duration(s.PersistentKeepalive)))
	add(FieldLastHandshake, !s.LastHandshake.IsZero(), slog.TimeValue(s.LastHandshake))
	add(FieldReceiveBytes, s.ReceiveBytes != 0, slog.Uint64Value(s.ReceiveBytes))
	add(FieldTransmitBytes, s.TransmitBytes != 0, slog.Uint64Value(s.TransmitBytes))
	add(FieldAllowedIPs, len(s.AllowedIPs) > 0, slog.IntValue(len(s.AllowedIPs)))
	add(FieldProtocolVersion, s.ProtocolVersion != 0, slog.IntValue(s.ProtocolVersion))
	return slog.GroupValue(attrs...)
}
