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
// next, except for secrets, the order of peers, the order of prefixes, and small
// differences between the times of a handshake (see isNewHandshake). Equal states
// that were read at the same time yield no event.
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

// withoutPeers returns the copy of a device that an event contains.
func withoutPeers(d *wgtypes.Device) *wgtypes.Device {
	bare := *d
	bare.Peers, bare.PrivateKey = nil, wgtypes.PrivateKey{}
	if bare.Amnezia = d.Amnezia.Clone(); bare.Amnezia != nil {
		bare.Amnezia.HeaderProtectionKey = wgtypes.HeaderProtectionKey{}
	}
	return &bare
}

// fields collects the names of fields that differ.
type fields []wgtypes.Field

func (f *fields) add(name wgtypes.Field, differs bool) {
	if differs {
		*f = append(*f, name)
	}
}

// deviceChanges yields a rename first. The next event has the new name.
func deviceChanges(a, b *wgtypes.Device, yield func(wgtypes.Event) bool) bool {
	var name, settings fields
	name.add(wgtypes.FieldName, a.Name != b.Name)
	settings.add(wgtypes.FieldPrivateKey, !a.PrivateKey.Equal(b.PrivateKey))
	settings.add(wgtypes.FieldPublicKey, a.PublicKey != b.PublicKey)
	settings.add(wgtypes.FieldListenPort, a.ListenPort != b.ListenPort)
	settings.add(wgtypes.FieldFirewallMark, a.FirewallMark != b.FirewallMark)
	settings.add(wgtypes.FieldAmnezia, !SameAmnezia(a.Amnezia, b.Amnezia))

	before, after := withoutPeers(a), withoutPeers(b)
	renamed := *before
	renamed.Name = b.Name
	event := func(kind wgtypes.EventKind, changed fields, a, b *wgtypes.Device) bool {
		return changed == nil || yield(wgtypes.Event{Kind: kind, Device: refOf(b), Changed: changed, OldDevice: a, NewDevice: b})
	}
	return event(wgtypes.EventDeviceRenamed, name, before, &renamed) && event(wgtypes.EventDeviceChanged, settings, &renamed, after)
}

// peers yields the removed peers first, then the others in the order of b.
func (parent *changes) peers(a, b *wgtypes.Device) bool {
	d := peerDiffer{changes: parent, device: refOf(b), hidesKey: hidesKey(b)}
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
		if old[p.PublicKey] == p && now[p.PublicKey] == nil && !d.removed(p) {
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

// sameKeys reports whether a and b have the same peers in the same order, which is
// the usual case in the kernel. Comparing them then needs no maps.
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

// peerDiffer yields the events of the peers of a device.
type peerDiffer struct {
	*changes
	device   wgtypes.DeviceRef
	hidesKey bool // see hidesKey
}

func (d *peerDiffer) removed(p *wgtypes.Peer) bool {
	return d.yield(wgtypes.Event{Kind: wgtypes.EventPeerRemoved, Device: d.device, OldPeer: withoutSecret(p)})
}

func (d *peerDiffer) added(p *wgtypes.Peer) bool {
	return d.yield(wgtypes.Event{Kind: wgtypes.EventPeerAdded, Device: d.device, NewPeer: withoutSecret(p)}) &&
		d.session(new(wgtypes.Peer), p)
}

// withoutSecret returns the copy of a peer that an event contains.
func withoutSecret(p *wgtypes.Peer) *wgtypes.Peer {
	bare := *p
	bare.PresharedKey = wgtypes.PresharedKey{}
	return &bare
}

// peer yields the events that lead from a, which may be nil, to b.
func (d *peerDiffer) peer(a, b *wgtypes.Peer) bool {
	switch {
	case a == nil:
		return d.added(b)
	case isRecreated(a, b):
		return d.removed(a) && d.added(b)
	}
	var settings, endpoint, handshake, transfer fields
	settings.add(wgtypes.FieldPresharedKey, !a.PresharedKey.Equal(b.PresharedKey))
	settings.add(wgtypes.FieldPersistentKeepalive, a.PersistentKeepalive != b.PersistentKeepalive)
	settings.add(wgtypes.FieldPersistentKeepaliveMax, a.PersistentKeepaliveMax != b.PersistentKeepaliveMax)
	settings.add(wgtypes.FieldAllowedIPs, !samePrefixes(a.AllowedIPs, b.AllowedIPs))
	settings.add(wgtypes.FieldProtocolVersion, a.ProtocolVersion != b.ProtocolVersion)
	endpoint.add(wgtypes.FieldEndpoint, a.Endpoint != b.Endpoint)
	handshake.add(wgtypes.FieldLastHandshake, d.isNewHandshake(a.LastHandshake, b.LastHandshake))
	transfer.add(wgtypes.FieldReceiveBytes, a.ReceiveBytes != b.ReceiveBytes)
	transfer.add(wgtypes.FieldTransmitBytes, a.TransmitBytes != b.TransmitBytes)

	event := func(kind wgtypes.EventKind, changed fields) bool {
		return changed == nil || d.yield(wgtypes.Event{
			Kind: kind, Device: d.device, Changed: changed, OldPeer: withoutSecret(a), NewPeer: withoutSecret(b),
		})
	}
	return event(wgtypes.EventPeerChanged, settings) && event(wgtypes.EventEndpoint, endpoint) &&
		event(wgtypes.EventHandshake, handshake) && d.session(a, b) && event(wgtypes.EventTransfer, transfer)
}

// session yields an event if a session began or ended.
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

// isRecreated reports whether the peer a was removed and added again as b. The
// counters of a peer never decrease, and its handshake is never forgotten.
func isRecreated(a, b *wgtypes.Peer) bool {
	return b.ReceiveBytes < a.ReceiveBytes || b.TransmitBytes < a.TransmitBytes ||
		b.LastHandshake.IsZero() && !a.LastHandshake.IsZero()
}

// isNewHandshake reports whether the times a and b are those of two handshakes.
//
// boringtun returns how long ago the handshake was, so the computed time differs
// slightly between two readings.
func (d *peerDiffer) isNewHandshake(a, b time.Time) bool {
	const jitter = 2 * time.Second
	if d.hidesKey {
		return b.Sub(a).Abs() > jitter
	}
	return !a.Equal(b)
}

// hidesKey reports whether d does not return its private key, like boringtun.
func hidesKey(d *wgtypes.Device) bool { return d.PrivateKey.IsZero() && !d.PublicKey.IsZero() }

// samePrefixes reports whether a and b are the same set. Setting a prefix again
// moves it to the end of the list, which is not a change.
func samePrefixes(a, b []netip.Prefix) bool {
	if slices.Equal(a, b) {
		return true
	}
	if len(a) != len(b) || !slices.Contains(b, a[0]) {
		return false // found without sorting, like nearly every difference
	}
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, netip.Prefix.Compare)
	slices.SortFunc(b, netip.Prefix.Compare)
	return slices.Equal(a, b)
}
