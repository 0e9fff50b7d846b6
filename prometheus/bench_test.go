package wgprom_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wgctrl/wgctrl"
	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// large returns a device with many peers. Each has one prefix.
func large(peers int) *wgtypes.Device {
	d := &wgtypes.Device{PrivateKey: wgtypes.NewPrivateKey([32]byte{1}), ListenPort: 51820}
	for i := range peers {
		var k wgtypes.PublicKey
		binary.BigEndian.PutUint32(k[:], uint32(i)*2654435761)
		addr := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		d.Peers = append(d.Peers, wgtypes.Peer{
			PublicKey: k, Endpoint: netip.AddrPortFrom(addr, 51820), PersistentKeepalive: 25 * time.Second,
			LastHandshake: time.Unix(1_700_000_000, 0), ReceiveBytes: uint64(i) << 20, TransmitBytes: uint64(i) << 10,
			AllowedIPs: []netip.Prefix{netip.PrefixFrom(addr, 32)},
		})
	}
	return d
}

// reply is an in-process device with a prepared answer.
type reply struct {
	state
	text []byte
}

func (r reply) IpcGetOperation(w io.Writer) error {
	_, err := w.Write(r.text)
	return err
}

func newReply(peers int) reply { return reply{text: uapi.AppendDevice(nil, large(peers))} }

// BenchmarkScrape measures the steps of a scrape: read is the library alone,
// gather adds the Collector and the registry, serve adds the text format.
func BenchmarkScrape(b *testing.B) {
	for _, peers := range []int{100, 1_000, 10_000, 100_000} {
		c := newClient(b, wgctrl.WithDevice("wg0", newReply(peers)))
		run := func(name string, f func() (size int, err error)) {
			b.Run(fmt.Sprintf("%s/peers=%d", name, peers), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					size, err := f()
					if err != nil {
						b.Fatal(err)
					}
					if size > 0 {
						b.ReportMetric(float64(size), "bytes/scrape")
					}
				}
			})
		}
		run("read", func() (int, error) {
			_, err := c.Device(b.Context(), "wg0")
			return 0, err
		})
		registry := registryOf(c, wgprom.Options{})
		run("gather", func() (int, error) {
			_, err := registry.Gather()
			return 0, err
		})
		run("serve", func() (int, error) { return serve(registry) })
		lean := registryOf(c, wgprom.Options{OmitAllowedIPs: true})
		run("serve-no-allowed-ips", func() (int, error) { return serve(lean) })
		few := registryOf(c, wgprom.Options{MaxPeers: 100})
		run("serve-max-100", func() (int, error) { return serve(few) })
	}
}

func registryOf(c *wgctrl.Client, o wgprom.Options) *prometheus.Registry {
	o.Timeout = -1
	r := prometheus.NewRegistry()
	r.MustRegister(wgprom.New(c, o))
	return r
}

// serve answers a request and returns the size of the answer.
func serve(r *prometheus.Registry) (int, error) {
	w := &discard{header: make(http.Header)}
	promhttp.HandlerFor(r, promhttp.HandlerOpts{}).ServeHTTP(w, &http.Request{Header: make(http.Header)})
	if w.status != 0 && w.status != http.StatusOK {
		return 0, fmt.Errorf("status %d", w.status)
	}
	return w.size, nil
}

// discard is an http.ResponseWriter that counts bytes.
type discard struct {
	header       http.Header
	size, status int
}

func (d *discard) Header() http.Header    { return d.header }
func (d *discard) WriteHeader(status int) { d.status = status }
func (d *discard) Write(b []byte) (int, error) {
	d.size += len(b)
	return len(b), nil
}
