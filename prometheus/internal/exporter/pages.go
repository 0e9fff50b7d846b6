package exporter

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/exporter-toolkit/web"

	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/prometheus/internal/release"
)

// maxScrapes is the largest number of concurrent scrapes. Each reads every device,
// and may wait for one that hangs.
const maxScrapes = 16

// pages serves the pages.
type pages struct {
	path    string
	landing http.Handler
	devices *wgprom.Collector
	process []prometheus.Collector
	names   *nameFiles
	logger  *slog.Logger
	running chan struct{}
}

func newPages(path string, devices *wgprom.Collector, names *nameFiles, logger *slog.Logger) (*pages, error) {
	p := &pages{
		path: path, devices: devices, names: names, logger: logger, running: make(chan struct{}, maxScrapes),
		process: []prometheus.Collector{
			collectors.NewGoCollector(),
			collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
			collectors.NewBuildInfoCollector(),
		},
	}
	landing, err := web.NewLandingPage(web.LandingConfig{
		Name:        "wgctrl-exporter",
		Description: "The state of WireGuard devices for Prometheus",
		Version:     release.Version(),
		Links:       []web.LandingLinks{{Address: path, Text: "Metrics"}},
		Profiling:   "false",
	})
	if err != nil {
		return nil, fmt.Errorf("landing page: %w", err)
	}
	p.landing = landing
	return p, nil
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are possible", http.StatusMethodNotAllowed)
	case r.URL.Path == p.path:
		p.serveMetrics(w, r)
	default:
		p.landing.ServeHTTP(w, r) // not found but for /
	}
}

func (p *pages) serveMetrics(w http.ResponseWriter, r *http.Request) {
	select {
	case p.running <- struct{}{}:
		defer func() { <-p.running }()
	default:
		http.Error(w, "too many scrapes at once", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := scrapeContext(r)
	defer cancel()
	p.names.refresh()
	// Each scrape has its own registry, so that its Collector can have a context.
	registry := prometheus.NewRegistry()
	registry.MustRegister(append(p.process, p.devices.WithContext(ctx))...)
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:      slog.NewLogLogger(p.logger.Handler(), slog.LevelError),
		ErrorHandling: promhttp.ContinueOnError, // one device's trouble is not another's
	}).ServeHTTP(w, r)
}

// timeoutHeader is the header with the time that Prometheus waits for the answer.
const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// scrapeContext returns a context that ends with the request, or shortly before
// Prometheus stops waiting, so that it still gets what was read.
func scrapeContext(r *http.Request) (context.Context, context.CancelFunc) {
	const toAnswer = 500 * time.Millisecond
	seconds, err := strconv.ParseFloat(r.Header.Get(timeoutHeader), 64)
	if err != nil || !(seconds > 0 && seconds < 1e6) {
		return context.WithCancel(r.Context())
	}
	timeout := time.Duration(seconds * float64(time.Second))
	return context.WithTimeout(r.Context(), max(timeout-toAnswer, timeout/2))
}
