package wginternal

import (
	"iter"
	"net/netip"
	"slices"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Changes yields the events, without their times, that lead from previous to
// next. These are two states of one device, as read at the times before and now;
// nil is a device that does not exist. Replaying the events on previous gives
// next, except for secrets, the order of peers and the order of prefixes. Equal
// states that were read at the same time yield no event.
//
// A peer whose counters fell, or that lost its handshake, was removed and added
// again with the same key. So was a kernel device with another index.
func Changes(previous, next *wgtypes.Device, before, now time.Time) iter.Seq[wgtypes.Event] {
	return func(yield func(wgtypes.Event) bool) {
		d := changes{before: before, now: now, yield: yield}
		_ = d.devices(previous, next)
	}
}

// changes yields the events between two states. Its methods report whether the
// caller wants more.
type changes struct {
	before, now time.Time // when the states were read
	yield       func(wgtypes.Event) bool
}

func (d *changes) devices(previous, next *wgtypes.Device) bool {
	switch {
	case previous == nil && next == nil:
		return true
	case previous == nil:
		return d.added(next)
	case next == nil:
		return d.yield(wgtypes.Event{Kind: wgtypes.EventDeviceRemoved, Device: refOf(previous), OldDevice: withoutPeers(previous)})
	case !sameDevice(previous, next):
		return d.devices(previous, nil) && d.devices(nil, next)
	}
	return deviceChanges(previous, next, d.yield) && d.peers(previous, next)
}

func (d *changes) added(dev *wgtypes.Device) bool {
	return d.yield(wgtypes.Event{Kind: wgtypes.EventDeviceAdded, Device: refOf(dev), NewDevice: withoutPeers(dev)}) &&
		d.peers(new(wgtypes.Device), dev)
}

// withoutPeers returns what an event has of a device.
func withoutPeers(d *wgtypes.Device) *wgtypes.Device {
	bare := *d
	bare.Peers, bare.PrivateKey = nil, wgtypes.PrivateKey{}
	return &bare
}

// fields collects the names of fields that differ.
type fields []wgtypes.Field

func (f *fields) add(name wgtypes.Field, differs bool) {
	if differs {
		*f = append(*f, name)
	}
}

// deviceChanges tells of another name first, and then calls the device by it.
func deviceChanges(a, b *wgtypes.Device, yield func(wgtypes.Event) bool) bool {
	var name, settings fields
	name.add(wgtypes.FieldName, a.Name != b.Name)
	settings.add(wgtypes.FieldPrivateKey, !a.PrivateKey.Equal(b.PrivateKey))
	settings.add(wgtypes.FieldPublicKey, a.PublicKey != b.PublicKey)
	settings.add(wgtypes.FieldListenPort, a.ListenPort != b.ListenPort)
	settings.add(wgtypes.FieldFirewallMark, a.FirewallMark != b.FirewallMark)

	before, after := withoutPeers(a), withoutPeers(b)
	renamed := *before
	renamed.Name = b.Name
	tell := func(kind wgtypes.EventKind, changed fields, a, b *wgtypes.Device) bool {
		return changed == nil || yield(wgtypes.Event{Kind: kind, Device: refOf(b), Changed: changed, OldDevice: a, NewDevice: b})
	}
	return tell(wgtypes.EventDeviceRenamed, name, before, &renamed) && tell(wgtypes.EventDeviceChanged, settings, &renamed, after)
}

// peers yields the removed peers first, then the others in the order of b.
func (parent *changes) peers(a, b *wgtypes.Device) bool {
	d := peerDiffer{changes: parent, device: refOf(b), hidesKey: hidesKey(a) && hidesKey(b)}
	if sameKeys(a.Peers, b.Peers) {
		for i := range b.Peers {
			if !d.peer(&a.Peers[i], &b.Peers[i]) {
				return false
			}
		}
		return true
	}
	old, now := PeersByKey(a), PeersByKey(b)
	for i := range a.Peers {
		p := &a.Peers[i]
		if old[p.PublicKey] == p && now[p.PublicKey] == nil && !d.left(p) {
			return false
		}
	}
	for i := range b.Peers {
		p := &b.Peers[i]
		if now[p.PublicKey] == p && !d.peer(old[p.PublicKey], p) {
			return false
		}
	}
	return true
}

// sameKeys reports the usual case in the kernel, where peers have an order: it
// takes no memory.
func sameKeys(a, b []wgtypes.Peer) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].PublicKey != b[i].PublicKey {
			return false
		}
	}
	return true
}

// peerDiffer tells what changed about the peers of a device.
type peerDiffer struct {
	*changes
	device   wgtypes.DeviceRef
	hidesKey bool
}

func (d *peerDiffer) left(p *wgtypes.Peer) bool {
	return d.yield(wgtypes.Event{Kind: wgtypes.EventPeerRemoved, Device: d.device, OldPeer: withoutSecret(p)})
}

func (d *peerDiffer) came(p *wgtypes.Peer) bool {
	return d.yield(wgtypes.Event{Kind: wgtypes.EventPeerAdded, Device: d.device, NewPeer: withoutSecret(p)}) &&
		d.session(new(wgtypes.Peer), p)
}

// withoutSecret returns what an event has of a peer.
func withoutSecret(p *wgtypes.Peer) *wgtypes.Peer {
	bare := *p
	bare.PresharedKey = wgtypes.PresharedKey{}
	return &bare
}

// peer tells how a, which may be nil, became b.
func (d *peerDiffer) peer(a, b *wgtypes.Peer) bool {
	switch {
	case a == nil:
		return d.came(b)
	case madeAnew(a, b):
		return d.left(a) && d.came(b)
	}
	var settings, endpoint, handshake, transfer fields
	settings.add(wgtypes.FieldPresharedKey, !a.PresharedKey.Equal(b.PresharedKey))
	settings.add(wgtypes.FieldPersistentKeepalive, a.PersistentKeepalive != b.PersistentKeepalive)
	settings.add(wgtypes.FieldAllowedIPs, !samePrefixes(a.AllowedIPs, b.AllowedIPs))
	settings.add(wgtypes.FieldProtocolVersion, a.ProtocolVersion != b.ProtocolVersion)
	endpoint.add(wgtypes.FieldEndpoint, a.Endpoint != b.Endpoint)
	handshake.add(wgtypes.FieldLastHandshake, d.shookHands(a.LastHandshake, b.LastHandshake))
	transfer.add(wgtypes.FieldReceiveBytes, a.ReceiveBytes != b.ReceiveBytes)
	transfer.add(wgtypes.FieldTransmitBytes, a.TransmitBytes != b.TransmitBytes)

	tell := func(kind wgtypes.EventKind, changed fields) bool {
		return changed == nil || d.yield(wgtypes.Event{
			Kind: kind, Device: d.device, Changed: changed, OldPeer: withoutSecret(a), NewPeer: withoutSecret(b),
		})
	}
	return tell(wgtypes.EventPeerChanged, settings) && tell(wgtypes.EventEndpoint, endpoint) &&
		tell(wgtypes.EventHandshake, handshake) && d.session(a, b) && tell(wgtypes.EventTransfer, transfer)
}

// session yields the beginning or the end of a session.
func (d *peerDiffer) session(a, b *wgtypes.Peer) bool {
	kind := wgtypes.EventDisconnected
	switch connected := b.Connected(d.now); {
	case connected == a.Connected(d.before):
		return true
	case connected:
		kind = wgtypes.EventConnected
	}
	return d.yield(wgtypes.Event{Kind: kind, Device: d.device, NewPeer: withoutSecret(b)})
}

// madeAnew reports that b is not the peer that a was, though it has its key:
// no peer's counters fall as long as it lives, nor does it forget a handshake.
func madeAnew(a, b *wgtypes.Peer) bool {
	return b.ReceiveBytes < a.ReceiveBytes || b.TransmitBytes < a.TransmitBytes ||
		b.LastHandshake.IsZero() && !a.LastHandshake.IsZero()
}

// shookHands compares the times of the last handshakes.
//
// NB: boringtun tells how long ago that was, so that the time comes out a
// little different each time it is asked.
func (d *peerDiffer) shookHands(a, b time.Time) bool {
	const jitter = 2 * time.Second
	if d.hidesKey && !a.IsZero() && !b.IsZero() {
		return b.Sub(a).Abs() > jitter
	}
	return !a.Equal(b)
}

// hidesKey reports a device that keeps its private key for itself, as boringtun.
func hidesKey(d *wgtypes.Device) bool { return d.PrivateKey.IsZero() && !d.PublicKey.IsZero() }

// samePrefixes compares sets: a prefix that is set once more moves to the end of
// its list, and nothing has changed.
func samePrefixes(a, b []netip.Prefix) bool {
	if slices.Equal(a, b) {
		return true
	}
	if len(a) != len(b) {
		return false
	}
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, netip.Prefix.Compare)
	slices.SortFunc(b, netip.Prefix.Compare)
	return slices.Equal(a, b)
}
