// Command picture draws the dashboard grafana/wireguard.json as an SVG, with the
// data of a running Prometheus:
//
//	go run ./internal/picture -o ../docs/images/dashboard.svg
//
// Prometheus scrapes wgctrl-exporter, which reads devices of wireguard-go in this
// process, with tunnels and traffic between them. With -url, the data comes from
// another server.
//
// The picture shows the queries and the layout of the dashboard. It does not look
// like Grafana, and only the features that this dashboard uses are supported.
package main
