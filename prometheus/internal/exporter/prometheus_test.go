package exporter_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// side is one of two devices in a tunnel.
type side struct {
	*wgtest.Device
	client *wgctrl.Client
	key    wgtypes.PrivateKey
}

func newSide(t testing.TB) side {
	t.Helper()
	key, err := wgtypes.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	d := wireguardgotest.Device(t)
	s := side{d, d.Client(t), key}
	s.configure(t, wgtypes.Config{PrivateKey: &key})
	return s
}

func (s side) configure(t testing.TB, c wgtypes.Config) *wgtypes.Device {
	t.Helper()
	if err := s.client.ConfigureDevice(t.Context(), s.Name, c); err != nil {
		t.Fatal(err)
	}
	d, err := s.client.Device(t.Context(), s.Name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// tunnel returns two devices. The first sends keepalives to the second. The second
// has another peer that never had a handshake.
func tunnel(t testing.TB) (a, b side) {
	t.Helper()
	a, b = newSide(t), newSide(t)
	port := b.configure(t, wgtypes.Config{Peers: []wgtypes.PeerConfig{
		{PublicKey: a.key.PublicKey(), AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32"), netip.MustParsePrefix("2001:db8::1/128")}},
		{PublicKey: wgtypes.PublicKey{1}},
	}}).ListenPort
	a.configure(t, wgtypes.Config{Peers: []wgtypes.PeerConfig{{
		PublicKey: b.key.PublicKey(), Endpoint: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port),
		PersistentKeepalive: new(time.Second),
	}}})
	return a, b
}

// TestPrometheus runs Prometheus, which scrapes both ends of a tunnel. One exporter
// also has a daemon that hangs; the other requires TLS and a password. Prometheus
// answers the queries of users, of the dashboard and of the alert rules.
func TestPrometheus(t *testing.T) {
	t.Parallel()
	needProgram(t, "prometheus") // skip before starting anything
	a, b := tunnel(t)
	s := newSecured(t)
	names := write(t, t.TempDir(), "wg0.conf", "# Bob\n[Peer]\nPublicKey = "+b.key.PublicKey().String()+"\n")
	open := start(t, "--socket-dir", a.SocketDir(), "--socket-dir", hungDir(t), "--names", names)
	closed := start(t, "--socket-dir", b.SocketDir(), "--web.config.file", s.config)
	server := startServer(t, target{address: open.address}, target{closed.address, fmt.Sprintf(
		"  scheme: https\n  tls_config: {ca_file: %q}\n  basic_auth: {username: %q, password: %q}\n", s.certificate, s.user, s.password)})

	for _, expr := range []string{
		`count(up == 1) == 2`,
		`count(wireguard_device_peers_connected{device="wg0"} == 1) == 2`,
		`wireguard_device_up{job="job0",device="wg0",kind="userspace"} == 1`,
		`wireguard_device_up{job="job0",device="hangs"} == 0`,
		`wireguard_scrape_error_info{device="hangs",kind="userspace",reason="timeout"} == 1`,
		`wireguard_scrape_success{job="job0"} == 0`,
		`wireguard_scrape_success{job="job1"} == 1`,
		`wireguard_device_info{job="job0",public_key="` + a.key.PublicKey().String() + `"} == 1`,
		`wireguard_peer_info{job="job0",name="Bob",public_key="` + b.key.PublicKey().String() + `"} == 1`,
		`count(wireguard_peer_info{job="job1",name=""}) == 2`,
		`wireguard_peer_allowed_ips_info{family="IPv6",allowed_ips="2001:db8::1/128"} == 1`,
		`wireguard_peer_persistent_keepalive_seconds{job="job0"} == 1`,
		`count(time() - wireguard_peer_last_handshake_seconds < 300) == 2`,
		`wireguard_peer_last_handshake_seconds{public_key="AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="} == 0`,
		`rate(wireguard_peer_receive_bytes_total{job="job1"}[20s]) > 0`,
		`rate(wireguard_peer_transmit_bytes_total[20s]) * on (job, instance, device, public_key) group_left (name) wireguard_peer_info{name="Bob"} > 0`,
	} {
		server.await(t, expr)
	}
	t.Run("dashboard", func(t *testing.T) { testDashboard(t, server) })
	t.Run("alerts", func(t *testing.T) { testAlerts(t, server) })
}

func hungDir(t testing.TB) string {
	dir, _ := hung(t)
	return dir
}

// testDashboard runs the queries of the dashboard. Every panel has data.
func testDashboard(t *testing.T, s *server) {
	variables := strings.NewReplacer("$job", ".*", "$instance", ".*", "$device", ".*", "$__rate_interval", "20s")
	for _, p := range readDashboard(t).Panels {
		for _, target := range p.Targets {
			s.await(t, variables.Replace(target.Expr))
		}
	}
	for _, r := range s.query(t, variables.Replace(`label_replace(wireguard_peer_info{device=~"$device",name=""}, "name", "$1", "public_key", "(.{8}).*")`)) {
		if name := r.Metric["name"]; len(name) != 8 || !strings.HasPrefix(r.Metric["public_key"], name) {
			t.Errorf("a peer without a name is shown as %q, want the first 8 characters of %q", name, r.Metric["public_key"])
		}
	}
}

// testAlerts waits until the alert about the daemon that hangs is pending, and
// checks that all rules can be evaluated.
func testAlerts(t *testing.T, s *server) {
	s.await(t, `ALERTS{alertname="WireGuardDeviceDown",device="hangs",alertstate="pending"}`)
	var got struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	s.api(t, "rules", &got)
	if len(got.Data.Groups) == 0 {
		t.Error("Prometheus has 0 groups of rules, want some")
	}
	for _, g := range got.Data.Groups {
		for _, r := range g.Rules {
			if r.Health == "err" {
				t.Errorf("rule %s has health %s: %s, want it to be evaluated", r.Name, r.Health, r.LastError)
			}
		}
	}
}

// TestRules runs the tests of the alert rules.
func TestRules(t *testing.T) {
	t.Parallel()
	promtool := needProgram(t, "promtool")
	run := func(args ...string) {
		if out, err := command(t, promtool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %q = %v, want success\n%s", args, err, out)
		}
	}
	run("check", "rules", filepath.Join(root, "alerts", "wireguard.yml"))
	run("test", "rules", filepath.Join(root, "alerts", "wireguard_test.yml"), filepath.Join(root, "alerts", "never_test.yml"))
}

// needProgram returns the path of a program of Prometheus. If the program is
// missing, it skips the test, or fails it with WGTEST_PROMETHEUS=1 in the
// environment.
func needProgram(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("WGTEST_PROMETHEUS") == "1" {
		t.Fatalf("LookPath(%q) = %v, want the program, since WGTEST_PROMETHEUS=1 is set", name, err)
	}
	t.Skipf("needs %s (package prometheus of Debian): %v", name, err)
	return ""
}

// server is a running Prometheus.
type server struct {
	url string
	log *os.File
}

// target is an exporter that Prometheus scrapes: its address, and lines for the
// configuration of the job.
type target struct{ address, config string }

// startServer runs Prometheus with the alert rules in a private directory, until
// the test ends.
//
// NB: Prometheus takes a port number and not an open socket. Another program may
// take the port first; then startServer tries another one.
func startServer(t testing.TB, targets ...target) *server {
	t.Helper()
	program, dir := needProgram(t, "prometheus"), t.TempDir()
	rules, err := filepath.Abs("../../alerts/wireguard.yml")
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Appendf(nil, "global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s}\nrule_files: [%q]\nscrape_configs:\n", rules)
	for i, target := range targets {
		config = fmt.Appendf(config, "- job_name: job%d\n  static_configs: [{targets: [%q]}]\n%s", i, target.address, target.config)
	}
	path := write(t, dir, "prometheus.yml", string(config))
	for range 5 {
		if s := tryServer(t, program, path, dir); s != nil {
			return s
		}
	}
	t.Fatal("Prometheus started 0 of 5 times, want once")
	return nil
}

// tryServer returns nil if the server ended before it was ready.
func tryServer(t testing.TB, program, config, dir string) *server {
	t.Helper()
	log, err := os.CreateTemp(dir, "log")
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	s := &server{url: "http://" + address, log: log}
	cmd := exec.Command(program, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+address, "--log.level=warn")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // messages are in its log
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // fails if it has ended
		<-ended
		_ = log.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	tick, deadline := time.NewTicker(20*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for {
		if response, err := http.Get(s.url + "/-/ready"); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return s
			}
		}
		select {
		case <-tick.C:
		case <-ended:
			t.Logf("Prometheus ended:\n%s", s.messages())
			return nil
		case <-deadline:
			t.Fatalf("Prometheus is not ready after %v, want it ready:\n%s", patience, s.messages())
		}
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *server) messages() string {
	text, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// result is a sample in the answer to a query.
type result struct{ Metric map[string]string }

// query evaluates an expression at the current time.
func (s *server) query(t testing.TB, expr string) []result {
	t.Helper()
	var got struct {
		Status, Error string
		Data          struct{ Result []result }
	}
	s.api(t, "query?"+url.Values{"query": {expr}}.Encode(), &got)
	if got.Status != "success" {
		t.Fatalf("query %s has status %q: %s, want success", expr, got.Status, got.Error)
	}
	return got.Data.Result
}

// api sends a request to the HTTP API and decodes the answer.
func (s *server) api(t testing.TB, path string, answer any) {
	t.Helper()
	response, err := http.Get(s.url + "/api/v1/" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		t.Fatal(err)
	}
}

// await evaluates an expression until it has a result.
func (s *server) await(t testing.TB, expr string) {
	t.Helper()
	tick, deadline := time.NewTicker(100*time.Millisecond), time.After(patience)
	defer tick.Stop()
	for len(s.query(t, expr)) == 0 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s has no result after %v, want one; the log is:\n%s\nand the targets are:\n%s", expr, patience, s.messages(), s.targets(t))
		}
	}
}

// targets describes the last scrape of each target.
func (s *server) targets(t testing.TB) string {
	t.Helper()
	var got struct {
		Data struct {
			ActiveTargets []struct{ ScrapeURL, Health, LastError string }
		}
	}
	s.api(t, "targets", &got)
	var b strings.Builder
	for _, target := range got.Data.ActiveTargets {
		fmt.Fprintf(&b, "%s is %s: %s\n", target.ScrapeURL, target.Health, target.LastError)
	}
	return b.String()
}
