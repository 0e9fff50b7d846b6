package wgprom

import "github.com/prometheus/client_golang/prometheus"

// metric is one of the metrics that a Collector exports.
type metric struct {
	desc      *prometheus.Desc
	valueType prometheus.ValueType
}

func gauge(name, help string, labels ...string) metric {
	return metric{describe(name, help, labels), prometheus.GaugeValue}
}

func counter(name, help string, labels ...string) metric {
	return metric{describe(name, help, labels), prometheus.CounterValue}
}

func describe(name, help string, labels []string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName("wireguard", "", name), help, labels, nil)
}

// What is exported. Labels are in the order of their names, as in samples. The
// names and labels of those that are marked are mdlayher/wireguard_exporter's.
var (
	scrapeSuccess = gauge("scrape_success",
		"Whether all devices were found and read (1), or something failed (0), which wireguard_scrape_error_info names.")
	scrapeError = gauge("scrape_error_info",
		"What failed in this scrape and why: a device, or the search for devices of a kind where the device is empty.", "device", "kind", "reason")

	deviceUp = gauge("device_up",
		"Whether the device was read in this scrape (1) or not (0).", "device", "kind")
	deviceDuration = gauge("device_scrape_duration_seconds",
		"How long it took to read the device, or to fail.", "device", "kind")
	deviceInfo = gauge("device_info", // marked
		"The device's own public key, which is empty for a device without a key.", "device", "public_key")
	devicePeers = gauge("device_peers",
		"How many peers the device has.", "device")
	deviceConnected = gauge("device_peers_connected",
		"How many peers shook hands within the last 180 seconds, the life of a session.", "device")
	deviceOmitted = gauge("device_peers_omitted",
		"How many peers have no series of their own, because of a limit.", "device")

	peerInfo = gauge("peer_info", // marked
		"The peer's endpoint and name, which are empty where there is none. The public key is the peer's.", "device", "endpoint", "name", "public_key")
	peerAllowedIPs = gauge("peer_allowed_ips_info", // marked
		"A prefix that the peer may send from and is sent to.", "allowed_ips", "device", "family", "public_key")
	peerReceived = counter("peer_receive_bytes_total", // marked
		"Bytes received from the peer since it was created.", "device", "public_key")
	peerTransmitted = counter("peer_transmit_bytes_total", // marked
		"Bytes sent to the peer since it was created.", "device", "public_key")
	peerHandshake = gauge("peer_last_handshake_seconds", // marked
		"When the last handshake with the peer was, in seconds since 1970, and 0 if there was none.", "device", "public_key")
	peerKeepalive = gauge("peer_persistent_keepalive_seconds",
		"The interval of keepalives sent to the peer, and 0 if they are off.", "device", "public_key")
)

// metrics returns all of them.
func metrics() []metric {
	return []metric{
		scrapeSuccess, scrapeError,
		deviceUp, deviceDuration, deviceInfo, devicePeers, deviceConnected, deviceOmitted,
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
