package exporter_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

const peerKey = "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="

// device returns a device with the peer peerKey.
func device(t testing.TB) *wgtest.Device {
	t.Helper()
	d := wireguardgotest.OfflineDevice(t)
	var key wgtypes.PublicKey
	if err := key.UnmarshalText([]byte(peerKey)); err != nil {
		t.Fatal(err)
	}
	peers := []wgtypes.PeerConfig{{PublicKey: key, PersistentKeepalive: new(25 * time.Second)}}
	if err := d.Client(t).ConfigureDevice(t.Context(), d.Name, wgtypes.Config{Peers: peers}); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPages(t *testing.T) {
	t.Parallel()
	d := device(t)
	r := start(t, "--socket-dir", d.SocketDir())
	status, text := r.get(t, "/metrics")
	if status != http.StatusOK {
		t.Errorf("GET /metrics has status %d, want 200", status)
	}
	hasLines(t, text,
		`wireguard_device_up{device="wg0",kind="userspace"} 1`,
		`wireguard_peer_persistent_keepalive_seconds{device="wg0",public_key="`+peerKey+`"} 25`,
		`# TYPE go_goroutines gauge`, `# TYPE go_build_info gauge`)
	if status, text := r.get(t, "/"); status != http.StatusOK || !strings.Contains(text, `<a href="/metrics">`) {
		t.Errorf("GET / has status %d, want 200 and a link to /metrics in\n%s", status, text)
	}
	if status, _ := r.get(t, "/other"); status != http.StatusNotFound {
		t.Errorf("GET /other has status %d, want 404", status)
	}
	if status, _ := do(t, http.DefaultClient, http.MethodPost, "http://"+r.address+"/metrics"); status != http.StatusMethodNotAllowed {
		t.Errorf("POST /metrics has status %d, want 405", status)
	}
	if status, text := do(t, http.DefaultClient, http.MethodHead, "http://"+r.address+"/metrics"); status != http.StatusOK || text != "" {
		t.Errorf("HEAD /metrics has status %d and body %q, want 200 and no body", status, text)
	}
	if code := r.stop(); code != 0 {
		t.Errorf("exit code = %d, want 0:\n%s", code, r.stderr)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	d := device(t)
	key := `public_key="` + peerKey + `"`
	for name, test := range map[string]struct {
		args       []string
		path       string
		has, hasnt []string
	}{
		"another path":   {args: []string{"--web.telemetry-path=/a/{b"}, path: "/a/%7Bb", has: []string{key}},
		"the only path":  {args: []string{"--web.telemetry-path=/"}, path: "/", has: []string{key}},
		"no peers":       {args: []string{"--max-peers=0"}, has: []string{"wireguard_device_peers_omitted{device=\"wg0\"} 1"}, hasnt: []string{key}},
		"one peer":       {args: []string{"--max-peers=1"}, has: []string{key}},
		"no allowed IPs": {args: []string{"--no-allowed-ips", "--no-endpoints"}, has: []string{key}, hasnt: []string{"allowed_ips"}},
		"another kind":   {args: []string{"--backend=kernel"}, has: []string{"wireguard_scrape_success"}},
		"AmneziaWG": {
			args: []string{"--backend=amneziawg-userspace", "--amnezia-socket-dir", d.SocketDir()},
			has:  []string{`wireguard_device_up{device="wg0",kind="amneziawg-userspace"}`},
		},
		"no AmneziaWG": {hasnt: []string{"amneziawg"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, append(test.args, "--socket-dir", d.SocketDir())...)
			if test.path == "" {
				test.path = "/metrics"
			}
			_, text := r.get(t, test.path)
			for _, s := range test.has {
				if !strings.Contains(text, s) {
					t.Errorf("GET %s lacks %s, want it in\n%s", test.path, s, text)
				}
			}
			for _, s := range test.hasnt {
				if strings.Contains(text, s) {
					t.Errorf("GET %s has %s, want it absent from\n%s", test.path, s, text)
				}
			}
		})
	}
}

// TestNames checks that names come from files and change with them.
func TestNames(t *testing.T) {
	t.Parallel()
	d, dir := device(t), t.TempDir()
	named := func(name string) string {
		return `wireguard_peer_info{device="wg0",endpoint="",name="` + name + `",public_key="` + peerKey + `"} 1`
	}
	text := func(name string) string { return "# " + name + "\n[Peer]\nPublicKey = " + peerKey + "\n" }
	r := start(t, "--socket-dir", d.SocketDir(), "--names", filepath.Join(dir, "*.conf"), filepath.Join(dir, "more"))

	_, got := r.get(t, "/metrics")
	hasLines(t, got, named(""))
	path := write(t, dir, "wg0.conf", text("Alice"))
	_, got = r.get(t, "/metrics")
	hasLines(t, got, named("Alice"))
	write(t, dir, "wg1.conf", text("Bob")) // the last one wins
	_, got = r.get(t, "/metrics")
	hasLines(t, got, named("Bob"))
	if err := os.Rename(path, filepath.Join(dir, "more")); err != nil { // a path after the pattern
		t.Fatal(err)
	}
	_, got = r.get(t, "/metrics")
	hasLines(t, got, named("Alice"))
	if n := strings.Count(r.stderr.String(), `cannot read names`); n != 3 {
		t.Errorf("the log has %d messages about the missing file, want 3 for three scrapes:\n%s", n, r.stderr)
	}
}

// TestHungDaemon checks that Prometheus gets an answer within its own timeout.
func TestHungDaemon(t *testing.T) {
	t.Parallel()
	d := device(t)
	dir, _ := hung(t)
	r := start(t, "--socket-dir", dir, "--socket-dir", d.SocketDir(), "--scrape-timeout=10m")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "2")
	start := time.Now()
	_, text := answer(t, http.DefaultClient, request)
	if took := time.Since(start); took < 1500*time.Millisecond || took > patience {
		t.Errorf("the scrape took %v, want 1.5 s to %v", took, patience)
	}
	hasLines(t, text,
		`wireguard_device_up{device="hangs",kind="userspace"} 0`,
		`wireguard_device_up{device="wg0",kind="userspace"} 1`,
		`wireguard_scrape_error_info{device="hangs",kind="userspace",reason="timeout"} 1`,
		`wireguard_scrape_success 0`)
	if !strings.Contains(r.stderr.String(), `"msg":"cannot read","device":"hangs"`) {
		t.Errorf("the log lacks the failure of hangs, want it in\n%s", r.stderr)
	}
}

// TestNetNS checks that --netns selects the namespace of kernel devices.
func TestNetNS(t *testing.T) {
	t.Parallel()
	ns := wgtest.NetNS(t)
	r := start(t, "--netns", fmt.Sprintf("/proc/self/fd/%d", ns.FD()), "--backend=kernel", "--socket-dir", t.TempDir())
	_, text := r.get(t, "/metrics")
	hasLines(t, text, "wireguard_scrape_success 1")
	if strings.Contains(text, "wireguard_device_up") {
		t.Errorf("the metrics of a new namespace have a device, want none:\n%s", text)
	}
}
