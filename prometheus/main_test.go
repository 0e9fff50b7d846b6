package wgprom_test

import (
	"cmp"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wgctrl/wgctrl"
	"github.com/wgctrl/wgctrl/internal/testutil"
	wgprom "github.com/wgctrl/wgctrl/prometheus"
	"github.com/wgctrl/wgctrl/uapi"
	"github.com/wgctrl/wgctrl/wgtypes"
)

func TestMain(m *testing.M) { os.Exit(testutil.RunMain(m)) }

// state is an in-process device with a constant state.
type state struct{ device *wgtypes.Device }

func (s state) IpcGetOperation(w io.Writer) error {
	_, err := w.Write(uapi.AppendDevice(nil, s.device))
	return err
}

func (s state) IpcSetOperation(io.Reader) error { panic("a collector changes a device") }

// key returns a key of equal bytes.
func key(b byte) (k wgtypes.PublicKey) {
	for i := range k {
		k[i] = b
	}
	return k
}

func prefixes(list ...string) (all []netip.Prefix) {
	for _, s := range list {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

// example returns a device with every value that metrics export, and some that
// they do not.
func example() *wgtypes.Device {
	return &wgtypes.Device{
		PrivateKey: wgtypes.NewPrivateKey([32]byte{1}), ListenPort: 51820, FirewallMark: 7,
		Peers: []wgtypes.Peer{{
			PublicKey: key(3), Endpoint: netip.MustParseAddrPort("[fd00::1]:51820"),
			LastHandshake: time.Unix(1_700_000_000, 900_000_000),
			ReceiveBytes:  1 << 40, TransmitBytes: 2, AllowedIPs: prefixes("2001:db8::/32", "192.168.1.0/24"),
		}, {
			// No endpoint, since the keepalive would then start a handshake.
			PublicKey: key(2), AllowedIPs: prefixes("10.0.0.1/32"), PersistentKeepalive: 25 * time.Second,
		}},
	}
}

// amneziaExample returns a device of AmneziaWG.
func amneziaExample() *wgtypes.Device {
	a := wgtypes.DefaultAmnezia()
	a.Version, a.Jc = wgtypes.AmneziaV31, 4
	return &wgtypes.Device{Amnezia: &a}
}

// collect returns a registry with a Collector for the devices of c. Without a Timeout in o,
// a scrape may take any time, as it does on a busy machine.
func collect(t testing.TB, c *wgctrl.Client, o wgprom.Options) *prometheus.Registry {
	t.Helper()
	o.Timeout = cmp.Or(o.Timeout, -1)
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(wgprom.New(c, o)); err != nil {
		t.Fatal(err)
	}
	return r
}

// newClient returns a Client for the devices in opts only.
func newClient(t testing.TB, opts ...wgctrl.Option) *wgctrl.Client {
	t.Helper()
	c, err := wgctrl.New(append([]wgctrl.Option{
		wgctrl.WithBackends(wgtypes.KindUserspace, wgtypes.KindInProcess), wgctrl.WithSocketDirs(),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// errorsOf returns the scrape errors of what a registry gathers, as
// "device kind reason", and which devices are up.
func errorsOf(t testing.TB, g prometheus.Gatherer) (errs []string, up map[string]bool) {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	up = make(map[string]bool)
	success := -1.0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			l := make(map[string]string)
			for _, pair := range m.GetLabel() {
				l[pair.GetName()] = pair.GetValue()
			}
			switch f.GetName() {
			case "wireguard_scrape_success":
				success = m.GetGauge().GetValue()
			case "wireguard_scrape_error_info":
				errs = append(errs, strings.Join([]string{l["device"], l["kind"], l["reason"]}, " "))
			case "wireguard_device_up":
				up[l["device"]] = up[l["device"]] || m.GetGauge().GetValue() == 1
			}
		}
	}
	if (success == 1) != (len(errs) == 0) || success != 0 && success != 1 {
		t.Errorf("wireguard_scrape_success = %v with the errors %q, want 1 without errors and 0 with some", success, errs)
	}
	slices.Sort(errs)
	return errs, up
}

// daemon listens on the socket of a device with the given name, and calls handle
// for each connection, until the test ends.
func daemon(t testing.TB, dir, name string, handle func(net.Conn)) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(dir, name+".sock"))
	if err != nil {
		t.Skipf("no sockets: %v", err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
	})
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				handle(c)
			})
		}
	})
}

// hang reads requests and does not answer.
func hang(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// say answers a request for the state with text.
func say(text string) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := io.ReadFull(c, make([]byte, len("get=1\n\n"))); err == nil {
			_, _ = io.WriteString(c, text)
		}
	}
}
