// Package wgprom gives the state of WireGuard devices to Prometheus.
//
// A [Collector] reads every device of a Client once for each scrape, all of
// them at the same time, and within a timeout. What cannot be read shows as
// such (wireguard_device_up is 0, and wireguard_scrape_error_info says why) and
// costs no other device. Metrics that mdlayher/wireguard_exporter has too have
// its names and labels; docs/exporter.md lists all of them, and says what
// grows with the number of peers.
//
// [ParseNames] takes the names of peers from configuration files. A name is a
// label of wireguard_peer_info alone, so that renaming a peer begins no new
// series of its counters.
//
// The package knows what the metrics mean. It refuses to know how they are
// served: that is the command wgctrl-exporter, or the program that registers the
// Collector beside its own.
package wgprom
