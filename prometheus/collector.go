// Package wgprom exports the state of WireGuard devices to Prometheus.
//
// A [Collector] reads every device of a Client once for each scrape,
// concurrently and within a timeout. If a device cannot be read,
// wireguard_device_up is 0 and wireguard_scrape_error_info has the reason; other
// devices are still exported. Of devices with the same name it reads only the first
// one, in the order of List: labels could not distinguish them. Metrics that
// mdlayher/wireguard_exporter also has use its names and labels. docs/exporter.md
// lists all metrics, and says which of them grow with the number of peers.
//
// Options.PeerName gives peers names, such as those in the comments of a configuration
// file, which PeerNames of package wgconf returns. A name is a label of wireguard_peer_info only, so
// that renaming a peer does not start new series of its counters.
//
// The package does not serve the metrics. The command wgctrl-exporter does, or a
// program that registers the Collector together with its own.
package wgprom

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Collector is a prometheus.Collector for all devices of a Client. Make it with [New]. It
// may be registered in several registries and collected concurrently.
type Collector struct {
	client   client
	options  Options
	failures *failureLog
}

var _ prometheus.Collector = (*Collector)(nil)

// client is the part of a Client that a Collector uses.
type client interface {
	List(ctx context.Context) ([]wgtypes.DeviceRef, error)
	// Read returns an error wrapping fs.ErrNotExist if the device with that Kind
	// and Index no longer exists.
	Read(ctx context.Context, ref wgtypes.DeviceRef) (*wgtypes.Device, error)
}

// libraryClient implements client with a Client of the library.
type libraryClient struct{ c *wgctrl.Client }

func (l libraryClient) List(ctx context.Context) ([]wgtypes.DeviceRef, error) { return l.c.List(ctx) }

func (l libraryClient) Read(ctx context.Context, ref wgtypes.DeviceRef) (*wgtypes.Device, error) {
	return l.c.Only(ref).Device(ctx, ref.Name)
}

// New returns a Collector for the devices of c. It reads nothing before the first
// scrape. The Client must stay open as long as the Collector is registered; after
// Close, each scrape reports that the Client is closed.
func New(c *wgctrl.Client, o Options) *Collector { return newCollector(libraryClient{c}, o) }

func newCollector(c client, o Options) *Collector {
	o = o.withDefaults()
	return &Collector{client: c, options: o, failures: newFailureLog(o.Logger)}
}

// Describe sends the descriptors of all metrics.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range descriptors() {
		ch <- d
	}
}

// Collect reads all devices and sends their metrics. It returns soon after
// Options.Timeout.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	c.collect(context.Background(), registrySink(ch))
}

// WithContext returns a copy of c whose scrapes also end with ctx. Register it for
// one scrape, with the context of the HTTP request: the scrape then ends when the
// client disconnects.
func (c *Collector) WithContext(ctx context.Context) prometheus.Collector { return bound{c, ctx} }

type bound struct {
	*Collector
	ctx context.Context
}

func (b bound) Collect(ch chan<- prometheus.Metric) { b.collect(b.ctx, registrySink(ch)) }

func (c *Collector) collect(ctx context.Context, to sink) {
	if c.options.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.options.Timeout)
		defer cancel()
	}
	s := scrape{Collector: c, sink: to, room: c.options.MaxTotalPeers}
	s.run(ctx)
}

// DefaultTimeout is the default timeout of a scrape. Prometheus itself waits for
// 10 seconds by default.
const DefaultTimeout = 5 * time.Second

// DefaultMaxTotalPeers is the default limit of peers in a scrape. With one
// allowed IP each, they take about 350 MB of memory while the scrape lasts.
const DefaultMaxTotalPeers = 100_000

// Options selects what a [Collector] exports. The zero value exports everything,
// for at most [DefaultMaxTotalPeers] peers.
type Options struct {
	// Timeout limits the duration of a scrape. A device that was not read by then
	// has an error. 0 means DefaultTimeout; a negative value means that only the
	// context of WithContext ends a scrape.
	//
	// NB: reading an in-process device (wgctrl.WithDevice) cannot be interrupted.
	Timeout time.Duration
	// PeerName returns the name of a peer, or "" if it has none. The label "name"
	// of wireguard_peer_info contains it. Each scrape calls PeerName for each peer
	// that has series; scrapes may run concurrently. nil means no names.
	PeerName func(wgtypes.PublicKey) string
	// MaxPeers is the largest number of peers of a device that have series: the
	// first ones in the order of their keys as text, which are the same in each
	// scrape. wireguard_device_peers_omitted counts the others. 0 means all
	// peers; a negative value means none.
	MaxPeers int
	// MaxTotalPeers is the largest number of peers, of all devices together, that
	// have series in a scrape: those of the first devices in the order of their
	// names. It limits the memory for the series; devices are still read with all
	// of their peers. wireguard_device_peers_omitted counts the others. 0 means
	// DefaultMaxTotalPeers; a negative value means no limit.
	MaxTotalPeers int
	// OmitAllowedIPs omits wireguard_peer_allowed_ips_info, which has a series for
	// each prefix.
	OmitAllowedIPs bool
	// OmitEndpoints leaves the label endpoint of wireguard_peer_info empty. A peer
	// that roams starts a new series with each endpoint; and if peers are people,
	// endpoints reveal where they are.
	OmitEndpoints bool
	// Logger gets a message when a device or a listing starts to fail, and when it
	// works again. nil means no messages.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	switch {
	case o.MaxTotalPeers == 0:
		o.MaxTotalPeers = DefaultMaxTotalPeers
	case o.MaxTotalPeers < 0:
		o.MaxTotalPeers = math.MaxInt
	}
	if o.PeerName == nil {
		o.PeerName = func(wgtypes.PublicKey) string { return "" }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
