package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wgctrl/wgctrl/internal/testutil"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

const board = "../../prometheus/grafana/wireguard.json"

// draw runs the program and returns all texts of the picture.
func draw(t *testing.T, args ...string) []string {
	t.Helper()
	output := filepath.Join(t.TempDir(), "dashboard.svg")
	if err := run(t.Context(), append([]string{"-board", board, "-o", output}, args...)); err != nil {
		t.Fatal(err)
	}
	return textsOf(t, output)
}

// textsOf returns all texts of a picture. It checks that the picture is XML.
func textsOf(t *testing.T, path string) (texts []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for decoder := xml.NewDecoder(f); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok && strings.TrimSpace(string(text)) != "" {
			texts = append(texts, string(text))
		}
	}
}

func panelTitles(t *testing.T) (titles []string) {
	t.Helper()
	text, err := os.ReadFile(board)
	if err != nil {
		t.Fatal(err)
	}
	d, err := parseDashboard(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Panels {
		titles = append(titles, p.Title)
	}
	return titles
}

// TestScene draws the dashboard with the data of a running Prometheus. Every panel
// has data, and every peer that runs has had a handshake.
func TestScene(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("prometheus"); err != nil {
		if os.Getenv("WGTEST_PROMETHEUS") == "1" {
			t.Fatalf("LookPath = %v, want Prometheus, since WGTEST_PROMETHEUS=1 is set", err)
		}
		t.Skipf("needs Prometheus: %v", err)
	}
	texts := draw(t, "-for", "8s")
	want := append(panelTitles(t), "Alice's laptop", "wg0 Alice's laptop", "Heidi's laptop", "lab", "timeout", "gateway wg1")
	for _, text := range want {
		if !slices.Contains(texts, text) {
			t.Errorf("the picture lacks the text %q, want it in %q", text, texts)
		}
	}
	if slices.Contains(texts, "No data") {
		t.Errorf("the picture has %q, want data in each panel: %q", "No data", texts)
	}
}

// TestDocumented checks that the picture in the documents shows each panel.
func TestDocumented(t *testing.T) {
	t.Parallel()
	texts := textsOf(t, "../../docs/images/dashboard.svg")
	for _, title := range panelTitles(t) {
		if !slices.Contains(texts, title) {
			t.Errorf("docs/images/dashboard.svg lacks the panel %q, want each panel", title)
		}
	}
}

// TestWithoutData draws the dashboard without data.
func TestWithoutData(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"status":"success","data":{"result":[]}}`)
	}))
	defer server.Close()
	texts := draw(t, "-url", server.URL)
	for _, title := range panelTitles(t) {
		if !slices.Contains(texts, title) {
			t.Errorf("the picture lacks the panel %q, want it in %q", title, texts)
		}
	}
	if !slices.Contains(texts, "No data") {
		t.Errorf("the picture lacks %q, want it in %q", "No data", texts)
	}
}

// TestServerError checks that an error of the server is returned with the panel.
func TestServerError(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"status":"error","error":"no such thing"}`)
	}))
	defer server.Close()
	err := run(t.Context(), []string{"-board", board, "-url", server.URL, "-o", filepath.Join(t.TempDir(), "x.svg")})
	if err == nil || !strings.Contains(err.Error(), `"Devices"`) || !strings.Contains(err.Error(), "no such thing") {
		t.Errorf("run() = %v, want an error with %q and %q", err, "Devices", "no such thing")
	}
}

// TestBadDashboard checks that an invalid dashboard is an error.
func TestBadDashboard(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no JSON":      `{`,
		"another type": `{"panels":[{"type":"heatmap","title":"x","gridPos":{"w":1,"h":1}}]}`,
	} {
		path := filepath.Join(t.TempDir(), "board.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := run(t.Context(), []string{"-board", path, "-url", "http://127.0.0.1:0", "-o", path}); err == nil {
			t.Errorf("run() of %s = nil, want an error", name)
		}
	}
}

func TestPoint(t *testing.T) {
	t.Parallel()
	var p point
	if err := json.Unmarshal([]byte(`[1.5, "2.25"]`), &p); err != nil || p != (point{1.5, 2.25}) {
		t.Errorf("Unmarshal = %v, %v, want {1.5 2.25}", p, err)
	}
	for _, bad := range []string{`{}`, `[1, 2]`, `[1, "x"]`, `["1", "2"]`} {
		if err := json.Unmarshal([]byte(bad), &p); err == nil {
			t.Errorf("Unmarshal(%s) = %v, want an error", bad, p)
		}
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value float64
		unit  string
		want  string
	}{
		{0, "Bps", "0 B/s"}, {999, "Bps", "999 B/s"}, {1234, "Bps", "1.23 kB/s"}, {250_000, "Bps", "250 kB/s"}, {5e15, "Bps", "5000000 GB/s"},
		{1023, "bytes", "1023 B"}, {1536, "bytes", "1.5 KiB"}, {1 << 40, "bytes", "1 TiB"},
		{0, "s", "0 s"}, {25e-6, "s", "25 µs"}, {0.2, "s", "200 ms"}, {90, "s", "90 s"}, {180, "s", "3 min"}, {7200 * 2, "s", "4.0 h"},
		{12, "", "12"}, {3.14159, "short", "3.14"},
	} {
		if got := inUnit(test.value, test.unit); got != test.want {
			t.Errorf("%v in %q is %q, want %q", test.value, test.unit, got, test.want)
		}
	}
}

func TestRoundStep(t *testing.T) {
	t.Parallel()
	for least, want := range map[float64]float64{1: 1, 1.1: 2, 3: 5, 6: 10, 0.03: 0.05, 4500: 5000} {
		if got := roundStep(least); got < want*0.999 || got > want*1.001 {
			t.Errorf("roundStep(%v) is %v, want %v", least, got, want)
		}
	}
}

func TestTicks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		top  float64
		unit string
		want float64
	}{{100, "s", 50}, {480, "s", 120}, {480, "Bps", 200}} {
		if got := ticks(test.top, test.unit); got != test.want {
			t.Errorf("ticks(%v, %s) is %v, want %v", test.top, test.unit, got, test.want)
		}
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	for room, want := range map[float64][]float64{120: {20, 80, 20}, 60: {10, 40, 10}, 40: {10, 20, 10}} {
		var got []float64
		for _, c := range spread([]column{{width: 10}, {width: 40}, {width: 10}}, room) {
			got = append(got, c.width)
		}
		if !slices.Equal(got, want) {
			t.Errorf("in %v the widths are %v, want %v", room, got, want)
		}
	}
}

// TestLines checks that rounding errors do not add up.
func TestLines(t *testing.T) {
	t.Parallel()
	points := [][2]float64{{10.04, 5}, {10.08, 4}, {10.12, 4.26}, {10.16, -1}}
	if got, want := lines(points), "M10 5l0.1-1l0 0.3l0.1-5.3"; got != want {
		t.Errorf("the lines are %s, want %s", got, want)
	}
}

func TestThresholds(t *testing.T) {
	t.Parallel()
	var f field
	if err := json.Unmarshal([]byte(`{"thresholds":{"steps":[{"color":"green","value":null},{"color":"orange","value":180}]}}`), &f); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[float64]string{-1: "green", 0: "green", 179: "green", 180: "orange", 1e9: "orange"} {
		if got := f.Thresholds.color(value); got != want {
			t.Errorf("%v is %s, want %s", value, got, want)
		}
	}
}
