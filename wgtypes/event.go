package wgtypes

import "time"

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

// MarshalText returns what String returns. It fails for a number of no kind.
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
