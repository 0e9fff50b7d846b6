// Package wgprom gives the state of WireGuard devices to Prometheus.
//
// A [Collector] reads every device of a Client once for each scrape, all of
// them at the same time, and within a timeout. What cannot be read shows as
// such (wireguard_device_up is 0, and wireguard_scrape_error_info says why) and
// costs no other device. Metrics that mdlayher/wireguard_exporter has too have
// its names and labels; docs/exporter.md lists all of them, and says what
// grows with the number of peers.
//
// [ParseNames] takes the names of peers from configuration files. A name is a
// label of wireguard_peer_info alone, so that renaming a peer begins no new
// series of its counters.
//
// The package knows what the metrics mean. It refuses to know how they are
// served: that is the command wgctrl-exporter, or the program that registers the
// Collector beside its own.
package wgprom

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/wgconf"
	"github.com/wgctrl/wgctrl/wgtypes"
)

// Collector is a prometheus.Collector of all devices of a Client. It may be
// registered in several registries, and collected by several goroutines at once.
type Collector struct {
	client   client
	options  Options
	failures *failureLog
}

var _ prometheus.Collector = (*Collector)(nil)

// client is what a Collector asks.
type client interface {
	List(ctx context.Context) ([]wgtypes.DeviceRef, error)
	// Read returns an fs.ErrNotExist if the device of that Kind and Index is gone.
	Read(ctx context.Context, ref wgtypes.DeviceRef) (*wgtypes.Device, error)
}

// libraryClient is the client that a program passes to New.
type libraryClient struct{ c *wgctrl.Client }

func (l libraryClient) List(ctx context.Context) ([]wgtypes.DeviceRef, error) { return l.c.List(ctx) }

func (l libraryClient) Read(ctx context.Context, ref wgtypes.DeviceRef) (*wgtypes.Device, error) {
	return l.c.Only(ref).Device(ctx, ref.Name)
}

// New returns a Collector of the devices that c sees. It asks for nothing
// before the first scrape. The Client must stay open as long as the Collector
// is registered; afterwards each scrape shows that it was closed.
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

// Collect reads all devices and sends their metrics. It ends soon after
// Options.Timeout.
func (c *Collector) Collect(ch chan<- prometheus.Metric) { c.collect(context.Background(), ch) }

// WithContext returns c with scrapes that end with ctx too, to be registered for
// the time of one scrape: with the context of an HTTP request, a scrape that
// nobody waits for any more ends.
func (c *Collector) WithContext(ctx context.Context) prometheus.Collector { return bound{c, ctx} }

type bound struct {
	*Collector
	ctx context.Context
}

func (b bound) Collect(ch chan<- prometheus.Metric) { b.collect(b.ctx, ch) }

func (c *Collector) collect(ctx context.Context, ch chan<- prometheus.Metric) {
	if c.options.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.options.Timeout)
		defer cancel()
	}
	s := scrape{Collector: c, ch: ch}
	s.run(ctx)
}

// DefaultTimeout is that of a scrape. Prometheus waits for 10 seconds, unless it
// is told otherwise.
const DefaultTimeout = 5 * time.Second

// Options says what a Collector exports. The zero value is the default:
// everything of every peer.
type Options struct {
	// Timeout bounds a scrape; what was not read by then is an error of that
	// device. 0 is DefaultTimeout, and below 0 there is no bound but the context
	// of WithContext.
	//
	// NB: a device of this process (wgctrl.WithDevice) cannot be interrupted.
	Timeout time.Duration
	// PeerName returns a peer's name for the label of wireguard_peer_info, ""
	// for none. It is called for each peer in each scrape, by several goroutines
	// at once. nil is no names. See Names.Of.
	PeerName func(wgtypes.PublicKey) string
	// MaxPeers is how many peers of a device have series of their own: the first
	// by their keys' text, which are the same in each scrape. The others are
	// counted in wireguard_device_peers_omitted. 0 is all, below 0 none.
	MaxPeers int
	// OmitAllowedIPs leaves out wireguard_peer_allowed_ips_info, which has a
	// series for each prefix.
	OmitAllowedIPs bool
	// OmitEndpoints leaves the label endpoint of wireguard_peer_info empty. A
	// peer that roams begins a new series with each endpoint; and where peers
	// are people, it says where they are.
	OmitEndpoints bool
	// Logger is told when a device or a listing begins to fail, and when that
	// is over. nil is nobody.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.PeerName == nil {
		o.PeerName = Names(nil).Of
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Names are names of peers.
type Names map[wgtypes.PublicKey]string

// Of returns a peer's name, "" if it has none. It is for Options.PeerName; the
// map must not change any more then.
func (n Names) Of(key wgtypes.PublicKey) string { return n[key] }

// ParseNames returns the names that a configuration file has for its peers: see
// [wgconf.File.PeerNames].
func ParseNames(f *wgconf.File) Names { return f.PeerNames() }
