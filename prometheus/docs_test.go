package wgprom_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl"
	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/wgtest"
)

func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/exporter.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDocument compares the table of metrics in docs/exporter.md with what is
// exported: names, types and labels.
func TestDocument(t *testing.T) {
	t.Parallel()
	documented := make(map[string]string)
	row := regexp.MustCompile("^\\| `(wireguard_\\w+)`[ *]*\\| (\\w+) \\| ([`\\w ]*)\\|")
	for line := range strings.Lines(document(t)) {
		if m := row.FindStringSubmatch(line); m != nil {
			documented[m[1]] = m[2] + " " + fmt.Sprint(strings.Fields(strings.ReplaceAll(m[3], "`", "")))
		}
	}
	exported := exported(t)
	for _, name := range slices.Sorted(maps.Keys(exported)) {
		if documented[name] != exported[name] {
			t.Errorf("docs/exporter.md describes %s as %q, want %s", name, documented[name], exported[name])
		}
	}
	for name := range documented {
		if exported[name] == "" {
			t.Errorf("docs/exporter.md describes %s, want only exported metrics", name)
		}
	}
}

// exported returns the type and the labels of each metric, from a scrape that
// exports all of them.
func exported(t *testing.T) map[string]string {
	t.Helper()
	dir := wgtest.SocketDir(t)
	daemon(t, dir, "fails", say(""))
	c := newClient(t, wgctrl.WithSocketDirs(dir), wgctrl.WithDevice("wg0", state{example()}), wgctrl.WithDevice("awg0", state{amneziaExample()}))
	families, err := collect(t, c, wgprom.Options{}).Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, f := range families {
		labels := []string{}
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		all[f.GetName()] = strings.ToLower(f.GetType().String()) + " " + fmt.Sprint(labels)
	}
	return all
}

// TestCompatible checks that dashboards and rules for mdlayher/wireguard_exporter
// still work.
func TestCompatible(t *testing.T) {
	t.Parallel()
	exported := exported(t)
	for name, want := range map[string]string{
		"wireguard_device_info":                 "gauge [device public_key]",
		"wireguard_peer_info":                   "gauge [device endpoint name public_key]",
		"wireguard_peer_allowed_ips_info":       "gauge [allowed_ips device family public_key]",
		"wireguard_peer_receive_bytes_total":    "counter [device public_key]",
		"wireguard_peer_transmit_bytes_total":   "counter [device public_key]",
		"wireguard_peer_last_handshake_seconds": "gauge [device public_key]",
	} {
		if exported[name] != want {
			t.Errorf("metric %s = %s, want %s", name, exported[name], want)
		}
	}
}
