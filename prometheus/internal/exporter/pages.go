package exporter

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/exporter-toolkit/web"

	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/prometheus/internal/release"
)

// maxScrapes is the largest number of concurrent scrapes. Each reads every device,
// and may wait for one that hangs.
const maxScrapes = 16

// maxAnswers is the largest number of bytes of answers that wait for clients to
// read them.
const maxAnswers = 256 << 20

// pages serves the pages.
type pages struct {
	path    string
	landing http.Handler
	devices *wgprom.Collector
	process []prometheus.Collector
	names   *nameFiles
	logger  *slog.Logger
	running chan struct{}
	// unread is the number of bytes of answers that clients have not read yet.
	unread atomic.Int64
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
	if r.ContentLength != 0 {
		// Otherwise the server reads the body before it sends the answer.
		w.Header().Set("Connection", "close")
	}
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed: use GET or HEAD", http.StatusMethodNotAllowed)
	case r.ContentLength != 0:
		http.Error(w, "unexpected body in a "+r.Method+" request", http.StatusBadRequest)
	case r.URL.Path == p.path:
		p.serveMetrics(w, r)
	default:
		p.landing.ServeHTTP(w, r) // answers 404 except for /
	}
}

// serveMetrics answers a scrape. A slow client occupies only the memory of its
// answer, not one of the concurrent scrapes.
func (p *pages) serveMetrics(w http.ResponseWriter, r *http.Request) {
	select {
	case p.running <- struct{}{}:
	default:
		http.Error(w, "too many concurrent scrapes", http.StatusServiceUnavailable)
		return
	}
	a := answer{header: w.Header()}
	p.scrape(&a, r)
	size := int64(a.body.Len())
	defer p.unread.Add(-size)
	if p.unread.Add(size) > maxAnswers {
		clear(a.header)
		http.Error(w, "too many answers that clients have not read", http.StatusServiceUnavailable)
		return
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = a.body.WriteTo(w) // an error means that the client is gone
}

// answer is an http.ResponseWriter that keeps the answer in memory.
type answer struct {
	header http.Header
	status int // 0 means 200
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// scrape reads the devices and writes the answer to w. At the end it makes room for
// another scrape.
func (p *pages) scrape(w http.ResponseWriter, r *http.Request) {
	defer func() { <-p.running }()
	ctx, cancel := scrapeContext(r)
	defer cancel()
	p.names.refresh()
	if format := expfmt.NegotiateAccept(r.Header, expfmt.DefaultAcceptedFormats()...); format.FormatType() == expfmt.TypeTextPlain {
		p.serveText(ctx, w, r, format)
		return
	}
	// Each scrape has its own registry, so that its Collector can have a context.
	registry := prometheus.NewRegistry()
	registry.MustRegister(append(p.process, p.devices.WithContext(ctx))...)
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:      slog.NewLogLogger(p.logger.Handler(), slog.LevelError),
		ErrorHandling: promhttp.ContinueOnError, // an error of one device must not hide the others
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
