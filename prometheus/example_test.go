package wgprom_test

import (
	"fmt"
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wgctrl/wgctrl"
	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// A program that serves its own metrics adds those of its devices.
func ExampleNew() {
	c, err := wgctrl.New()
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	prometheus.MustRegister(wgprom.New(c, wgprom.Options{OmitEndpoints: true}))
	http.Handle("/metrics", promhttp.Handler())
	log.Fatal(http.ListenAndServe("localhost:9586", nil))
}

// A scrape that ends when the client that asked for it is gone.
func ExampleCollector_WithContext() {
	c, err := wgctrl.New(wgctrl.WithDevice("vpn", state{example()}))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	devices := wgprom.New(c, wgprom.Options{})
	http.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {
		registry := prometheus.NewRegistry()
		registry.MustRegister(devices.WithContext(r.Context()))
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	})
}

// A peer has the name that a comment in the configuration file gives it.
func ExampleOptions_peerName() {
	names := wgconf.Parse("wg0.conf", []byte(`
[Interface]
ListenPort = 51820

# Alice's laptop
[Peer]
PublicKey = AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=
AllowedIPs = 10.0.0.2/32
`)).PeerNames()
	o := wgprom.Options{PeerName: func(key wgtypes.PublicKey) string { return names[key] }}

	var alice wgtypes.PublicKey
	for i := range alice {
		alice[i] = 3
	}
	fmt.Println(o.PeerName(alice))
	// Output: Alice's laptop
}

// Everything of a device, without its peers.
func ExampleOptions() {
	c, err := wgctrl.New(wgctrl.WithBackends(wgtypes.KindInProcess), wgctrl.WithDevice("vpn", state{example()}))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	registry := prometheus.NewRegistry()
	registry.MustRegister(wgprom.New(c, wgprom.Options{MaxPeers: -1}))
	families, err := registry.Gather()
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range families {
		if v := f.GetMetric()[0].GetGauge().GetValue(); f.GetName() != "wireguard_device_scrape_duration_seconds" {
			fmt.Println(f.GetName(), v)
		}
	}
	// Output:
	// wireguard_device_info 1
	// wireguard_device_peers 2
	// wireguard_device_peers_connected 0
	// wireguard_device_peers_omitted 2
	// wireguard_device_up 1
	// wireguard_scrape_success 1
}
