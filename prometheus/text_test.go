package wgprom_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wgctrl/wgctrl"
	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestAppendMetrics checks that AppendMetrics writes the lines that a registry writes, and
// that the lines of each metric follow each other.
func TestAppendMetrics(t *testing.T) {
	t.Parallel()
	c := newClient(t, wgctrl.WithDevice("wg0", newReply(50)), wgctrl.WithDevice("wg\xff", newReply(3)))
	name := func(wgtypes.PublicKey) string { return "a \"b\" \\ c\nd\xff" }
	for _, o := range []wgprom.Options{{}, {PeerName: name, MaxPeers: 2}, {OmitAllowedIPs: true, OmitEndpoints: true}} {
		w := httptest.NewRecorder()
		promhttp.HandlerFor(registryOf(c, o), promhttp.HandlerOpts{}).ServeHTTP(w, &http.Request{Header: make(http.Header)})
		want := stableLines(w.Body.String())
		text := string(wgprom.New(c, o).AppendMetrics(t.Context(), []byte("first 1\n")))
		after, ok := strings.CutPrefix(text, "first 1\n")
		if !ok {
			t.Errorf("AppendMetrics() = %q, want the text before it first", text)
		}
		got := stableLines(after)
		if names := metricsOf(got); len(slices.Compact(slices.Clone(names))) != len(sortedSet(names)) {
			t.Errorf("AppendMetrics() has the metrics %q, want each once", slices.Compact(names))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("AppendMetrics() = %q, want %q", got, want)
		}
	}
}

// stableLines returns the lines of a text without those that contain a duration.
func stableLines(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	return slices.DeleteFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, "wireguard_device_scrape_duration_seconds{")
	})
}

// metricsOf returns the names of the metrics of samples, in their order.
func metricsOf(lines []string) (names []string) {
	for _, line := range lines {
		if line != "" && line[0] != '#' {
			name, _, _ := strings.Cut(line, " ")
			name, _, _ = strings.Cut(name, "{")
			names = append(names, name)
		}
	}
	return names
}

func sortedSet(names []string) []string { return slices.Compact(slices.Sorted(slices.Values(names))) }

// TestAppendMetricsAllocations checks that the text takes few allocations for each peer. It
// is not parallel, since it counts allocations.
func TestAppendMetricsAllocations(t *testing.T) {
	const peers = 1_000
	collector := wgprom.New(newClient(t, wgctrl.WithDevice("wg0", newReply(peers))), wgprom.Options{Timeout: -1})
	n := testing.AllocsPerRun(3, func() {
		if text := collector.AppendMetrics(t.Context(), nil); bytes.Count(text, []byte("\nwireguard_peer_info{")) != peers {
			t.Fatalf("AppendMetrics() = %d bytes, want %d peers", len(text), peers)
		}
	})
	if per := n / peers; per > 16 {
		t.Errorf("AppendMetrics() allocates %.1f times for each peer, want at most 16", per)
	}
}
