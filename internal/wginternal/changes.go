package wginternal

import (
	"iter"
	"net/netip"
	"slices"
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// Changes gives the events, without their times, that lead from previous to
// next, two states of one device; nil is its absence. Replaying them on previous
// gives next, but for secrets, the order of peers and that of prefixes. Equal
// states give none.
//
// A peer whose counters fell, or that forgot its handshake, is another one with
// the same key: it was removed and added. So is a kernel device with another
// index.
func Changes(previous, next *wgtypes.Device) iter.Seq[wgtypes.Event] {
	return func(yield func(wgtypes.Event) bool) {
		_ = changes(previous, next, yield)
	}
}

// changes reports whether all were wanted.
func changes(previous, next *wgtypes.Device, yield func(wgtypes.Event) bool) bool {
	switch {
	case previous == nil && next == nil:
		return true
	case previous == nil:
		return added(next, yield)
	case next == nil:
		return yield(wgtypes.Event{Kind: wgtypes.EventDeviceRemoved, Device: refOf(previous), OldDevice: withoutPeers(previous)})
	case !sameDevice(previous, next):
		return changes(previous, nil, yield) && changes(nil, next, yield)
	}
	return deviceChanges(previous, next, yield) && peersChanges(previous, next, yield)
}

func refOf(d *wgtypes.Device) wgtypes.DeviceRef {
	return wgtypes.DeviceRef{Name: d.Name, Kind: d.Kind, Index: d.Index}
}

// sameDevice goes by the index where there is one: links are renamed.
func sameDevice(a, b *wgtypes.Device) bool {
	return a.Kind == b.Kind && a.Index == b.Index && (a.Index != 0 || a.Name == b.Name)
}

func added(d *wgtypes.Device, yield func(wgtypes.Event) bool) bool {
	return yield(wgtypes.Event{Kind: wgtypes.EventDeviceAdded, Device: refOf(d), NewDevice: withoutPeers(d)}) &&
		peersChanges(new(wgtypes.Device), d, yield)
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

// peersChanges tells first who left, and then in the order of b.
func peersChanges(a, b *wgtypes.Device, yield func(wgtypes.Event) bool) bool {
	d := peerDiffer{device: refOf(b), hidesKey: hidesKey(a) && hidesKey(b), yield: yield}
	if sameKeys(a.Peers, b.Peers) {
		for i := range b.Peers {
			if !d.changes(&a.Peers[i], &b.Peers[i]) {
				return false
			}
		}
		return true
	}
	before, after := byKey(a), byKey(b)
	for i := range a.Peers {
		p := &a.Peers[i]
		if before[p.PublicKey] == p && after[p.PublicKey] == nil && !d.left(p) {
			return false
		}
	}
	for i := range b.Peers {
		p := &b.Peers[i]
		if after[p.PublicKey] == p && !d.changes(before[p.PublicKey], p) {
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

// byKey finds peers. Of two with one key, which no device has, the last counts.
func byKey(d *wgtypes.Device) map[wgtypes.PublicKey]*wgtypes.Peer {
	m := make(map[wgtypes.PublicKey]*wgtypes.Peer, len(d.Peers))
	for i := range d.Peers {
		m[d.Peers[i].PublicKey] = &d.Peers[i]
	}
	return m
}

// peerDiffer tells what changed about the peers of a device.
type peerDiffer struct {
	device   wgtypes.DeviceRef
	hidesKey bool
	yield    func(wgtypes.Event) bool
}

func (d *peerDiffer) left(p *wgtypes.Peer) bool {
	return d.yield(wgtypes.Event{Kind: wgtypes.EventPeerRemoved, Device: d.device, OldPeer: withoutSecret(p)})
}

func (d *peerDiffer) came(p *wgtypes.Peer) bool {
	return d.yield(wgtypes.Event{Kind: wgtypes.EventPeerAdded, Device: d.device, NewPeer: withoutSecret(p)})
}

// withoutSecret returns what an event has of a peer.
func withoutSecret(p *wgtypes.Peer) *wgtypes.Peer {
	bare := *p
	bare.PresharedKey = wgtypes.PresharedKey{}
	return &bare
}

// changes tells how a, which may be nil, became b.
func (d *peerDiffer) changes(a, b *wgtypes.Peer) bool {
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
		tell(wgtypes.EventHandshake, handshake) && tell(wgtypes.EventTransfer, transfer)
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
