package wgtypes

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// A field is one field of the type T: a Device, a Peer or a change to one of
// them. The tables below drive the JSON and log forms of these types, and those
// of events.
type field[T any] struct {
	name Field
	at   func(*T) any // a pointer to the field
	traits
}

// value returns a pointer to the value of the field. It is nil if the field is
// optional and not set.
func (f *field[T]) value(v *T) any {
	switch at := f.at(v).(type) {
	case **PrivateKey:
		return *at
	case **PresharedKey:
		return *at
	case **uint16:
		return *at
	case **uint32:
		return *at
	case **time.Duration:
		return (*seconds)(*at)
	case *time.Duration:
		return (*seconds)(at)
	case **Amnezia:
		return *at
	case **AmneziaConfig:
		return *at
	case **Range:
		return *at
	case **string:
		return *at
	case **bool:
		return *at
	case **HeaderProtectionKey:
		return *at
	default:
		return at
	}
}

// traits say how a field differs from others. A field without traits is present
// in JSON and logs unless it is zero.
type traits uint8

const (
	// inJSON and inLog mean that the field is present even if it is zero.
	inJSON traits = 1 << iota
	inLog
	// optional means that a nil pointer says that the field is not set, so that
	// zero is a value like others.
	optional
	// secretState means that the field is a secret in the state of a device, which
	// JSON has only with WithSecrets. (The JSON form of a Config has its secrets.)
	secretState
	// fixed means that no event contains the field, because it identifies the
	// device or peer, or has events of its own.
	fixed
)

const always = inJSON | inLog

var deviceFields = []field[Device]{
	{FieldName, func(d *Device) any { return &d.Name }, always},
	{"kind", func(d *Device) any { return &d.Kind }, always | fixed},
	{"index", func(d *Device) any { return &d.Index }, fixed},
	{FieldPrivateKey, func(d *Device) any { return &d.PrivateKey }, secretState},
	{FieldPublicKey, func(d *Device) any { return &d.PublicKey }, 0},
	{FieldListenPort, func(d *Device) any { return &d.ListenPort }, always},
	{FieldFirewallMark, func(d *Device) any { return &d.FirewallMark }, always},
	{FieldAmnezia, func(d *Device) any { return &d.Amnezia }, optional},
	{"peers", func(d *Device) any { return &d.Peers }, always | fixed},
}

var peerFields = []field[Peer]{
	{FieldPublicKey, func(p *Peer) any { return &p.PublicKey }, always | fixed},
	{FieldPresharedKey, func(p *Peer) any { return &p.PresharedKey }, secretState},
	{FieldEndpoint, func(p *Peer) any { return &p.Endpoint }, 0},
	{FieldPersistentKeepalive, func(p *Peer) any { return &p.PersistentKeepalive }, inJSON},
	{FieldPersistentKeepaliveMax, func(p *Peer) any { return &p.PersistentKeepaliveMax }, 0},
	{FieldLastHandshake, func(p *Peer) any { return &p.LastHandshake }, 0},
	{FieldReceiveBytes, func(p *Peer) any { return &p.ReceiveBytes }, always},
	{FieldTransmitBytes, func(p *Peer) any { return &p.TransmitBytes }, always},
	{FieldAllowedIPs, func(p *Peer) any { return &p.AllowedIPs }, always},
	{FieldProtocolVersion, func(p *Peer) any { return &p.ProtocolVersion }, 0},
}

var configFields = []field[Config]{
	{FieldPrivateKey, func(c *Config) any { return &c.PrivateKey }, optional},
	{FieldListenPort, func(c *Config) any { return &c.ListenPort }, optional},
	{FieldFirewallMark, func(c *Config) any { return &c.FirewallMark }, optional},
	{FieldAmnezia, func(c *Config) any { return &c.Amnezia }, optional},
	{"replace_peers", func(c *Config) any { return &c.ReplacePeers }, 0},
	{"peers", func(c *Config) any { return &c.Peers }, always},
}

var peerConfigFields = []field[PeerConfig]{
	{FieldPublicKey, func(p *PeerConfig) any { return &p.PublicKey }, always},
	{"remove", func(p *PeerConfig) any { return &p.Remove }, 0},
	{"update_only", func(p *PeerConfig) any { return &p.UpdateOnly }, 0},
	{FieldPresharedKey, func(p *PeerConfig) any { return &p.PresharedKey }, optional},
	{FieldEndpoint, func(p *PeerConfig) any { return &p.Endpoint }, 0},
	{FieldPersistentKeepalive, func(p *PeerConfig) any { return &p.PersistentKeepalive }, optional},
	{FieldPersistentKeepaliveMax, func(p *PeerConfig) any { return &p.PersistentKeepaliveMax }, 0},
	{"replace_allowed_ips", func(p *PeerConfig) any { return &p.ReplaceAllowedIPs }, 0},
	{FieldAllowedIPs, func(p *PeerConfig) any { return &p.AllowedIPs }, inLog},
	{"remove_allowed_ips", func(p *PeerConfig) any { return &p.RemoveAllowedIPs }, inLog},
}

// isSet reports whether value, which f.value returned, is set.
func (f *field[T]) isSet(value any) bool {
	if f.traits&optional != 0 {
		return !isNil(value)
	}
	return !isZero(value)
}

// isNil reports whether the pointer of an optional field is nil.
func isNil(value any) bool {
	switch v := value.(type) {
	case *PrivateKey:
		return v == nil
	case *PresharedKey:
		return v == nil
	case *uint16:
		return v == nil
	case *uint32:
		return v == nil
	case *seconds:
		return v == nil
	case *Amnezia:
		return v == nil
	case *AmneziaConfig:
		return v == nil
	case *Range:
		return v == nil
	case *string:
		return v == nil
	case *bool:
		return v == nil
	case *HeaderProtectionKey:
		return v == nil
	}
	panic(fmt.Sprintf("wgtypes: no optional field has the type %T", value))
}

// isZero reports whether the value behind a pointer is zero, or an empty list.
func isZero(value any) bool {
	switch v := value.(type) {
	case *string:
		return *v == ""
	case *bool:
		return !*v
	case *int:
		return *v == 0
	case *uint16:
		return *v == 0
	case *uint32:
		return *v == 0
	case *uint64:
		return *v == 0
	case *Kind:
		return *v == 0
	case *seconds:
		return *v == 0
	case *time.Time:
		return v.IsZero()
	case *PublicKey:
		return v.IsZero()
	case *PrivateKey:
		return v.IsZero()
	case *PresharedKey:
		return v.IsZero()
	case *HeaderProtectionKey:
		return v.IsZero()
	case *Range:
		return v.IsZero()
	case *AmneziaVersion:
		return *v == 0
	case *[]string:
		return len(*v) == 0
	case *netip.AddrPort:
		return !v.IsValid()
	case *[]netip.Prefix:
		return len(*v) == 0
	case *[]Peer:
		return len(*v) == 0
	case *[]PeerConfig:
		return len(*v) == 0
	}
	panic(fmt.Sprintf("wgtypes: no field has the type %T", value))
}

// logValue returns the log form of the value behind a pointer. Secrets are
// hidden. A list is logged as its length, because it may have thousands of peers.
func logValue(value any) slog.Value {
	switch v := value.(type) {
	case *string:
		return slog.StringValue(*v)
	case *bool:
		return slog.BoolValue(*v)
	case *int:
		return slog.IntValue(*v)
	case *uint16:
		return slog.IntValue(int(*v))
	case *uint32:
		return slog.Uint64Value(uint64(*v))
	case *uint64:
		return slog.Uint64Value(*v)
	case *seconds:
		return slog.DurationValue(time.Duration(*v))
	case *time.Time:
		return slog.TimeValue(*v)
	case *Amnezia:
		return logObject(amneziaStateFields(), v)
	case *AmneziaConfig:
		return logObject(amneziaConfigFields(), v)
	case *[]string:
		return slog.AnyValue(*v)
	case *[]netip.Prefix:
		return slog.IntValue(len(*v))
	case *[]Peer:
		return slog.IntValue(len(*v))
	case *[]PeerConfig:
		return slog.IntValue(len(*v))
	case fmt.Stringer: // keys, kinds, ranges, versions and endpoints
		return slog.StringValue(v.String())
	}
	panic(fmt.Sprintf("wgtypes: no field has the type %T", value))
}

// logObject returns the log form of v.
func logObject[T any](fields []field[T], v *T) slog.Value {
	attrs := make([]slog.Attr, 0, len(fields))
	for i := range fields {
		f := &fields[i]
		if value := f.value(v); f.traits&inLog != 0 || f.isSet(value) {
			attrs = append(attrs, slog.Attr{Key: string(f.name), Value: logValue(value)})
		}
	}
	return slog.GroupValue(attrs...)
}

// objectText returns the fields of v that are set, on one line and without
// secrets.
func objectText[T any](fields []field[T], v *T) string {
	var parts []string
	for i := range fields {
		f := &fields[i]
		value := f.value(v)
		if !f.isSet(value) {
			continue
		}
		part := string(f.name)
		switch v := value.(type) {
		case *bool:
			if !*v { // an optional field
				part += "=false"
			}
		case *[]netip.Prefix:
			part += fmt.Sprintf("=%v", *v)
		case *[]PeerConfig:
			part += fmt.Sprintf("=%v", *v)
		case *AmneziaConfig:
			part += "=" + v.String()
		default:
			part += fmt.Sprintf("=%v", logValue(value))
		}
		parts = append(parts, part)
	}
	return "{" + strings.Join(parts, " ") + "}"
}

// A jsonEncoder appends the JSON form of values to b. It keeps the first error.
type jsonEncoder struct {
	b       []byte
	size    int  // about the length that b will have
	secrets bool // include those of devices and peers
	err     error
}

// appendObject appends the object v.
func appendObject[T any](e *jsonEncoder, fields []field[T], v *T) {
	comma := byte('{')
	for i := range fields {
		f := &fields[i]
		if f.traits&secretState != 0 && !e.secrets {
			continue
		}
		if value := f.value(v); f.traits&inJSON != 0 || f.isSet(value) {
			comma = e.member(comma, f.name, value)
		}
	}
	e.end(comma)
}

// member appends a member of an object after comma, which is '{' for the first
// member. It returns the comma for the next one.
func (e *jsonEncoder) member(comma byte, name Field, value any) byte {
	e.b = append(append(append(e.b, comma, '"'), name...), '"', ':')
	e.value(name, value)
	return ','
}

// end closes an object. comma is what member returned last, or '{' if the object
// has no members.
func (e *jsonEncoder) end(comma byte) {
	if comma == '{' {
		e.b = append(e.b, '{')
	}
	e.b = append(e.b, '}')
}

// value appends the value behind a pointer of the field with the given name.
func (e *jsonEncoder) value(name Field, value any) {
	switch v := value.(type) {
	case *string:
		e.string(*v)
	case *bool:
		e.b = strconv.AppendBool(e.b, *v)
	case *int:
		e.b = strconv.AppendInt(e.b, int64(*v), 10)
	case *uint16:
		e.b = strconv.AppendUint(e.b, uint64(*v), 10)
	case *uint32:
		e.b = strconv.AppendUint(e.b, uint64(*v), 10)
	case *uint64:
		e.b = strconv.AppendUint(e.b, *v, 10)
	case *seconds:
		if reason := invalidKeepalive(time.Duration(*v)); reason != "" {
			e.fail(fmt.Errorf("wgtypes: %s: %s", name, reason))
		}
		e.b = strconv.AppendInt(e.b, int64(time.Duration(*v)/time.Second), 10)
	case *netip.AddrPort:
		if v.Addr().Zone() != "" { // a zone may contain any character
			e.string(v.String())
			return
		}
		e.text(v)
	case *[]netip.Prefix:
		appendList(e, *v, func(p *netip.Prefix) { e.text(p) })
	case *[]Peer:
		appendList(e, *v, func(p *Peer) { appendObject(e, peerFields, p) })
	case *[]PeerConfig:
		appendList(e, *v, func(p *PeerConfig) { appendObject(e, peerConfigFields, p) })
	case *Kind:
		e.name(v)
	case *AmneziaVersion:
		e.name(v)
	case *Amnezia:
		appendObject(e, amneziaStateFields(), v)
	case *AmneziaConfig:
		appendObject(e, amneziaConfigFields(), v)
	case *[]string:
		appendList(e, *v, func(s *string) { e.string(*s) })
	case encoding.TextAppender: // keys, ranges and times
		e.text(v)
	default:
		panic(fmt.Sprintf("wgtypes: no field has the type %T", value))
	}
}

// name appends the name of a constant.
func (e *jsonEncoder) name(v encoding.TextMarshaler) {
	text, err := v.MarshalText()
	e.fail(err)
	e.b = append(append(append(e.b, '"'), text...), '"')
}

func appendList[E any](e *jsonEncoder, list []E, add func(*E)) {
	e.b = append(e.b, '[')
	for i := range list {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		add(&list[i])
	}
	e.b = append(e.b, ']')
}

// text appends a text that needs no escapes.
func (e *jsonEncoder) text(v encoding.TextAppender) {
	b, err := v.AppendText(append(e.b, '"'))
	e.fail(err)
	e.b = append(b, '"')
}

// string appends any text as a JSON string.
func (e *jsonEncoder) string(s string) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	e.fail(enc.Encode(s))
	e.b = append(e.b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}

func (e *jsonEncoder) fail(err error) {
	if e.err == nil {
		e.err = err
	}
}

// The log forms use the names of JSON, omit fields that are not set, hide secrets
// and have the length of lists.

// LogValue returns d with its secrets hidden, and with the number of its peers
// instead of the peers.
func (d Device) LogValue() slog.Value { return logObject(deviceFields, &d) }

// LogValue returns p with its preshared key hidden, and with the number of its
// allowed IPs instead of the list.
func (p Peer) LogValue() slog.Value { return logObject(peerFields, &p) }

// LogValue returns the fields that c sets, with its secrets hidden, and with the
// number of its peers instead of the peers.
func (c Config) LogValue() slog.Value { return logObject(configFields, &c) }

// LogValue returns the fields that p sets, with its preshared key hidden, and with
// the numbers of its prefixes instead of the lists.
func (p PeerConfig) LogValue() slog.Value { return logObject(peerConfigFields, &p) }

// LogValue returns a with its header protection key hidden.
func (a Amnezia) LogValue() slog.Value { return logObject(amneziaStateFields(), &a) }

// LogValue returns the parameters that c sets, with its header protection key hidden.
func (c AmneziaConfig) LogValue() slog.Value { return logObject(amneziaConfigFields(), &c) }

func (r DeviceRef) logValue() slog.Value {
	attrs := []slog.Attr{slog.String("name", r.Name), slog.String("kind", r.Kind.String())}
	if r.Index != 0 {
		attrs = append(attrs, slog.Int("index", r.Index))
	}
	return slog.GroupValue(attrs...)
}
