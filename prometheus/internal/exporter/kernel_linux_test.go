package exporter_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtest"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// startIn runs the command for the kernel devices of a namespace.
func startIn(t testing.TB, ns *wgtest.Namespace, args ...string) *running {
	t.Helper()
	return start(t, append(args, "--backend=kernel", "--socket-dir", t.TempDir(), fmt.Sprintf("--netns=/proc/self/fd/%d", ns.FD()))...)
}

func configure(t testing.TB, c *wgctrl.Client, name string, config wgtypes.Config) {
	t.Helper()
	if err := c.ConfigureDevice(t.Context(), name, config); err != nil {
		t.Fatal(err)
	}
}

// TestKernel checks all metrics of a kernel device.
func TestKernel(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	c, private := d.Client(t), wgtypes.NewPrivateKey([32]byte{8})
	var peer wgtypes.PublicKey
	if err := peer.UnmarshalText([]byte(peerKey)); err != nil {
		t.Fatal(err)
	}
	configure(t, c, d.Name, wgtypes.Config{PrivateKey: &private, Peers: []wgtypes.PeerConfig{{
		PublicKey: peer, Endpoint: netip.MustParseAddrPort("[fd00::1]:51820"),
		AllowedIPs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")},
	}}})
	names := write(t, t.TempDir(), "wg0.conf", "# Alice\n[Peer]\nPublicKey = "+peerKey+"\n")
	_, text := startIn(t, d.NetNS(), "--names", names).get(t, "/metrics")
	key := `public_key="` + peerKey + `"`
	hasLines(t, text,
		`wireguard_scrape_success 1`,
		`wireguard_device_up{device="wg0",kind="kernel"} 1`,
		`wireguard_device_info{device="wg0",public_key="`+private.PublicKey().String()+`"} 1`,
		`wireguard_device_peers{device="wg0"} 1`,
		`wireguard_device_peers_connected{device="wg0"} 0`,
		`wireguard_device_peers_omitted{device="wg0"} 0`,
		`wireguard_peer_info{device="wg0",endpoint="[fd00::1]:51820",name="Alice",`+key+`} 1`,
		`wireguard_peer_allowed_ips_info{allowed_ips="10.0.0.0/8",device="wg0",family="IPv4",`+key+`} 1`,
		`wireguard_peer_allowed_ips_info{allowed_ips="2001:db8::/32",device="wg0",family="IPv6",`+key+`} 1`,
		`wireguard_peer_receive_bytes_total{device="wg0",`+key+`} 0`,
		`wireguard_peer_transmit_bytes_total{device="wg0",`+key+`} 0`,
		`wireguard_peer_last_handshake_seconds{device="wg0",`+key+`} 0`,
		`wireguard_peer_persistent_keepalive_seconds{device="wg0",`+key+`} 0`)
}

// scrapes is the number of scrapes of meanwhile.
const scrapes = 12

// meanwhile scrapes while it calls change again and again. It calls look with the
// text of each scrape.
func meanwhile(t *testing.T, r *running, change func(i int), look func(text string)) {
	t.Helper()
	var changes sync.WaitGroup
	done := make(chan struct{})
	changes.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
				change(i)
			}
		}
	})
	defer changes.Wait()
	defer close(done)
	for range scrapes {
		status, text := r.get(t, "/metrics")
		if status != http.StatusOK {
			t.Errorf("GET /metrics has status %d, want 200:\n%s", status, text)
		}
		look(text)
	}
}

// TestKernelDeviceDisappears scrapes while a device is added and removed. A scrape
// has the device, does not have it, or reports that it disappeared.
func TestKernelDeviceDisappears(t *testing.T) {
	t.Parallel()
	d := wgtest.Kernel(t)
	c := d.Client(t)
	gone := 0
	meanwhile(t, startIn(t, d.NetNS()), func(int) {
		if err := c.CreateDevice(t.Context(), "goes", wgctrl.LinkOptions{}); err != nil {
			t.Error(err)
		}
		if err := c.DeleteDevice(t.Context(), "goes"); err != nil {
			t.Error(err)
		}
	}, func(text string) {
		hasLines(t, text, `wireguard_device_up{device="wg0",kind="kernel"} 1`)
		if failures := strings.Count(text, "\nwireguard_scrape_error_info{"); failures > 0 {
			gone++
			hasLines(t, text, `wireguard_scrape_error_info{device="goes",kind="kernel",reason="disappeared"} 1`)
		}
	})
	t.Logf("in %d of %d scrapes, the device disappeared before it was read", gone, scrapes)
}

// TestKernelScrapeDuringChange scrapes while the device changes. A scrape has the
// device before or after a change, or reports that it was interrupted.
func TestKernelScrapeDuringChange(t *testing.T) {
	t.Parallel()
	const peers = 1000 // more than fit into one netlink message
	d := wgtest.Kernel(t)
	c := d.Client(t)
	var all []wgtypes.PeerConfig
	for i := range peers {
		all = append(all, wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{1, byte(i), byte(i >> 8)}})
	}
	configure(t, c, d.Name, wgtypes.Config{Peers: all})
	whole := 0
	meanwhile(t, startIn(t, d.NetNS()), func(i int) {
		last := wgtypes.PeerConfig{PublicKey: wgtypes.PublicKey{2}, Remove: i%2 == 1}
		if err := c.ConfigureDevice(t.Context(), d.Name, wgtypes.Config{Peers: []wgtypes.PeerConfig{last}}); err != nil {
			t.Error(err)
		}
	}, func(text string) {
		n := strings.Count(text, "\nwireguard_peer_info{")
		if n != peers && n != peers+1 {
			hasLines(t, text, `wireguard_scrape_error_info{device="wg0",kind="kernel",reason="interrupted"} 1`)
			return
		}
		whole++
		hasLines(t, text, `wireguard_scrape_success 1`, fmt.Sprintf(`wireguard_device_peers{device="wg0"} %d`, n))
	})
	t.Logf("%d of %d scrapes were complete, the others were interrupted", whole, scrapes)
}

// kernelTunnel connects two kernel devices in two namespaces. The first sends
// keepalives to the second.
func kernelTunnel(t *testing.T) (here, there *wgtest.Namespace, second wgtypes.PublicKey) {
	t.Helper()
	d, there := wgtest.Kernel(t), wgtest.NetNS(t)
	c := d.Client(t)
	if err := c.CreateDevice(t.Context(), "wg1", wgctrl.LinkOptions{Up: true, NetNS: new(there.FD())}); err != nil {
		t.Fatal(err)
	}
	other, err := wgctrl.New(wgctrl.WithNetNS(there.FD()), wgctrl.WithBackends(wgtypes.KindKernel))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	ka, kb := wgtypes.NewPrivateKey([32]byte{8}), wgtypes.NewPrivateKey([32]byte{16})
	configure(t, other, "wg1", wgtypes.Config{PrivateKey: &kb, Peers: []wgtypes.PeerConfig{{PublicKey: ka.PublicKey()}}})
	far, err := other.Device(t.Context(), "wg1")
	if err != nil {
		t.Fatal(err)
	}
	configure(t, c, d.Name, wgtypes.Config{PrivateKey: &ka, Peers: []wgtypes.PeerConfig{{
		PublicKey: kb.PublicKey(), PersistentKeepalive: new(time.Second),
		Endpoint: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), far.ListenPort), // both have their sockets in the first namespace
	}}})
	return d.NetNS(), there, kb.PublicKey()
}

// TestKernelPrometheus runs Prometheus, which scrapes both ends of a tunnel between
// kernel devices.
func TestKernelPrometheus(t *testing.T) {
	t.Parallel()
	here, there, key := kernelTunnel(t) // skips where the kernel has no WireGuard
	needProgram(t, "prometheus")
	names := write(t, t.TempDir(), "wg0.conf", "# Bob\n[Peer]\nPublicKey = "+key.String()+"\n")
	server := startServer(t, target{address: startIn(t, here, "--names", names).address}, target{address: startIn(t, there).address})
	for _, expr := range []string{
		`count(up == 1) == 2`,
		`count(wireguard_scrape_success == 1) == 2`,
		`wireguard_device_up{job="job0",device="wg0",kind="kernel"} == 1`,
		`wireguard_device_up{job="job1",device="wg1",kind="kernel"} == 1`,
		`count(wireguard_device_peers_connected == 1) == 2`,
		`count(time() - wireguard_peer_last_handshake_seconds < 300) == 2`,
		`rate(wireguard_peer_receive_bytes_total{job="job1"}[20s]) > 0`,
		`rate(wireguard_peer_transmit_bytes_total[20s]) * on (job, instance, device, public_key) group_left (name) wireguard_peer_info{name="Bob"} > 0`,
	} {
		server.await(t, expr)
	}
}
