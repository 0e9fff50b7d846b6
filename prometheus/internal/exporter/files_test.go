package exporter_test

import (
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
)

// root is the module's directory.
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

// TestMetricsExist: the dashboard and the alert rules use what is exported.
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
			t.Errorf("%s uses nothing", path)
		}
		for _, name := range used {
			if !slices.Contains(exported, name) && name != "wireguard_test" {
				t.Errorf("%s uses %s, which is not exported", path, name)
			}
		}
	}
}

// dashboard is what a test can say about one.
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

// TestDashboard: panels have their own numbers and places, ask the data source
// that the user chose, and use variables that there are.
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
			t.Errorf("%s: the number %d occurs twice", p.Title, p.ID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, taken := cells[[2]int{x, y}]; taken || x >= 24 {
					t.Fatalf("%s lies over %q or the edge", p.Title, other)
				}
				cells[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		chosen := source{"prometheus", "${datasource}"}
		if p.Datasource != chosen || len(p.Targets) == 0 {
			t.Errorf("%s asks %v for %d things", p.Title, p.Datasource, len(p.Targets))
		}
		for _, target := range p.Targets {
			if target.Datasource != chosen {
				t.Errorf("%s asks %v", p.Title, target.Datasource)
			}
			for _, v := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(target.Expr, -1) {
				if !slices.Contains(variables, v[1]) {
					t.Errorf("%s uses the variable %s", p.Title, v[1])
				}
			}
		}
	}
}

// TestUnit: systemd takes the unit, and finds it safe.
func TestUnit(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skipf("this test needs systemd: %v", err)
	}
	// The program must exist.
	unit := strings.ReplaceAll(read(t, "systemd", "wgctrl-exporter.service"), "/usr/local/bin/wgctrl-exporter", "/bin/true")
	path := write(t, t.TempDir(), "wgctrl-exporter.service", unit)
	out, err := command(t, analyze, "verify", "--man=no", path).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	out, err = command(t, analyze, "security", "--offline=true", "--threshold=20", "--no-pager", path).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && strings.Contains(string(out), "unrecognized option") {
		t.Skipf("this systemd cannot judge units: %s", out)
	}
	if err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}
