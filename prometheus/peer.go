package wgprom

import (
	"net/netip"
	"slices"

	dto "github.com/prometheus/client_model/go"

	"github.com/wgctrl/wgctrl/wgtypes"
)

func (s *scrape) sendPeer(device *dto.LabelPair, p keyed) {
	key := labelled("public_key", p.key)
	s.send(peerInfo, 1, device, labelled("endpoint", s.endpoint(p.Peer)), labelled("name", s.options.PeerName(p.PublicKey)), key)
	labels := []*dto.LabelPair{device, key}
	s.send(peerReceived, float64(p.ReceiveBytes), labels...)
	s.send(peerTransmitted, float64(p.TransmitBytes), labels...)
	s.send(peerHandshake, handshake(p.Peer), labels...)
	s.send(peerKeepalive, p.PersistentKeepalive.Seconds(), labels...)
	if !s.options.OmitAllowedIPs {
		s.sendAllowedIPs(device, key, p.Peer)
	}
}

// sendAllowedIPs sends each prefix once, whatever a daemon says.
func (s *scrape) sendAllowedIPs(device, key *dto.LabelPair, p *wgtypes.Peer) {
	slices.SortFunc(p.AllowedIPs, netip.Prefix.Compare)
	for _, prefix := range slices.Compact(p.AllowedIPs) {
		s.send(peerAllowedIPs, 1, labelled("allowed_ips", prefix.String()), device, labelled("family", family(prefix)), key)
	}
}

// endpoint is "" where there is none, or none is wanted.
func (s *scrape) endpoint(p *wgtypes.Peer) string {
	if s.options.OmitEndpoints || !p.Endpoint.IsValid() {
		return ""
	}
	return p.Endpoint.String()
}

// handshake is in whole seconds: boringtun tells how long ago it was, so that
// fractions would differ each time.
func handshake(p *wgtypes.Peer) float64 {
	if p.LastHandshake.IsZero() {
		return 0
	}
	return float64(p.LastHandshake.Unix())
}

func family(p netip.Prefix) string {
	if p.Addr().Is4() {
		return "IPv4"
	}
	return "IPv6"
}
