package wgprom_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/wgctrl/wgctrl"
	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
	"github.com/wgctrl/wgctrl/wireguardgo/wireguardgotest"
)

// durations is the metric whose values are not predictable.
const durations = "wireguard_device_scrape_duration_seconds"

// stable are the names of all other metrics.
var stable = []string{
	"wireguard_scrape_success", "wireguard_scrape_error_info",
	"wireguard_device_up", "wireguard_device_info", "wireguard_device_peers", "wireguard_device_peers_connected",
	"wireguard_device_peers_omitted",
	"wireguard_peer_info", "wireguard_peer_allowed_ips_info", "wireguard_peer_receive_bytes_total",
	"wireguard_peer_transmit_bytes_total", "wireguard_peer_last_handshake_seconds", "wireguard_peer_persistent_keepalive_seconds",
}

const exampleText = `
# HELP wireguard_device_info The public key of the device. Empty if the device has no key or does not return it.
# TYPE wireguard_device_info gauge
wireguard_device_info{device="wg0",public_key="L+V9o0fNYkMVKNqsX7spBzD/9oSvxM/C7ZCZX1jLO3Q="} 1
# HELP wireguard_device_peers Number of peers of the device.
# TYPE wireguard_device_peers gauge
wireguard_device_peers{device="wg0"} 2
# HELP wireguard_device_peers_connected Number of peers with a handshake in the last 180 seconds, the lifetime of a session.
# TYPE wireguard_device_peers_connected gauge
wireguard_device_peers_connected{device="wg0"} 0
# HELP wireguard_device_peers_omitted Number of peers without series of their own, because of a limit.
# TYPE wireguard_device_peers_omitted gauge
wireguard_device_peers_omitted{device="wg0"} 0
# HELP wireguard_device_up Whether the device was read in this scrape (1) or not (0).
# TYPE wireguard_device_up gauge
wireguard_device_up{device="wg0",kind="in-process"} 1
# HELP wireguard_peer_allowed_ips_info An allowed IP of the peer.
# TYPE wireguard_peer_allowed_ips_info gauge
wireguard_peer_allowed_ips_info{allowed_ips="10.0.0.1/32",device="wg0",family="IPv4",public_key="AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="} 1
wireguard_peer_allowed_ips_info{allowed_ips="192.168.1.0/24",device="wg0",family="IPv4",public_key="AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="} 1
wireguard_peer_allowed_ips_info{allowed_ips="2001:db8::/32",device="wg0",family="IPv6",public_key="AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="} 1
# HELP wireguard_peer_info The endpoint and the name of a peer. Each is empty if the peer has none.
# TYPE wireguard_peer_info gauge
wireguard_peer_info{device="wg0",endpoint="",name="",public_key="AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="} 1
wireguard_peer_info{device="wg0",endpoint="[fd00::1]:51820",name="Alice",public_key="AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="} 1
# HELP wireguard_peer_last_handshake_seconds Time of the last handshake with the peer, in seconds since 1970. 0 if there was none.
# TYPE wireguard_peer_last_handshake_seconds gauge
wireguard_peer_last_handshake_seconds{device="wg0",public_key="AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="} 0
wireguard_peer_last_handshake_seconds{device="wg0",public_key="AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="} 1.7e+09
# HELP wireguard_peer_persistent_keepalive_seconds Interval of the keepalives that are sent to the peer. 0 if they are off.
# TYPE wireguard_peer_persistent_keepalive_seconds gauge
wireguard_peer_persistent_keepalive_seconds{device="wg0",public_key="AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="} 25
wireguard_peer_persistent_keepalive_seconds{device="wg0",public_key="AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="} 0
# HELP wireguard_peer_receive_bytes_total Bytes received from the peer since it was created.
# TYPE wireguard_peer_receive_bytes_total counter
wireguard_peer_receive_bytes_total{device="wg0",public_key="AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="} 0
wireguard_peer_receive_bytes_total{device="wg0",public_key="AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="} 1.099511627776e+12
# HELP wireguard_peer_transmit_bytes_total Bytes sent to the peer since it was created.
# TYPE wireguard_peer_transmit_bytes_total counter
wireguard_peer_transmit_bytes_total{device="wg0",public_key="AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="} 0
wireguard_peer_transmit_bytes_total{device="wg0",public_key="AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="} 2
# HELP wireguard_scrape_success Whether all devices were found and read (1) or something failed (0). See wireguard_scrape_error_info.
# TYPE wireguard_scrape_success gauge
wireguard_scrape_success 1
`

// peerName returns the names in exampleText.
func peerName(k wgtypes.PublicKey) string {
	if k == key(3) {
		return "Alice"
	}
	return ""
}

// TestMetrics compares all metrics of a device.
func TestMetrics(t *testing.T) {
	t.Parallel()
	c := newClient(t, wgctrl.WithDevice("wg0", state{example()}))
	r := collect(t, c, wgprom.Options{PeerName: peerName})
	if err := testutil.GatherAndCompare(r, strings.NewReader(exampleText), stable...); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(r, durations); n != 1 || err != nil {
		t.Errorf("GatherAndCount(%s) = %d, %v, want 1", durations, n, err)
	}
	problems, err := testutil.GatherAndLint(r)
	if len(problems) > 0 || err != nil {
		t.Errorf("GatherAndLint() = %v, %v, want no problems", problems, err)
	}
}

// TestWireGuardGo compares all metrics of a device of wireguard-go.
func TestWireGuardGo(t *testing.T) {
	t.Parallel()
	d := wireguardgotest.OfflineDevice(t)
	c := d.Client(t)
	if err := c.ConfigureDevice(t.Context(), d.Name, wgtest.ConfigOf(example())); err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(
		`kind="in-process"`, `kind="userspace"`,
		// A configuration has no counters and no handshakes.
		` 1.099511627776e+12`, ` 0`, `M="} 2`, `M="} 0`, ` 1.7e+09`, ` 0`, `"Alice"`, `""`,
	).Replace(exampleText)
	if err := testutil.GatherAndCompare(collect(t, c, wgprom.Options{}), strings.NewReader(want), stable...); err != nil {
		t.Error(err)
	}
}

// TestEmptyDevice checks the metrics of a device without key and peers, and those
// without a device.
func TestEmptyDevice(t *testing.T) {
	t.Parallel()
	c := newClient(t, wgctrl.WithDevice("wg0", state{&wgtypes.Device{}}))
	want := `
# HELP wireguard_device_info The public key of the device. Empty if the device has no key or does not return it.
# TYPE wireguard_device_info gauge
wireguard_device_info{device="wg0",public_key=""} 1
# HELP wireguard_device_peers Number of peers of the device.
# TYPE wireguard_device_peers gauge
wireguard_device_peers{device="wg0"} 0
`
	if err := testutil.GatherAndCompare(collect(t, c, wgprom.Options{}), strings.NewReader(want),
		"wireguard_device_info", "wireguard_device_peers", "wireguard_peer_info"); err != nil {
		t.Error(err)
	}
	want = `
# HELP wireguard_scrape_success Whether all devices were found and read (1) or something failed (0). See wireguard_scrape_error_info.
# TYPE wireguard_scrape_success gauge
wireguard_scrape_success 1
`
	if err := testutil.GatherAndCompare(collect(t, newClient(t), wgprom.Options{}), strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

// TestAmnezia checks that only devices of AmneziaWG have a series with their version.
func TestAmnezia(t *testing.T) {
	t.Parallel()
	c := newClient(t, wgctrl.WithDevice("awg0", state{amneziaExample()}), wgctrl.WithDevice("wg0", state{example()}))
	want := `
# HELP wireguard_device_amneziawg_info The version of AmneziaWG that the device has, or unknown. Other devices have no series.
# TYPE wireguard_device_amneziawg_info gauge
wireguard_device_amneziawg_info{device="awg0",version="3.1"} 1
`
	if err := testutil.GatherAndCompare(collect(t, c, wgprom.Options{}), strings.NewReader(want), "wireguard_device_amneziawg_info"); err != nil {
		t.Error(err)
	}
}

// TestWrapped checks that a registry can add a label to each sample.
func TestWrapped(t *testing.T) {
	t.Parallel()
	c := newClient(t, wgctrl.WithDevice("wg0", state{example()}))
	r := prometheus.NewPedanticRegistry()
	prometheus.WrapRegistererWith(prometheus.Labels{"zone": "a"}, r).MustRegister(wgprom.New(c, wgprom.Options{PeerName: peerName}))
	want := strings.NewReplacer(`"} `, `",zone="a"} `, "\nwireguard_scrape_success ", "\nwireguard_scrape_success{zone=\"a\"} ").Replace(exampleText)
	for range 2 {
		if err := testutil.GatherAndCompare(r, strings.NewReader(want), stable...); err != nil {
			t.Error(err)
		}
	}
}

// value returns the value of a metric, and whether it has exactly one sample.
func value(t testing.TB, g prometheus.Gatherer, name string) (float64, bool) {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name && len(f.GetMetric()) == 1 {
			m := f.GetMetric()[0]
			return m.GetGauge().GetValue() + m.GetCounter().GetValue(), true
		}
	}
	return 0, false
}

// TestTraffic checks the metrics of two devices of wireguard-go that have a
// handshake over the loopback interface.
func TestTraffic(t *testing.T) {
	t.Parallel()
	a, b := wireguardgotest.Device(t), wireguardgotest.Device(t)
	ca, cb := a.Client(t), b.Client(t)
	ka, kb := wgtypes.NewPrivateKey([32]byte{8}), wgtypes.NewPrivateKey([32]byte{16})
	configure := func(c *wgctrl.Client, name string, config wgtypes.Config) *wgtypes.Device {
		if err := c.ConfigureDevice(t.Context(), name, config); err != nil {
			t.Fatal(err)
		}
		d, err := c.Device(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	port := configure(cb, b.Name, wgtypes.Config{PrivateKey: &kb, Peers: []wgtypes.PeerConfig{{PublicKey: ka.PublicKey()}}}).ListenPort
	start := time.Now().Truncate(time.Second)
	configure(ca, a.Name, wgtypes.Config{PrivateKey: &ka, Peers: []wgtypes.PeerConfig{{
		PublicKey: kb.PublicKey(), Endpoint: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port),
		PersistentKeepalive: new(time.Second), // begins at once
	}}})

	for _, r := range []prometheus.Gatherer{collect(t, ca, wgprom.Options{}), collect(t, cb, wgprom.Options{})} {
		awaitAtLeast(t, r, "wireguard_device_peers_connected", 1)
		h, ok := value(t, r, "wireguard_peer_last_handshake_seconds")
		if !ok || h < float64(start.Unix()) || h > float64(time.Now().Unix()) {
			t.Errorf("wireguard_peer_last_handshake_seconds = %v, %t, want %d or later, up to now", h, ok, start.Unix())
		}
		const response = 92 // of a handshake; wireguard-go counts it when it was sent
		awaitAtLeast(t, r, "wireguard_peer_receive_bytes_total", response)
		awaitAtLeast(t, r, "wireguard_peer_transmit_bytes_total", response)
	}
}

func awaitAtLeast(t *testing.T, r prometheus.Gatherer, name string, least float64) {
	t.Helper()
	again, deadline := time.NewTicker(5*time.Millisecond), time.After(time.Minute)
	defer again.Stop()
	for {
		v, ok := value(t, r, name)
		if ok && v >= least {
			return
		}
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("%s = %v, want at least %v", name, v, least)
		}
	}
}
