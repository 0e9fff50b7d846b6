package exporter_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
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
