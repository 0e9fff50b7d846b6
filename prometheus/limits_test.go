package wgprom_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/wgctrl/wgctrl"
	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// TestMaxPeers checks that a limit selects the same peers in each scrape, whatever
// their order is, and that the others are counted.
func TestMaxPeers(t *testing.T) {
	t.Parallel()
	d := large(20)
	first := slices.MinFunc(d.Peers, func(a, b wgtypes.Peer) int { return strings.Compare(a.PublicKey.String(), b.PublicKey.String()) })
	c := newClient(t, wgctrl.WithDevice("wg0", state{d}))
	for _, test := range []struct{ limit, shown int }{{0, 20}, {20, 20}, {21, 20}, {1, 1}, {-1, 0}} {
		r := collect(t, c, wgprom.Options{MaxPeers: test.limit})
		for range 5 {
			rand.Shuffle(len(d.Peers), func(i, j int) { d.Peers[i], d.Peers[j] = d.Peers[j], d.Peers[i] })
			want := fmt.Sprintf(`
# HELP wireguard_device_peers Number of peers of the device.
# TYPE wireguard_device_peers gauge
wireguard_device_peers{device="wg0"} 20
# HELP wireguard_device_peers_omitted Number of peers without series of their own, because of a limit.
# TYPE wireguard_device_peers_omitted gauge
wireguard_device_peers_omitted{device="wg0"} %d
`, 20-test.shown)
			names := []string{"wireguard_device_peers", "wireguard_device_peers_omitted"}
			if test.limit == 1 {
				names = append(names, "wireguard_peer_last_handshake_seconds")
				want += fmt.Sprintf(`
# HELP wireguard_peer_last_handshake_seconds Time of the last handshake with the peer, in seconds since 1970. 0 if there was none.
# TYPE wireguard_peer_last_handshake_seconds gauge
wireguard_peer_last_handshake_seconds{device="wg0",public_key=%q} 1.7e+09
`, first.PublicKey)
			}
			if err := testutil.GatherAndCompare(r, strings.NewReader(want), names...); err != nil {
				t.Errorf("limit %d: %v", test.limit, err)
			}
		}
		if n, err := testutil.GatherAndCount(r, "wireguard_peer_info"); n != test.shown || err != nil {
			t.Errorf("MaxPeers %d exports %d peers, %v, want %d", test.limit, n, err, test.shown)
		}
	}
}

// TestMaxTotalPeers checks that the limit of a scrape counts the peers of all
// devices, in the order of their names.
func TestMaxTotalPeers(t *testing.T) {
	t.Parallel()
	c := newClient(t, wgctrl.WithDevice("wgb", state{large(20)}), wgctrl.WithDevice("wgc", state{large(5)}), wgctrl.WithDevice("wga", state{large(10)}))
	for _, test := range []struct {
		o       wgprom.Options
		omitted [3]int // of wga, wgb, wgc
	}{
		{wgprom.Options{}, [3]int{}},
		{wgprom.Options{MaxTotalPeers: -1}, [3]int{}},
		{wgprom.Options{MaxTotalPeers: 35}, [3]int{}},
		{wgprom.Options{MaxTotalPeers: 34}, [3]int{0, 0, 1}},
		{wgprom.Options{MaxTotalPeers: 12}, [3]int{0, 18, 5}},
		{wgprom.Options{MaxTotalPeers: 1}, [3]int{9, 20, 5}},
		{wgprom.Options{MaxTotalPeers: 12, MaxPeers: 4}, [3]int{6, 16, 1}},
		{wgprom.Options{MaxTotalPeers: 12, MaxPeers: -1}, [3]int{10, 20, 5}},
	} {
		want := fmt.Sprintf(`
# HELP wireguard_device_peers_omitted Number of peers without series of their own, because of a limit.
# TYPE wireguard_device_peers_omitted gauge
wireguard_device_peers_omitted{device="wga"} %d
wireguard_device_peers_omitted{device="wgb"} %d
wireguard_device_peers_omitted{device="wgc"} %d
`, test.omitted[0], test.omitted[1], test.omitted[2])
		r := collect(t, c, test.o)
		if err := testutil.GatherAndCompare(r, strings.NewReader(want), "wireguard_device_peers_omitted"); err != nil {
			t.Errorf("MaxTotalPeers %d, MaxPeers %d: %v", test.o.MaxTotalPeers, test.o.MaxPeers, err)
		}
		shown := 35 - test.omitted[0] - test.omitted[1] - test.omitted[2]
		if n, err := testutil.GatherAndCount(r, "wireguard_peer_info"); n != shown || err != nil {
			t.Errorf("MaxTotalPeers %d, MaxPeers %d export %d peers, %v; want %d", test.o.MaxTotalPeers, test.o.MaxPeers, n, err, shown)
		}
	}
}

// TestSeries checks the numbers of series in docs/exporter.md.
func TestSeries(t *testing.T) {
	t.Parallel()
	const peers, prefixes = 10, 1
	count := func(peers int, o wgprom.Options) int {
		c := newClient(t, wgctrl.WithDevice("wg0", state{large(peers)}))
		n, err := testutil.GatherAndCount(collect(t, c, o))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	fixed := count(0, wgprom.Options{})
	if n := count(peers, wgprom.Options{}); n != fixed+peers*(5+prefixes) {
		t.Errorf("%d peers with %d prefix each have %d series, want %d", peers, prefixes, n, fixed+peers*(5+prefixes))
	}
	if n := count(peers, wgprom.Options{OmitAllowedIPs: true}); n != fixed+peers*5 {
		t.Errorf("without allowed IPs there are %d series, want %d", n, fixed+peers*5)
	}
	if n := count(peers, wgprom.Options{MaxPeers: -1}); n != fixed {
		t.Errorf("without peers there are %d series, want %d", n, fixed)
	}
	if fixed != 1+6 {
		t.Errorf("a device without peers has %d series, want %d", fixed, 1+6)
	}
}

// TestOmitEndpoints checks that the label endpoint is empty, which means absent to
// Prometheus.
func TestOmitEndpoints(t *testing.T) {
	t.Parallel()
	c := newClient(t, wgctrl.WithDevice("wg0", state{example()}))
	families, err := collect(t, c, wgprom.Options{OmitEndpoints: true}).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "endpoint" && l.GetValue() != "" {
					t.Errorf("%s has the endpoint %q, want none", f.GetName(), l.GetValue())
				}
			}
		}
	}
}

// TestNoSecrets checks that only public keys are exported.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	d := example()
	d.Peers[0].PresharedKey = wgtypes.NewPresharedKey([32]byte{9})
	c := newClient(t, wgctrl.WithDevice("wg0", state{d}))
	families, err := collect(t, c, wgprom.Options{}).Gather()
	if err != nil {
		t.Fatal(err)
	}
	private, _ := d.PrivateKey.MarshalText()
	preshared, _ := d.Peers[0].PresharedKey.MarshalText()
	for _, f := range families {
		for _, secret := range [][]byte{private, preshared} {
			if strings.Contains(f.String(), string(secret)) {
				t.Errorf("%s is %s, want no secret key", f.GetName(), f)
			}
		}
	}
}

// TestLinear checks that the allocations of a scrape grow linearly with the number
// of peers. It is not parallel, since it counts allocations.
func TestLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("large devices")
	}
	perPeer := func(peers int) float64 {
		c := newClient(t, wgctrl.WithDevice("wg0", newReply(peers)))
		r := registryOf(c, wgprom.Options{})
		return testing.AllocsPerRun(1, func() {
			if _, err := r.Gather(); err != nil {
				t.Fatal(err)
			}
		}) / float64(peers)
	}
	small, large := perPeer(1_000), perPeer(10_000)
	// 37 are measured, and 1.5 times as many with the race detector.
	if large > 1.1*small || large > 60 {
		t.Errorf("with 10 000 peers a peer costs %.1f allocations, want at most 60, and at most 1.1 times the %.1f of 1 000 peers", large, small)
	}
}
