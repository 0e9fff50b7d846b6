package wgprom

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/wgctrl/wgctrl/wgtypes"
)

// metric is one of the metrics that a Collector exports.
type metric struct {
	name, help string
	desc       *prometheus.Desc
	valueType  prometheus.ValueType
}

func gauge(name, help string, labels ...string) metric {
	return newMetric(prometheus.GaugeValue, name, help, labels)
}

func counter(name, help string, labels ...string) metric {
	return newMetric(prometheus.CounterValue, name, help, labels)
}

func newMetric(t prometheus.ValueType, name, help string, labels []string) metric {
	name = prometheus.BuildFQName("wireguard", "", name)
	return metric{name, help, prometheus.NewDesc(name, help, labels, nil), t}
}

// The exported metrics. Labels are sorted by name, as in samples. The marked
// metrics have the names and labels of mdlayher/wireguard_exporter.
var (
	scrapeSuccess = gauge("scrape_success",
		"Whether all devices were found and read (1) or something failed (0). See wireguard_scrape_error_info.")
	scrapeError = gauge("scrape_error_info",
		"A failure in this scrape and its reason. Without a device, listing the devices of that kind failed.", "device", "kind", "reason")

	deviceUp = gauge("device_up",
		"Whether the device was read in this scrape (1) or not (0).", "device", "kind")
	deviceDuration = gauge("device_scrape_duration_seconds",
		"Duration of reading the device, successful or not.", "device", "kind")
	deviceInfo = gauge("device_info", // marked
		"The public key of the device. Empty if the device has no key or does not return it.", "device", "public_key")
	deviceAmnezia = gauge("device_amneziawg_info",
		"The version of AmneziaWG that the device has, or unknown. Other devices have no series.", "device", "version")
	devicePeers = gauge("device_peers",
		"Number of peers of the device.", "device")
	deviceConnected = gauge("device_peers_connected",
		"Number of peers with a handshake in the last 180 seconds, the lifetime of a session.", "device")
	deviceOmitted = gauge("device_peers_omitted",
		"Number of peers without series of their own, because of a limit.", "device")

	peerInfo = gauge("peer_info", // marked
		"The endpoint and the name of a peer. Each is empty if the peer has none.", "device", "endpoint", "name", "public_key")
	peerAllowedIPs = gauge("peer_allowed_ips_info", // marked
		"An allowed IP of the peer.", "allowed_ips", "device", "family", "public_key")
	peerReceived = counter("peer_receive_bytes_total", // marked
		"Bytes received from the peer since it was created.", "device", "public_key")
	peerTransmitted = counter("peer_transmit_bytes_total", // marked
		"Bytes sent to the peer since it was created.", "device", "public_key")
	peerHandshake = gauge("peer_last_handshake_seconds", // marked
		"Time of the last handshake with the peer, in seconds since 1970. 0 if there was none.", "device", "public_key")
	peerKeepalive = gauge("peer_persistent_keepalive_seconds",
		"Interval of the keepalives that are sent to the peer. 0 if they are off.", "device", "public_key")
)

// metrics returns all metrics.
func metrics() []metric {
	return []metric{
		scrapeSuccess, scrapeError,
		deviceUp, deviceDuration, deviceInfo, deviceAmnezia, devicePeers, deviceConnected, deviceOmitted,
		peerInfo, peerAllowedIPs, peerReceived, peerTransmitted, peerHandshake, peerKeepalive,
	}
}

func descriptors() []*prometheus.Desc {
	var all []*prometheus.Desc
	for _, m := range metrics() {
		all = append(all, m.desc)
	}
	return all
}

// sample is a value of a metric. It shares its labels with other samples, unlike
// the constant metrics of client_golang: with many peers, labels are most of what
// a scrape allocates.
type sample struct {
	metric
	labels []*dto.LabelPair // by name
	value  float64
}

var _ prometheus.Metric = (*sample)(nil)

func (s *sample) Desc() *prometheus.Desc { return s.desc }

// Write makes out refer to the values of s, which never change.
func (s *sample) Write(out *dto.Metric) error {
	out.Label = s.labels
	if s.valueType == prometheus.CounterValue {
		out.Counter = &dto.Counter{Value: &s.value}
	} else {
		out.Gauge = &dto.Gauge{Value: &s.value}
	}
	return nil
}

// sink receives the samples of a scrape, possibly concurrently.
type sink interface {
	add(m metric, labels []*dto.LabelPair, value float64)
}

// registrySink is the sink of a registry.
type registrySink chan<- prometheus.Metric

func (s registrySink) add(m metric, labels []*dto.LabelPair, value float64) {
	s <- &sample{m, labels, value}
}

// labelled returns a label with a value.
func labelled(name, value string) *dto.LabelPair {
	l := &struct {
		pair        dto.LabelPair
		name, value string
	}{name: name, value: valid(value)}
	l.pair.Name, l.pair.Value = &l.name, &l.value
	return &l.pair
}

// valid returns s as valid UTF-8, which the value of a label must be. Names of
// interfaces may be invalid.
func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

func float(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// sendDevice sends the metrics of a device.
func (s *scrape) sendDevice(device *dto.LabelPair, d *wgtypes.Device) {
	key := ""
	if !d.PublicKey.IsZero() {
		key = d.PublicKey.String()
	}
	peers := distinct(d.Peers)
	shown := s.shown(peers)
	s.send(deviceInfo, 1, device, labelled("public_key", key))
	if d.Amnezia != nil {
		s.send(deviceAmnezia, 1, device, labelled("version", d.Amnezia.Version.String()))
	}
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

// distinct returns the peers sorted by their keys as text. A limit then always
// selects the same peers, and the registry does not have to sort samples. It
// removes duplicates, which an incorrect daemon may return: a series that occurs
// twice makes the whole scrape fail.
func distinct(peers []wgtypes.Peer) []keyed {
	all := make([]keyed, len(peers))
	for i := range peers {
		all[i] = keyed{&peers[i], peers[i].PublicKey.String()}
	}
	slices.SortStableFunc(all, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	return slices.CompactFunc(all, func(a, b keyed) bool { return a.key == b.key })
}

// shown returns the peers that have series, and subtracts them from the room of
// the scrape.
func (s *scrape) shown(peers []keyed) []keyed {
	n := min(len(peers), s.room)
	if s.options.MaxPeers != 0 {
		n = min(n, max(s.options.MaxPeers, 0))
	}
	s.room -= n
	return peers[:n]
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

// sendAllowedIPs sends each prefix once, even if a daemon lists it twice.
func (s *scrape) sendAllowedIPs(device, key *dto.LabelPair, p *wgtypes.Peer) {
	slices.SortFunc(p.AllowedIPs, netip.Prefix.Compare)
	for _, prefix := range slices.Compact(p.AllowedIPs) {
		s.send(peerAllowedIPs, 1, labelled("allowed_ips", prefix.String()), device, labelled("family", family(prefix)), key)
	}
}

// endpoint returns the endpoint of p, or "" if it has none or if endpoints are
// omitted.
func (s *scrape) endpoint(p *wgtypes.Peer) string {
	if s.options.OmitEndpoints || !p.Endpoint.IsValid() {
		return ""
	}
	return p.Endpoint.String()
}

// handshake returns the time of the last handshake in whole seconds. boringtun
// reports its age, so that fractions of a second would differ in each scrape.
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
