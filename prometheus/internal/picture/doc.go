// Command picture draws the dashboard grafana/wireguard.json as an SVG, with what
// a real Prometheus answers to its queries:
//
//	go run ./internal/picture -o ../docs/images/dashboard.svg
//
// The server scrapes wgctrl-exporter, which reads devices of wireguard-go in this
// process, with real tunnels and traffic. With -url it is another server, which
// knows of devices already.
//
// It knows what of a dashboard that one uses, and refuses to be Grafana: what is
// drawn shows what the panels ask and in which form, not how Grafana looks.
package main
