package wgtypes

import (
	"fmt"
	"net/netip"
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
