//go:build unix

package quick

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wgctrl/wgctrl/wgconf"
)

// parseTunnel returns the tunnel wg0 with the text of its file.
func parseTunnel(t testing.TB, text string) *Tunnel {
	t.Helper()
	f := wgconf.Parse("wg0.conf", []byte(text))
	s, err := f.Settings(wgconf.DialectWGQuick)
	if err != nil {
		t.Fatal(err)
	}
	return &Tunnel{Name: "wg0", Path: "/etc/wireguard/wg0.conf", File: f, Settings: s}
}

// commands returns the words that wg-quick prints for steps.
func commands(steps []Step) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(s.Command() + "\n")
	}
	return b.String()
}

// planned returns the steps of up on m.
func planned(t testing.TB, m *machine, text string) []Step {
	t.Helper()
	tunnel := parseTunnel(t, text)
	steps, err := m.system(t.TempDir()).planUp(t.Context(), tunnel, tunnel.Settings)
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

// The files and the commands were recorded from wg-quick 1.0.20260223.
func TestPlanUpHasTheCommandsOfWGQuick(t *testing.T) {
	t.Parallel()
	for _, name := range recordedFiles(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, got := testFile(t, name+".up"), commands(planned(t, newMachine(), testFile(t, name+".conf")))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("commands of up (-want +got):\n%s", diff)
			}
		})
	}
}

// The commands for an interface of AmneziaWG are those of awg-quick.
func TestPlanUpOfAmneziaWG(t *testing.T) {
	t.Parallel()
	f := wgconf.Parse("awg0.conf", []byte(strings.Replace(ipv4Default, "[Peer]", "Jc = 4\nJmin = 40\nJmax = 70\n[Peer]", 1)))
	s, err := f.Settings(wgconf.DialectAWGQuick)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := newMachine().system(t.TempDir()).planUp(t.Context(), &Tunnel{Name: "awg0", File: f, Settings: s}, s)
	if err != nil {
		t.Fatal(err)
	}
	const want = "ip link add dev awg0 type amneziawg\nawg addconf awg0 /dev/fd/63\nip -4 address add 10.7.0.2/32 dev awg0\n" +
		"ip link set mtu 1420 up dev awg0\nawg set awg0 fwmark 51820\n"
	if got := commands(steps); !strings.HasPrefix(got, want) {
		t.Errorf("commands of up =\n%s\nwant them to begin with\n%s", got, want)
	}
}

// recordedFiles returns the names of the recorded files without their ending.
func recordedFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/plan/*.conf")
	if err != nil || len(files) != 12 {
		t.Fatalf("Glob = %d files, %v, want 12", len(files), err)
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".conf"))
	}
	return names
}

func testFile(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata/plan", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func addressOf(t testing.TB, text string) netip.Prefix {
	t.Helper()
	p, err := netip.ParsePrefix(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
