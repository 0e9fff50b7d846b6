package wgprom

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wgctrl/wgctrl"
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
