package wgprom

import (
	"slices"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// sendDevice sends the metrics of a device that was read.
func (s *scrape) sendDevice(device *dto.LabelPair, d *wgtypes.Device) {
	key := ""
	if !d.PublicKey.IsZero() {
		key = d.PublicKey.String()
	}
	peers := distinct(d.Peers)
	shown := s.shown(peers)
	s.send(deviceInfo, 1, device, labelled("public_key", key))
	s.send(devicePeers, float64(len(peers)), device)
	s.send(deviceConnected, float64(connected(peers, time.Now())), device)
	s.send(deviceOmitted, float64(len(peers)-len(shown)), device)
	for _, p := range shown {
		s.sendPeer(device, p)
	}
}

// keyed is a peer and its public key as a label.
type keyed struct {
	*wgtypes.Peer
	key string
}

// distinct returns the peers by their keys' text: so a limit always leaves the
// same, and the registry, which sorts samples by their labels, has nothing left
// to do. A daemon that names a peer twice must not spoil the scrape of the
// others: series that occur twice are an error.
func distinct(peers []wgtypes.Peer) []keyed {
	all := make([]keyed, len(peers))
	for i := range peers {
		all[i] = keyed{&peers[i], peers[i].PublicKey.String()}
	}
	slices.SortStableFunc(all, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	return slices.CompactFunc(all, func(a, b keyed) bool { return a.key == b.key })
}

// shown are the peers that have series.
func (s *scrape) shown(peers []keyed) []keyed {
	if s.options.MaxPeers == 0 {
		return peers
	}
	return peers[:min(len(peers), max(s.options.MaxPeers, 0))]
}

// connected counts the peers that have a session.
func connected(peers []keyed, now time.Time) (n int) {
	for _, p := range peers {
		if p.Connected(now) {
			n++
		}
	}
	return n
}
