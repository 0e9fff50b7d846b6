// Command picture draws the dashboard prometheus/grafana/wireguard.json as an SVG, with the
// data of a running Prometheus:
//
//	go run ./e2e/picture -o docs/images/dashboard.svg
//
// Prometheus scrapes wgctrl-exporter, which reads devices of wireguard-go in this
// process, with tunnels and traffic between them. With -url, the data comes from
// another server.
//
// The picture shows the queries and the layout of the dashboard. It does not look
// like Grafana, and only the features that this dashboard uses are supported.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("picture", flag.ContinueOnError)
	board := flags.String("board", "prometheus/grafana/wireguard.json", "`file` of the dashboard")
	output := flags.String("o", "dashboard.svg", "`file` to write")
	server := flags.String("url", "", "`URL` of a Prometheus, instead of one that watches devices of this process")
	length := flags.Duration("for", 12*time.Minute, "time that the dashboard covers, and during which traffic is generated")
	if err := flags.Parse(args); err != nil {
		return err
	}
	text, err := os.ReadFile(*board)
	if err != nil {
		return err
	}
	d, err := parseDashboard(text)
	if err != nil {
		return fmt.Errorf("%s: %w", *board, err)
	}
	if *server == "" {
		s, err := startScene(ctx)
		if err != nil {
			return err
		}
		defer s.close()
		if err := s.play(ctx, *length); err != nil {
			return err
		}
		*server = s.url
	}
	end := time.Now()
	svg, err := d.draw(ctx, prometheus{url: *server, start: end.Add(-*length), end: end})
	if err != nil {
		return err
	}
	return os.WriteFile(*output, svg, 0o644)
}
