package wginternal

import (
	"time"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// The times of WireGuard. Parameters of AmneziaWG can replace them.
const (
	// keepaliveTimeout is how long a peer that has received data may send nothing: then
	// it sends a keepalive.
	keepaliveTimeout = 10 * time.Second
	// rekeyTimeout is how long an answer to a handshake initiation may take. A device
	// that has received nothing for keepaliveTimeout and rekeyTimeout after it has sent
	// data sends an initiation, and repeats it after each rekeyTimeout.
	rekeyTimeout = 5 * time.Second
)

// keepaliveSize is the size of a keepalive: a data packet without content.
const keepaliveSize = 32

// Unanswered finds the peers of a device that do not answer. The zero value knows no
// peer.
//
// A reading demands an answer if the device has sent more than keepalives since the
// reading before. Without an endpoint it has sent nothing, although the BSDs count the
// attempts. A peer does not answer if two readings demand an answer, at least
// answerTime apart, and no reading after the first finds received bytes or a new
// handshake.
type Unanswered struct {
	waiting map[wgtypes.PublicKey]waiting
}

// waiting is the state of a peer that has to answer.
type waiting struct {
	since    time.Time // the first reading that demands an answer
	reported bool
}

// Apply applies an event of Changes to the device d, which was read at the times before
// and now. It reports whether e.NewPeer is a peer that does not answer. It reports this
// once, until the peer answers.
func (u *Unanswered) Apply(e *wgtypes.Event, d *wgtypes.Device, before, now time.Time) bool {
	switch e.Kind {
	case wgtypes.EventDeviceRemoved:
		clear(u.waiting)
	case wgtypes.EventPeerRemoved, wgtypes.EventHandshake:
		delete(u.waiting, e.Peer().PublicKey)
	case wgtypes.EventTransfer:
		return u.transfer(e.OldPeer, e.NewPeer, d, before, now)
	}
	return false
}

// transfer applies new counters of a peer.
func (u *Unanswered) transfer(a, b *wgtypes.Peer, d *wgtypes.Device, before, now time.Time) bool {
	if a.ReceiveBytes != b.ReceiveBytes {
		delete(u.waiting, b.PublicKey)
		return false
	}
	if !b.Endpoint.IsValid() || !countsMessages(d, b) || isKeepalives(b.TransmitBytes-a.TransmitBytes, b, d.Amnezia, now.Sub(before)) {
		return false
	}
	w, ok := u.waiting[b.PublicKey]
	if !ok {
		if u.waiting == nil {
			u.waiting = make(map[wgtypes.PublicKey]waiting)
		}
		u.waiting[b.PublicKey] = waiting{since: now}
		return false
	}
	if w.reported || now.Sub(w.since) < answerTime(d.Amnezia) {
		return false
	}
	u.waiting[b.PublicKey] = waiting{w.since, true}
	return true
}

// countsMessages reports whether the counters of a peer contain every message, and
// whether the size of a keepalive is known.
//
// Daemons that report no protocol version, which are boringtun and GotaTun, count
// neither handshakes nor the keepalives that they receive.
func countsMessages(d *wgtypes.Device, p *wgtypes.Peer) bool {
	switch d.Kind {
	case wgtypes.KindUserspace, wgtypes.KindAmneziaUserspace, wgtypes.KindInProcess:
		if p.ProtocolVersion == 0 {
			return false
		}
	}
	a := d.Amnezia
	return a == nil || a.ContentPaddingAddition.Hi == 0 && !a.RandomTrailers
}

// isKeepalives reports whether n bytes that were sent in a time can be only keepalives.
// They follow each other at the peer's interval, or at keepaliveTimeout if the device
// only receives. The time is exact to a second: reading a device takes time.
//
// Some versions of AmneziaWG have S4 bytes before a keepalive, and others do not.
func isKeepalives(n uint64, p *wgtypes.Peer, a *wgtypes.Amnezia, elapsed time.Duration) bool {
	interval, before := keepaliveTimeout, uint64(0)
	if a != nil {
		before = uint64(a.S4)
		if a.KeepaliveTimeout.Hi != 0 {
			interval = max(time.Duration(a.KeepaliveTimeout.Lo)*time.Second, time.Second)
		}
	}
	if max(p.PersistentKeepalive, p.PersistentKeepaliveMax) > 0 {
		interval = min(interval, max(p.PersistentKeepalive, time.Second))
	}
	most := 1 + uint64((max(elapsed, 0)+time.Second)/interval)
	are := func(size uint64) bool { return n%size == 0 && n/size <= most }
	return are(keepaliveSize) || are(keepaliveSize+before)
}

// answerTime returns how long an answer may take. After keepaliveTimeout the peer has
// answered data, and one rekeyTimeout later the device has sent an initiation. The
// second rekeyTimeout is for the answer to it, so that one lost packet does not count.
func answerTime(a *wgtypes.Amnezia) time.Duration {
	keepalive, rekey := keepaliveTimeout, rekeyTimeout
	if a != nil && a.KeepaliveTimeout.Hi != 0 {
		keepalive = time.Duration(a.KeepaliveTimeout.Hi) * time.Second
	}
	if a != nil && a.RekeyTimeout.Hi != 0 {
		rekey = time.Duration(a.RekeyTimeout.Hi) * time.Second
	}
	return keepalive + 2*rekey
}
