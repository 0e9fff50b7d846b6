package exporter

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// serveText answers a scrape in the text format. The series of the devices do not
// pass through a registry, because it takes most of the time of a scrape.
func (p *pages) serveText(ctx context.Context, w http.ResponseWriter, r *http.Request, format expfmt.Format) {
	w.Header().Set("Content-Type", string(format))
	text := p.devices.AppendMetrics(ctx, p.processText(format))
	if !acceptsGzip(r.Header.Get("Accept-Encoding")) {
		_, _ = w.Write(text) // the answer is in memory
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = z.Write(text)
	_ = z.Close()
}

// processText returns the metrics of the process. It logs errors.
func (p *pages) processText(format expfmt.Format) []byte {
	registry := prometheus.NewRegistry()
	registry.MustRegister(p.process...)
	families, err := registry.Gather()
	if err != nil {
		p.logger.Error("cannot gather the metrics of the process", "error", err)
	}
	var text bytes.Buffer
	encoder := expfmt.NewEncoder(&text, format)
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			p.logger.Error("cannot encode a metric of the process", "error", err)
		}
	}
	return text.Bytes()
}

// acceptsGzip reports whether a list of encodings contains gzip with a weight above 0.
func acceptsGzip(list string) bool {
	for encoding := range strings.SplitSeq(list, ",") {
		name, weight, weighted := strings.Cut(encoding, ";")
		if strings.TrimSpace(name) != "gzip" {
			continue
		}
		_, text, _ := strings.Cut(weight, "=")
		q, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		return !weighted || err == nil && q > 0
	}
	return false
}
