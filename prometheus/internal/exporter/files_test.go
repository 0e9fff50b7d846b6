package exporter_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/prometheus/internal/exporter"
)

// root is the directory of the module.
const root = "../.."

func command(t testing.TB, program string, args ...string) *exec.Cmd {
	return exec.CommandContext(t.Context(), program, args...)
}

func read(t testing.TB, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestMetricsExist checks that the dashboard and the alert rules use only exported
// metrics.
func TestMetricsExist(t *testing.T) {
	t.Parallel()
	var exported []string
	descriptors := make(chan *prometheus.Desc, 100)
	wgprom.New(nil, wgprom.Options{}).Describe(descriptors)
	close(descriptors)
	for d := range descriptors {
		exported = append(exported, regexp.MustCompile(`wireguard_\w+`).FindString(d.String()))
	}
	for _, path := range []string{"grafana/wireguard.json", "alerts/wireguard.yml", "alerts/wireguard_test.yml"} {
		used := regexp.MustCompile(`wireguard_[a-z_]+`).FindAllString(read(t, path), -1)
		if len(used) == 0 {
			t.Errorf("%s uses 0 metrics, want some", path)
		}
		for _, name := range used {
			if !slices.Contains(exported, name) && name != "wireguard_test" {
				t.Errorf("%s uses %s, want only exported metrics", path, name)
			}
		}
	}
}

// dashboard is the part of a Grafana dashboard that tests check.
type dashboard struct {
	UID, Title string
	Panels     []panel
	Templating struct {
		List []struct{ Name, Type string }
	}
}

type panel struct {
	ID          int
	Type, Title string
	GridPos     struct{ X, Y, W, H int }
	Datasource  source
	Targets     []struct {
		RefID, Expr string
		Datasource  source
	}
}

type source struct{ Type, UID string }

func readDashboard(t testing.TB) (d dashboard) {
	t.Helper()
	if err := json.Unmarshal([]byte(read(t, "grafana", "wireguard.json")), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDashboard checks that panels have different numbers and do not overlap, that
// they use the data source that the user chose, and only existing variables.
func TestDashboard(t *testing.T) {
	t.Parallel()
	d := readDashboard(t)
	variables := []string{"__rate_interval", "1"} // Grafana's, and a part of a match
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
	}
	ids, cells := make(map[int]bool), make(map[[2]int]string)
	for _, p := range d.Panels {
		if ids[p.ID] {
			t.Errorf("panel %q has number %d of another panel, want a new one", p.Title, p.ID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, taken := cells[[2]int{x, y}]; taken || x >= 24 {
					t.Fatalf("panel %q covers column %d, row %d, of panel %q; want a free place within 24 columns", p.Title, x, y, other)
				}
				cells[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		chosen := source{"prometheus", "${datasource}"}
		if p.Datasource != chosen || len(p.Targets) == 0 {
			t.Errorf("panel %q has %d queries to %v, want some to %v", p.Title, len(p.Targets), p.Datasource, chosen)
		}
		for _, target := range p.Targets {
			if target.Datasource != chosen {
				t.Errorf("panel %q has a query to %v, want %v", p.Title, target.Datasource, chosen)
			}
			for _, v := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(target.Expr, -1) {
				if !slices.Contains(variables, v[1]) {
					t.Errorf("panel %q uses the variable %s, want one of %q", p.Title, v[1], variables)
				}
			}
		}
	}
}

// TestUnit checks the unit with systemd-analyze verify and security.
func TestUnit(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skipf("needs systemd: %v", err)
	}
	// The program must exist.
	unit := strings.ReplaceAll(read(t, "systemd", "wgctrl-exporter.service"), "/usr/local/bin/wgctrl-exporter", "/bin/true")
	path := write(t, t.TempDir(), "wgctrl-exporter.service", unit)
	out, err := command(t, analyze, "verify", "--man=no", path).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify = %v, want success and no output\n%s", err, out)
	}
	out, err = command(t, analyze, "security", "--offline=true", "--threshold=20", "--no-pager", path).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && strings.Contains(string(out), "unrecognized option") {
		t.Skipf("needs a systemd-analyze that can check files offline: %s", out)
	}
	if err != nil {
		t.Errorf("systemd-analyze security = %v, want success\n%s", err, out)
	}
}

// TestDocument compares the flags in docs/exporter.md and in the manual page with
// those of the command, and the alerts in docs/exporter.md with those of the rules.
func TestDocument(t *testing.T) {
	t.Parallel()
	text := read(t, "..", "docs", "exporter.md")
	var help bytes.Buffer
	exporter.Run(t.Context(), []string{"--help"}, &help, &help)
	flags := `--([a-z][a-z.-]+)`
	there := append(found(help.String(), `(?m)^ +(--[a-z.-]+)`, flags), "help")
	same(t, "flag", found(text, "(?m)^\\| (`--.*?) \\|", flags), there)
	manual := strings.ReplaceAll(read(t, "wgctrl-exporter.8"), `\-`, "-")
	same(t, "flag", found(manual, `(?m)^\\fB(--.*)\\fR`, flags), there)
	same(t, "alert", found(text, "(?m)^\\| (`WireGuard\\w+`)", `WireGuard\w+`),
		found(read(t, "alerts", "wireguard.yml"), `- alert: (\w+)`, `WireGuard\w+`))
}

// found returns the matches of word within the matches of place.
func found(text, place, word string) (all []string) {
	for _, m := range regexp.MustCompile(place).FindAllStringSubmatch(text, -1) {
		for _, w := range regexp.MustCompile(word).FindAllStringSubmatch(m[1], -1) {
			all = append(all, w[len(w)-1])
		}
	}
	return all
}

func same(t *testing.T, what string, documented, real []string) {
	t.Helper()
	slices.Sort(documented)
	slices.Sort(real)
	if len(real) < 2 || !slices.Equal(documented, real) {
		t.Errorf("the document has the %ss\n%q, want\n%q", what, documented, real)
	}
}
