// Command wgctrl-exporter serves the state of WireGuard devices to Prometheus.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/wgctrl/wgctrl/prometheus/internal/exporter"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(exporter.Run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
