package cli

import (
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// transferLimit merges the transfers of a peer that follow each other within an
// interval.
type transferLimit struct {
	interval time.Duration // the shortest time between two transfers; none if not positive
	peers    map[watchedID]*transferState
}

// watchedID identifies a peer.
type watchedID struct {
	device wgtypes.DeviceRef // its identity
	key    wgtypes.PublicKey
}

// transferState is what was printed of the transfers of a peer.
type transferState struct {
	at   time.Time     // of the last transfer that was printed
	seen *wgtypes.Peer // the peer then
}

// newTransferLimit returns a limit for devices that are read at intervals of reading.
// interval is rounded to whole readings, which are not exactly on time.
func newTransferLimit(interval, reading time.Duration) *transferLimit {
	return &transferLimit{interval - reading/2, make(map[watchedID]*transferState)}
}

// apply applies an event of Watch. It returns the event to print, and false if it is
// part of a later one. A transfer then begins where the last printed one ended.
func (l *transferLimit) apply(e wgtypes.Event) (wgtypes.Event, bool) {
	switch e.Kind {
	case wgtypes.EventDeviceRemoved:
		l.forget(e.Device)
		return e, true
	case wgtypes.EventPeerRemoved:
		delete(l.peers, watchedID{e.Device.Identity(), e.OldPeer.PublicKey})
		return e, true
	case wgtypes.EventTransfer:
	default:
		return e, true
	}
	if l.interval <= 0 {
		return e, true
	}
	id := watchedID{e.Device.Identity(), e.NewPeer.PublicKey}
	last := l.peers[id]
	if last == nil {
		l.peers[id] = &transferState{e.Time, e.NewPeer}
		return e, true
	}
	if since := e.Time.Sub(last.at); since >= 0 && since < l.interval { // negative if the clock was set back
		return e, false
	}
	e.OldPeer = last.seen
	e.Changed = transferred(e.OldPeer, e.NewPeer)
	last.at, last.seen = e.Time, e.NewPeer
	return e, true
}

// forget forgets the peers of a device.
func (l *transferLimit) forget(device wgtypes.DeviceRef) {
	for id := range l.peers {
		if id.device == device.Identity() {
			delete(l.peers, id)
		}
	}
}

// transferred returns the counters that differ.
func transferred(before, after *wgtypes.Peer) []wgtypes.Field {
	var changed []wgtypes.Field
	if before.ReceiveBytes != after.ReceiveBytes {
		changed = append(changed, wgtypes.FieldReceiveBytes)
	}
	if before.TransmitBytes != after.TransmitBytes {
		changed = append(changed, wgtypes.FieldTransmitBytes)
	}
	return changed
}
